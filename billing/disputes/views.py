"""The desk's pages of disputes and warnings, and what a frozen tenant sees."""

import uuid
from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from billing.disputes import fraud_warnings, proposals
from billing.disputes.cards import cards
from billing.disputes.forms import DisputeFilter, ProposalForm
from billing.disputes.models import Debt, DisputeCase, FraudWarning, Proposal
from billing.disputes.shown import board, detail, standing, warnings
from billing.entitlements.models import Freeze
from billing.payments.hosted import at_stripe
from billing.payments.models import ChargeState
from billing.refunds.models import Refund
from tenants.access import PageRequest, page
from tenants.desk import DeskRequest, across, desk
from tenants.guard import Grant
from tenants.paging import ordered_page
from tenants.permissions import Permission
from tenants.policy import allows
from tenants.scope import org_scope

SORTS = {"due": "due_at", "opened": "opened_at", "amount": "amount_cents"}


@desk(Permission.DISPUTES_READ)
def desk_disputes(request: DeskRequest) -> HttpResponse:
    form = DisputeFilter(request.GET)
    shown = ordered_page(request, board(across(DisputeCase), across(Freeze), form), SORTS, "-opened")
    context = {
        "cases": shown.rows,
        "next_cursor": shown.next_cursor,
        "sort": shown.sort,
        "form": form,
        "filtered": form.narrows(),
    }
    return render(request, "disputes/board.html", context, status=form.status)


@desk(Permission.DISPUTES_READ)
def desk_dispute(request: DeskRequest, org_id: uuid.UUID, case_id: uuid.UUID) -> HttpResponse:
    with org_scope(org_id):
        case: DisputeCase = DisputeCase.objects.select_related("org").get(id=case_id)
        grant = request.require(Permission.DISPUTES_READ, "dispute", str(case_id))
        return _dispute(request, grant, case)


@desk(Permission.DISPUTES_PREPARE, "POST")
def dispute_propose(request: DeskRequest, org_id: uuid.UUID, case_id: uuid.UUID) -> HttpResponse:
    form = ProposalForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Say what you propose, and why.")
        return redirect("desk_dispute", org_id, case_id)
    kind = Proposal.Kind(form.cleaned_data["kind"])
    return _act(
        request,
        (org_id, case_id),
        Permission.DISPUTES_PREPARE,
        lambda grant: proposals.propose(grant, case_id, kind, form.cleaned_data["why"]),
        "Proposed. Somebody else at the desk decides.",
    )


@desk(Permission.DISPUTES_APPROVE, "POST")
def proposal_decide(
    request: DeskRequest, org_id: uuid.UUID, case_id: uuid.UUID, proposal_id: uuid.UUID
) -> HttpResponse:
    yes = request.POST.get("decision") == "approve"
    return _act(
        request,
        (org_id, case_id),
        Permission.DISPUTES_APPROVE,
        lambda grant: proposals.decide(grant, proposal_id, yes),
        "Approved; it is being done." if yes else "Refused; nothing happens.",
    )


@desk(Permission.DISPUTES_PREPARE, "POST")
def proposal_withdraw(
    request: DeskRequest, org_id: uuid.UUID, case_id: uuid.UUID, proposal_id: uuid.UUID
) -> HttpResponse:
    return _act(
        request,
        (org_id, case_id),
        Permission.DISPUTES_PREPARE,
        lambda grant: proposals.withdraw(grant, proposal_id),
        "Withdrawn.",
    )


@desk(Permission.DISPUTES_READ)
def desk_warnings(request: DeskRequest) -> HttpResponse:
    rows = warnings(across(FraudWarning), across(ChargeState), across(Refund))
    shown = ordered_page(request, rows, {"warned": "warned_at"}, "-warned")
    context = {
        "warnings": shown.rows,
        "next_cursor": shown.next_cursor,
        "may_keep": _may_prepare(request),
        "may_refund": allows(request.staff, Permission.REFUNDS_PROPOSE),
    }
    return render(request, "disputes/warnings.html", context)


@desk(Permission.DISPUTES_PREPARE, "POST")
def warning_keep(request: DeskRequest, org_id: uuid.UUID, warning_id: uuid.UUID) -> HttpResponse:
    with org_scope(org_id):
        fraud_warnings.keep(request.require(Permission.DISPUTES_PREPARE, "warning", str(warning_id)), warning_id)
    messages.success(request, "The payment is kept, and spending goes on.")
    return redirect("desk_warnings")


@page(Permission.ORGANIZATION_READ)
def frozen(request: PageRequest) -> HttpResponse:
    context = {
        **standing(),
        "stands": request.organization.standing,
        "may_pay": allows(request.principal, Permission.BILLING_READ),
        "support": settings.SUPPORT_EMAIL,
    }
    return render(request, "disputes/frozen.html", context)


@page(Permission.BILLING_READ)
def debt_pay(request: PageRequest, debt_id: uuid.UUID) -> HttpResponse:
    """Lead to the processor's page of what is owed."""
    debt: Debt = Debt.objects.exclude(hosted_url="").get(id=debt_id, paid_at=None, void_at=None)
    return at_stripe(debt.hosted_url)


def _dispute(request: DeskRequest, grant: Grant, case: DisputeCase) -> HttpResponse:
    context = {
        "one": detail(grant, case),
        "cards": list(cards(case)),
        "staff_id": request.staff.id,
        "forms": {kind.value: ProposalForm(auto_id=f"{kind.value}_%s") for kind in Proposal.Kind},
        "may_prepare": _may_prepare(request),
        "may_approve": allows(request.staff, Permission.DISPUTES_APPROVE),
        "crumbs": [{"label": "Disputes", "url": reverse("desk_disputes")}],
    }
    return render(request, "disputes/dispute.html", context)


def _may_prepare(request: DeskRequest) -> bool:
    return allows(request.staff, Permission.DISPUTES_PREPARE)


def _act(
    request: DeskRequest,
    where: tuple[uuid.UUID, uuid.UUID],
    permission: Permission,
    act: Callable[[Grant], object],
    done: str,
) -> HttpResponse:
    """Do what was decided about a case of one tenant, in its own record, and say what came of it."""
    org_id, case_id = where
    with org_scope(org_id):
        grant = request.require(permission, "dispute", str(case_id))
        try:
            act(grant)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(request, done)
    return redirect("desk_dispute", org_id, case_id)


_CASE = "desk/disputes/<uuid:org_id>/<uuid:case_id>/"
urlpatterns = [
    path("desk/disputes/", desk_disputes, name="desk_disputes"),
    path(_CASE, desk_dispute, name="desk_dispute"),
    path(f"{_CASE}propose/", dispute_propose, name="dispute_propose"),
    path(f"{_CASE}proposals/<uuid:proposal_id>/decide/", proposal_decide, name="proposal_decide"),
    path(f"{_CASE}proposals/<uuid:proposal_id>/withdraw/", proposal_withdraw, name="proposal_withdraw"),
    path("desk/warnings/", desk_warnings, name="desk_warnings"),
    path("desk/warnings/<uuid:org_id>/<uuid:warning_id>/keep/", warning_keep, name="warning_keep"),
    path("billing/frozen/", frozen, name="frozen"),
    path("billing/frozen/pay/<uuid:debt_id>/", debt_pay, name="debt_pay"),
]
