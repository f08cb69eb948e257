"""Sample contexts of the pages of evidence."""

import uuid
from collections.abc import Callable
from typing import Any

from billing.disputes.models import DisputeCase
from billing.evidence import shown
from billing.evidence.fields import FILES, wanted
from billing.evidence.forms import PackForm
from billing.evidence.models import EvidencePack
from tests.pages.rows import ORGANIZATION, ago

Context = dict[str, Any]
CRUMBS = [{"label": "Disputes", "url": "/desk/"}, {"label": "dp_1QmQ2eZvKYlo2Ckq", "url": "/desk/"}]
LOG = "\n".join(f"2026-11-{day:02} 09:12:44 dec_01JD8Z0000000000000000000A api key 200 allow" for day in range(1, 25))


def _case() -> DisputeCase:
    return DisputeCase(
        id=uuid.UUID(int=2),
        org_id=ORGANIZATION.id,
        stripe_id="dp_1QmQ2eZvKYlo2Ckq",
        charge_id="ch_1QmQ2eZvKYlo2Ckq",
        case_type="chargeback",
        reason="fraudulent",
        status="needs_response",
        amount_cents=129_900,
        currency="usd",
        state="drafting",
        opened_at=ago(days=3),
        heard_at=ago(days=3),
    )


def _manifest() -> dict[str, Any]:
    fields = [name for name in wanted("fraudulent") if name != "customer_purchase_ip"]
    return {
        "texts": [{"field": n, "name": n, "characters": 19_964} for n in fields if n not in FILES],
        "files": [{"field": n, "name": n, "pages": 4} for n in fields if n in FILES],
        "compelling_evidence": {"qualified": False},
        "redactions": {"total": 7},
        "limits": {"texts": [61_200, 150_000], "files": [310_022, 4_000_000], "pages": [12, 19]},
    }


def _pack(state: str = "ready", **values: Any) -> EvidencePack:  # noqa: ANN401 (values of fields)
    built: dict[str, Any] = {"manifest": _manifest(), "manifest_sha256": "8f2c" * 16, "owed": "", "progress": 100}
    pack = EvidencePack(
        id=uuid.UUID(int=3),
        org_id=ORGANIZATION.id,
        case=_case(),
        state=state,
        as_of=ago(hours=2),
        preparer="Paula Preparer of the Northern Hemisphere",
        missing=["Two undisputed charges of the same card, 120 to 365 days old, are needed; there are 1."],
    )
    for name, value in {**built, "created_at": ago(hours=2), **values}.items():
        setattr(pack, name, value)
    return pack


def _building() -> EvidencePack:
    nothing = {"manifest": {}, "manifest_sha256": "", "missing": []}
    return _pack("building", owed="build", progress=50, step="Writing the answer", **nothing)


def pack() -> Context:
    texts = [("Activity log", LOG), ("Statement", "The account was opened in March.")]
    return {
        "one": shown.shown(_pack()),
        "texts": texts,
        "may_prepare": True,
        "is_preparer": False,
        "crumbs": CRUMBS,
    }


def building() -> Context:
    return pack() | {"one": shown.shown(_building()), "texts": []}


def approve() -> Context:
    return {"one": shown.shown(_pack()), "answer": "assertion", "js_data": {"request_options": {}}, "crumbs": CRUMBS}


class _Form(PackForm):
    """The form without a database to ask for charges."""

    def __init__(self, *args: Any) -> None:  # noqa: ANN401 (what a form takes)
        super(PackForm, self).__init__(*args)
        self.fields["duplicate_of"].choices = [("", "None"), ("ch_1", "ch_1, 2026-10-01")]  # type: ignore[attr-defined]


def request() -> Context:
    return {"form": _Form(), "case": _case(), "back": "/desk/", "crumbs": CRUMBS}


def card() -> Context:
    former = [_pack("void", voided_at=ago(days=1), why="Another one was asked for.")]
    facts = {"case": _case(), "one": shown.shown(_pack()), "former": former, "items": []}
    return {"card": facts, "may_prepare": True}


def no_pack() -> Context:
    facts = {"case": _case(), "one": None, "former": [], "items": list(shown.checklist(_case(), {}))}
    return {"card": facts, "may_prepare": True}


PAGES: dict[str, Callable[[], Context]] = {
    "evidence/pack.html": pack,
    "evidence/approve.html": approve,
    "evidence/request.html": request,
}
EMPTY: dict[str, Callable[[], Context]] = {"evidence/pack.html": building}
