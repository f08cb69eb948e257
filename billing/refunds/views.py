"""The desk's pages of charges and refunds."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from billing.payments.models import ChargeState, InvoiceState
from billing.refunds import verbs
from billing.refunds.forms import ChargeFilter, RefundFilter, RefundForm
from billing.refunds.models import Refund
from billing.refunds.verbs import RefundRequest, left_of
from tenants.desk import DeskRequest, across, desk, opened
from tenants.guard import Grant
from tenants.paging import ordered_page
from tenants.permissions import Permission
from tenants.policy import allows
from tenants.scope import org_scope


@desk(Permission.PAYMENTS_READ)
def desk_charges(request: DeskRequest) -> HttpResponse:
    form = ChargeFilter(request.GET)
    rows = form.narrowed(across(ChargeState).select_related("org"))
    shown = ordered_page(request, rows, {"created_at": "created_at"}, "-created_at")
    context = {"charges": shown.rows, "next_cursor": shown.next_cursor, "form": form, "filtered": form.narrows()}
    return render(request, "refunds/charges_list.html", context, status=form.status)


@desk(Permission.PAYMENTS_READ)
def desk_charge(request: DeskRequest, org_id: UUID, charge_id: UUID) -> HttpResponse:
    charge = opened(request, across(ChargeState).select_related("org").get(org_id=org_id, pk=charge_id))
    with org_scope(org_id):
        left = left_of(charge)
    context = {
        "charge": charge,
        "invoice": across(InvoiceState).filter(org_id=org_id, stripe_id=charge.invoice_id or "none").first(),
        "refunds": across(Refund).filter(org_id=org_id, charge_id=charge_id).order_by("-proposed_at"),
        "left": left,
        "may_propose": left > 0 and charge.status == "succeeded" and allows(request.staff, Permission.REFUNDS_PROPOSE),
        "crumbs": [{"label": "Charges", "url": reverse("desk_charges")}],
    }
    return render(request, "refunds/charge_detail.html", context)


@desk(Permission.PAYMENTS_READ)
def desk_refunds(request: DeskRequest) -> HttpResponse:
    form = RefundFilter(request.GET)
    rows = form.narrowed(across(Refund).select_related("org", "charge"))
    shown = ordered_page(request, rows, {"proposed_at": "proposed_at"}, "-proposed_at")
    context = {"refunds": shown.rows, "next_cursor": shown.next_cursor, "form": form, "filtered": form.narrows()}
    return render(request, "refunds/refunds_list.html", context, status=form.status)


@desk(Permission.REFUNDS_PROPOSE, "GET", "HEAD", "POST")
def desk_refund_new(request: DeskRequest, org_id: UUID, charge_id: UUID) -> HttpResponse:
    charge = across(ChargeState).select_related("org").get(org_id=org_id, pk=charge_id)
    with org_scope(org_id):
        initial = {"reason": request.GET.get("reason")}
        form = RefundForm(request.POST or None, left_cents=left_of(charge), currency=charge.currency, initial=initial)
        if request.method == "POST" and form.is_valid():
            grant = request.require(Permission.REFUNDS_PROPOSE, "charge", str(charge_id))
            wanted = RefundRequest(charge_id, form.amount_cents, form.cleaned_data["reason"], form.cleaned_data["note"])
            try:
                refund = verbs.propose(grant, wanted)
            except ValidationError as error:
                form.add_error(None, error)
            else:
                messages.success(request, "Proposed. Somebody else has to approve it.")
                return redirect("desk_refund", org_id=org_id, refund_id=refund.id)
    context = {
        "form": form,
        "title": "Propose a refund",
        "text": f"Of the charge {charge.stripe_id} of {charge.org}. Nothing moves until somebody else approves it.",
        "label": "Propose refund",
        "back": reverse("desk_charge", args=[org_id, charge_id]),
        "crumbs": [{"label": "Charges", "url": reverse("desk_charges")}],
    }
    return render(request, "refunds/form.html", context, status=422 if form.errors else 200)


@desk(Permission.PAYMENTS_READ)
def desk_refund(request: DeskRequest, org_id: UUID, refund_id: UUID) -> HttpResponse:
    refund = opened(request, across(Refund).select_related("org", "charge").get(org_id=org_id, pk=refund_id))
    waits, mine = refund.state == Refund.State.PROPOSED, refund.proposer_id == request.staff.id
    context = {
        "refund": refund,
        "waits": waits,
        "mine": mine,
        "may_decide": waits and not mine,
        "may_withdraw": waits and mine,
        "crumbs": [{"label": "Refunds", "url": reverse("desk_refunds")}],
    }
    return render(request, "refunds/refund_detail.html", context)


@desk(Permission.REFUNDS_APPROVE, "POST")
def desk_refund_approve(request: DeskRequest, org_id: UUID, refund_id: UUID) -> HttpResponse:
    said = "Approved. Stripe is asked for it now."
    return _act(request, org_id, refund_id, Permission.REFUNDS_APPROVE, verbs.approve, said)


@desk(Permission.REFUNDS_APPROVE, "POST")
def desk_refund_reject(request: DeskRequest, org_id: UUID, refund_id: UUID) -> HttpResponse:
    return _act(request, org_id, refund_id, Permission.REFUNDS_APPROVE, verbs.reject, "Rejected. Nothing is refunded.")


@desk(Permission.REFUNDS_PROPOSE, "POST")
def desk_refund_withdraw(request: DeskRequest, org_id: UUID, refund_id: UUID) -> HttpResponse:
    return _act(request, org_id, refund_id, Permission.REFUNDS_PROPOSE, verbs.withdraw, "Withdrawn.")


def _act(
    request: DeskRequest,
    org_id: UUID,
    refund_id: UUID,
    permission: Permission,
    verb: Callable[[Grant, UUID], Refund],
    said: str,
) -> HttpResponse:
    with org_scope(org_id):
        grant = request.require(permission, "refund", str(refund_id))
        try:
            verb(grant, refund_id)
            messages.success(request, said)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
    return redirect("desk_refund", org_id=org_id, refund_id=refund_id)


urlpatterns = [
    path("desk/charges/", desk_charges, name="desk_charges"),
    path("desk/charges/<uuid:org_id>/<uuid:charge_id>/", desk_charge, name="desk_charge"),
    path("desk/charges/<uuid:org_id>/<uuid:charge_id>/refund/", desk_refund_new, name="desk_refund_new"),
    path("desk/refunds/", desk_refunds, name="desk_refunds"),
    path("desk/refunds/<uuid:org_id>/<uuid:refund_id>/", desk_refund, name="desk_refund"),
    path("desk/refunds/<uuid:org_id>/<uuid:refund_id>/approve/", desk_refund_approve, name="desk_refund_approve"),
    path("desk/refunds/<uuid:org_id>/<uuid:refund_id>/reject/", desk_refund_reject, name="desk_refund_reject"),
    path("desk/refunds/<uuid:org_id>/<uuid:refund_id>/withdraw/", desk_refund_withdraw, name="desk_refund_withdraw"),
]
