"""The guard policy: what happens to each class of content, the tenant's own kinds, and the versions.

Every change makes a version that is not in force; its page shows what would change, and puts it in force with one act,
as it does a former one. Changes start from the newest version if it was not in force yet, else from the one that is.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from promptguard import policies
from promptguard.differences import differences
from promptguard.findings import Category
from promptguard.models import GuardPolicy
from promptguard.policies import ActivePolicy, active_policy, of_version
from promptguard.policy import DENIED_TERM, OwnKind
from promptguard.policy_forms import OwnKindForm, RulesForm, TermsForm, offered_kinds, without_kind
from tenants.access import PageRequest, page
from tenants.permissions import Permission
from tenants.policy import allows

SHOWN = 20


@page(Permission.POLICY_READ)
def policy(request: PageRequest) -> HttpResponse:
    return _page(request, RulesForm(rules=_base(request).rules))


@page(Permission.POLICY_CHANGE, "POST")
def policy_change(request: PageRequest) -> HttpResponse:
    form = RulesForm(request.POST, rules=_base(request).rules)
    saved = _saved(request, form, form.rules)
    return saved or _page(request, form, status=422)


@page(Permission.POLICY_CHANGE, "GET", "HEAD", "POST")
def policy_kind(request: PageRequest, kind: str = "") -> HttpResponse:
    base = _base(request)
    known = _kind(base, kind) if kind else None
    initial = OwnKindForm.initial_of(known, base.rules) if known else None
    form = OwnKindForm(request.POST or None, initial=initial)
    saved = _saved(request, form, lambda: form.rules(base.rules, kind)) if request.method == "POST" else None
    context = {"form": form, "kind": kind, "base": base, "crumbs": _crumbs()}
    return saved or render(request, "promptguard/policy_kind.html", context, status=422 if form.is_bound else 200)


@page(Permission.POLICY_CHANGE, "POST")
def policy_kind_remove(request: PageRequest, kind: str) -> HttpResponse:
    base = _base(request)
    _kind(base, kind)
    made = policies.save(request.grant, without_kind(base.rules, kind), f"without {kind}")
    return redirect("policy_version", policy_id=made.id)


@page(Permission.POLICY_CHANGE, "GET", "HEAD", "POST")
def policy_terms(request: PageRequest) -> HttpResponse:
    base = _base(request)
    rule = base.rules.kinds.get(DENIED_TERM)
    initial = {"terms": "\n".join(base.rules.terms), "action": rule.action.value if rule else "block"}
    form = TermsForm(request.POST or None, initial=initial)
    saved = _saved(request, form, lambda: form.rules(base.rules)) if request.method == "POST" else None
    context = {"form": form, "base": base, "crumbs": _crumbs()}
    return saved or render(request, "promptguard/policy_terms.html", context, status=422 if form.is_bound else 200)


@page(Permission.POLICY_READ)
def policy_version(request: PageRequest, policy_id: UUID) -> HttpResponse:
    row: GuardPolicy = GuardPolicy.objects.get(id=policy_id)
    active = active_policy(request.organization.id)
    newer = GuardPolicy.objects.filter(active=True, version__gt=row.version).exists()
    context = {
        "row": row,
        "title": f"Version {row.version}",
        "active": active,
        "is_former": newer,
        "differences": differences(active.rules, of_version(row).rules),
        "may_change": allows(request.principal, Permission.POLICY_CHANGE),
        "crumbs": _crumbs(),
    }
    return render(request, "promptguard/policy_version.html", context)


@page(Permission.POLICY_CHANGE, "POST")
def policy_activate(request: PageRequest, policy_id: UUID) -> HttpResponse:
    made = policies.activate(request.grant, policy_id)
    messages.success(request, f"Version {made.version} is in force from the next request on.")
    return redirect("policy")


def _saved(request: PageRequest, form: forms.Form, rules: Callable[[], dict[str, Any]]) -> HttpResponse | None:
    """Save what a form asks for and lead to the new version; `None` where something is wrong with it."""
    if not form.is_valid():
        return None
    try:
        made = policies.save(request.grant, rules(), form.cleaned_data["note"])
    except ValidationError as error:
        for name, said in error.message_dict.items():
            form.add_error(name if name in form.fields else None, said)
        return None
    return redirect("policy_version", policy_id=made.id)


def _base(request: PageRequest) -> ActivePolicy:
    """Return the version that changes start from: the one asked for, else the newest, unless it was in force before."""
    asked = request.POST.get("base") or request.GET.get("base", "")
    active = active_policy(request.organization.id)
    if asked == active.id:
        return active
    if asked:
        return of_version(_version(asked))
    newest = GuardPolicy.objects.order_by("-version").first()
    return of_version(newest) if newest is not None and newest.activated_at is None else active


def _version(policy_id: str) -> GuardPolicy:
    try:
        row: GuardPolicy = GuardPolicy.objects.get(id=UUID(policy_id))
    except ValueError as error:
        raise Http404 from error
    return row


def _kind(base: ActivePolicy, name: str) -> OwnKind:
    for kind in base.rules.own:
        if kind.name == name:
            return kind
    raise Http404


def _crumbs() -> list[dict[str, str]]:
    return [{"label": "Guard policy", "url": reverse("policy")}]


def _page(request: PageRequest, form: RulesForm, status: int = 200) -> HttpResponse:
    active, base = active_policy(request.organization.id), _base(request)
    context = {
        "form": form,
        "active": active,
        "base": base,
        "is_draft": base.id != active.id,
        "own": [(kind, base.rules.rule_for(Category.CUSTOM, kind.name)) for kind in base.rules.own],
        "terms": base.rules.terms,
        "terms_rule": base.rules.rule_for(Category.CUSTOM, DENIED_TERM),
        "offered": offered_kinds(),
        "versions": GuardPolicy.objects.order_by("-version")[:SHOWN],
        "may_change": allows(request.principal, Permission.POLICY_CHANGE),
    }
    return render(request, "promptguard/policy.html", context, status=status)


urlpatterns = [
    path("policy/", policy, name="policy"),
    path("policy/change", policy_change, name="policy_change"),
    path("policy/kinds/new", policy_kind, name="policy_kind_new"),
    path("policy/kinds/<str:kind>", policy_kind, name="policy_kind"),
    path("policy/kinds/<str:kind>/remove", policy_kind_remove, name="policy_kind_remove"),
    path("policy/terms", policy_terms, name="policy_terms"),
    path("policy/versions/<uuid:policy_id>", policy_version, name="policy_version"),
    path("policy/versions/<uuid:policy_id>/activate", policy_activate, name="policy_activate"),
]
