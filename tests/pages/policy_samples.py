"""Sample contexts of the guard policy's pages and of a suspended organisation."""

import uuid
from types import SimpleNamespace

from promptguard.detectors.tenant_patterns import OwnPatterns
from promptguard.differences import differences
from promptguard.findings import Category
from promptguard.policies import ActivePolicy
from promptguard.policy import Action, OwnKind, Rule, Rules
from promptguard.policy_forms import OwnKindForm, RulesForm, TermsForm, offered_kinds
from tests.pages.rows import ORGANIZATION, Person, ago

Context = dict[str, object]
CRUMBS = [{"label": "Guard policy", "url": "/policy/"}]
KIND = OwnKind(name="ORDER_ID", pattern=r"\bORD-\d{6}\b", must_match=("ORD-123456",), context=("order",))
RULES = Rules(
    pii=Rule(action=Action.REDACT),
    kinds={"EMAIL": Rule(action=Action.FLAG), "ORDER_ID": Rule(action=Action.REDACT)},
    own=(KIND,),
    terms=("Project Falcon", "zephyr"),
)
BASE = ActivePolicy(str(uuid.UUID(int=3)), "policy-3", RULES, OwnPatterns("3"))
ACTIVE = ActivePolicy(str(uuid.UUID(int=2)), "policy-2", Rules(), OwnPatterns("2"))


def _row(version: int, **values: object) -> SimpleNamespace:
    fields: Context = {
        "id": uuid.UUID(int=version),
        "version": version,
        "author": "Olga Lindqvist",
        "note": "masks are enough for e-mail addresses",
        "active": version == 2,
        "created_at": ago(days=5 - version),
        "activated_at": ago(days=2) if version < 3 else None,
    }
    return SimpleNamespace(**(fields | values))


def policy() -> Context:
    return {
        "form": RulesForm(rules=RULES),
        "active": ACTIVE,
        "base": BASE,
        "is_draft": True,
        "own": [(KIND, RULES.rule_for(Category.CUSTOM, KIND.name))],
        "terms": RULES.terms,
        "terms_rule": Rule(action=Action.BLOCK),
        "offered": offered_kinds(),
        "versions": [_row(3), _row(2), _row(1)],
        "may_change": True,
    }


def policy_kind() -> Context:
    form = OwnKindForm(OwnKindForm.initial_of(KIND, RULES) | {"pattern": ""})
    return {"form": form, "kind": "ORDER_ID", "base": BASE, "crumbs": CRUMBS}


def policy_terms() -> Context:
    return {"form": TermsForm(initial={"terms": "Project Falcon"}), "base": BASE, "crumbs": CRUMBS}


def policy_version() -> Context:
    return {
        "row": _row(3),
        "title": "Version 3",
        "active": ACTIVE,
        "is_former": False,
        "differences": differences(ACTIVE.rules, RULES),
        "may_change": True,
        "crumbs": CRUMBS,
    }


def suspended() -> Context:
    return {
        "organization": ORGANIZATION,
        "since": SimpleNamespace(created_at=ago(days=1)),
        "owners": [Person(email="olga@acme.example")],
        "is_owner": False,
        "support": "support@tidegate.example",
    }
