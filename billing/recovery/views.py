"""The page on which a tenant's people put a failed payment right, and the desk's pages of all of them."""

import uuid
from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone

from billing.payments.hosted import at_stripe
from billing.payments.models import InvoiceState
from billing.recovery import acts, shown
from billing.recovery.declines import RETRYABLE
from billing.recovery.forms import CaseFilter
from billing.recovery.measure import FIELD_CLAIM
from billing.recovery.measured import measured
from billing.recovery.models import RecoveryAttempt, RecoveryCase
from billing.recovery.schedule import WINDOW
from billing.recovery.tasks import wake
from tenants.access import PageRequest, page
from tenants.desk import DeskRequest, across, desk, opened
from tenants.guard import Grant
from tenants.paging import ordered_page
from tenants.permissions import Permission
from tenants.policy import allows
from tenants.scope import org_scope


@page(Permission.BILLING_READ)
def payment(request: PageRequest, invoice: str) -> HttpResponse:
    """Answer how an invoice stands by our rows; while it waits the page asks again by itself."""
    template = "recovery/snippets/payment_state.html" if request.htmx else "recovery/payment.html"
    may_change = allows(request.principal, Permission.BILLING_CHANGE)
    return render(request, template, shown.payment(invoice) | {"may_change": may_change})


@page(Permission.BILLING_READ)
def payment_at_stripe(request: PageRequest, invoice: str) -> HttpResponse:
    """Lead to Stripe's page of an invoice, where it is paid and where banks are asked."""
    url = InvoiceState.objects.get(stripe_id=invoice).hosted_url
    return at_stripe(url) if url else redirect("payment", invoice)


@desk(Permission.PAYMENTS_READ)
def desk_recovery(request: DeskRequest) -> HttpResponse:
    form = CaseFilter(request.GET)
    listed = ordered_page(request, _filtered(form), {"failed_at": "failed_at"}, "-failed_at")
    context = {
        "cases": listed.rows,
        "next_cursor": listed.next_cursor,
        "form": form,
        "filtered": form.narrows(),
        "measured": measured(across(RecoveryCase), timezone.now()),
        "claim": FIELD_CLAIM,
        "days": WINDOW.days,
    }
    return render(request, "recovery/desk_list.html", context, status=form.status)


@desk(Permission.PAYMENTS_READ)
def desk_recovery_case(request: DeskRequest, org_id: uuid.UUID, case_id: uuid.UUID) -> HttpResponse:
    case = opened(request, _everybodys().get(org_id=org_id, id=case_id))
    may_change = allows(request.staff, Permission.PAYMENTS_CHANGE)
    context = {
        "case": case,
        "attempts": case.attempts.all(),
        "may_try": may_change and case.is_open and case.decline.treatment in RETRYABLE,
        "may_stop": may_change and case.is_open,
        "crumbs": [{"label": "Failed payments", "url": reverse("desk_recovery")}],
    }
    return render(request, "recovery/desk_case.html", context)


@desk(Permission.PAYMENTS_CHANGE, "POST")
def desk_recovery_try(request: DeskRequest, org_id: uuid.UUID, case_id: uuid.UUID) -> HttpResponse:
    return _act(request, org_id, case_id, acts.try_now, "It is tried now; the answer stands here in a moment.")


@desk(Permission.PAYMENTS_CHANGE, "POST")
def desk_recovery_stop(request: DeskRequest, org_id: uuid.UUID, case_id: uuid.UUID) -> HttpResponse:
    done = (
        "Nothing is tried any more. The invoice can still be paid; if it is not, the plan is off after the four weeks."
    )
    return _act(request, org_id, case_id, acts.stop, done)


def _act(
    request: DeskRequest, org_id: uuid.UUID, case_id: uuid.UUID, act: Callable[[Grant, uuid.UUID], None], done: str
) -> HttpResponse:
    with org_scope(org_id):
        grant = request.require(Permission.PAYMENTS_CHANGE, "recovery", str(case_id))
        try:
            act(grant, case_id)
            wake()
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(request, done)
    return redirect("desk_recovery_case", org_id=org_id, case_id=case_id)


def _everybodys() -> QuerySet[RecoveryCase]:
    attempts = Prefetch("attempts", queryset=across(RecoveryAttempt))
    return across(RecoveryCase).select_related("invoice", "org").prefetch_related(attempts)


def _filtered(form: CaseFilter) -> QuerySet[RecoveryCase]:
    rows = _everybodys()
    if not form.is_valid():
        return rows.none()
    state = form.cleaned_data["state"]
    return rows.filter(state=state) if state else rows


urlpatterns = [
    path("billing/payment/<str:invoice>/", payment, name="payment"),
    path("billing/payment/<str:invoice>/stripe/", payment_at_stripe, name="payment_at_stripe"),
    path("desk/recovery/", desk_recovery, name="desk_recovery"),
    path("desk/recovery/<uuid:org_id>/<uuid:case_id>/", desk_recovery_case, name="desk_recovery_case"),
    path("desk/recovery/<uuid:org_id>/<uuid:case_id>/try/", desk_recovery_try, name="desk_recovery_try"),
    path("desk/recovery/<uuid:org_id>/<uuid:case_id>/stop/", desk_recovery_stop, name="desk_recovery_stop"),
]
