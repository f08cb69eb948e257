"""The pages of plan and payment, and the texts that are accepted with an order. No card is typed into any of them."""

import logging
from collections.abc import Callable
from typing import Any

import stripe
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from accounts.devices import token_of
from accounts.risk.browser import family
from billing.catalogue.models import Interval
from billing.catalogue.plans import offered, plan
from billing.catalogue.stripe_prices import NotForSale
from billing.payments.models import InvoiceState
from billing.processor.operations import OtherRequest, Unclear
from billing.subscriptions import changing, checkout, legal, offers, shown
from billing.subscriptions.checkout import Order, Visitor
from billing.subscriptions.entitling import current, held_plan
from billing.subscriptions.forms import OrderForm
from billing.subscriptions.losing import losses
from billing.subscriptions.models import CheckoutVisit, Refusal, SubscriptionState, Trial
from billing.subscriptions.offers import Offer
from tenants.access import PageRequest, page, public
from tenants.permissions import Permission
from tenants.policy import allows
from tenants.proxies import client_address

log = logging.getLogger(__name__)
INVOICES = 6
UNANSWERED = "The payment provider did not answer. Nothing was bought twice: try again in a minute."


@page(Permission.BILLING_READ)
def plan_page(request: PageRequest) -> HttpResponse:
    row, held = current(), held_plan()
    interval = _interval(request.GET.get("interval", row.interval if row else ""))
    plans = offered()
    context = {
        "row": row,
        "held": held,
        "trial": Trial.objects.filter(state__in=Trial.OPEN).first(),
        "interval": interval,
        "tabs": _tabs(interval),
        "cards": shown.cards(row, held, interval, plans),
        "plans": plans,
        "comparison": shown.comparison(plans),
        "bars": list(shown.bars(held.limits)),
        "invoices": InvoiceState.objects.exclude(status=InvoiceState.Status.DRAFT)[:INVOICES],
        "due": InvoiceState.objects.filter(status=InvoiceState.Status.OPEN).first(),
        "may_change": allows(request.principal, Permission.BILLING_CHANGE),
    }
    return _leading_to_stripe(render(request, "subscriptions/plan.html", context))


@page(Permission.BILLING_CHANGE, "GET", "HEAD", "POST")
def plan_choose(request: PageRequest) -> HttpResponse:
    """Show what choosing a plan means, then do it: to Checkout, at once or at the end of the period."""
    code, interval = request.GET.get("plan", ""), request.GET.get("interval", "")
    if code not in {each.code for each in offered() if each.is_paid} or interval not in Interval.values:
        raise Http404
    row = current()
    try:
        context = _offered(request, row, code, Interval(interval))
        form = OrderForm(request.POST or None, context["offer"], accepts=row is None)
        if request.method == "POST" and form.is_valid():
            return _ordered(request, row, offers.taken(form.cleaned_data["offer"], code, interval))
    except Failures as failure:
        return _told(request, failure)
    status = 422 if form.errors else 200
    return _leading_to_stripe(render(request, "subscriptions/choose.html", {**context, "form": form}, status=status))


@page(Permission.BILLING_CHANGE, "POST")
def plan_verify(request: PageRequest) -> HttpResponse:
    return _act(request, lambda: redirect(checkout.verify(request.grant, _visitor(request))))


@page(Permission.BILLING_CHANGE, "POST")
def plan_give_up(request: PageRequest) -> HttpResponse:
    return _act(
        request, lambda: checkout.give_up_trial(request.grant), "The trial has ended. You are on the free plan."
    )


@page(Permission.BILLING_CHANGE, "POST")
def plan_portal(request: PageRequest) -> HttpResponse:
    return _act(request, lambda: redirect(checkout.open_portal(request.grant)))


@page(Permission.BILLING_CHANGE, "POST")
def plan_cancel(request: PageRequest) -> HttpResponse:
    return _act(request, lambda: changing.cancel(request.grant), "The plan ends with its period. You can take it back.")


@page(Permission.BILLING_CHANGE, "POST")
def plan_resume(request: PageRequest) -> HttpResponse:
    return _act(request, lambda: changing.resume(request.grant), "The plan goes on.")


@page(Permission.BILLING_CHANGE, "POST")
def plan_keep(request: PageRequest) -> HttpResponse:
    return _act(request, lambda: changing.undo_downgrade(request.grant), "You keep your plan.")


@page(Permission.BILLING_READ)
def checkout_done(request: PageRequest) -> HttpResponse:
    """Where Stripe sends people back to. That they came says nothing: the webhook does, and until then we say so."""
    template = "subscriptions/snippets/arrival.html" if request.htmx else "subscriptions/done.html"
    return render(request, template, _arrival())


@page(Permission.BILLING_READ)
def checkout_cancelled(request: PageRequest) -> HttpResponse:
    messages.info(request, "You came back from Checkout. Nothing was bought.")
    return redirect("plan")


@public("the texts that are accepted with an order; anybody may read them")
def legal_text(request: HttpRequest, name: str) -> HttpResponse:
    document = legal.find(name, request.GET.get("version", legal.present(name).version))
    if document is None:
        raise Http404
    context = {"document": document, "versions": legal.versions(name)[::-1]}
    return render(request, "subscriptions/legal.html", context)


Failures = (ValidationError, NotForSale, OtherRequest, Unclear, stripe.StripeError)
Failure = ValidationError | NotForSale | OtherRequest | Unclear | stripe.StripeError


def _offered(request: PageRequest, row: SubscriptionState | None, code: str, interval: Interval) -> dict[str, Any]:
    """Return what the page of an order shows: what it costs and brings, or takes away, and the offer itself."""
    wanted = plan(code)
    crumbs = [{"label": "Plan", "url": reverse("plan")}]
    context: dict[str, Any] = {
        "crumbs": crumbs,
        "plan": wanted,
        "interval": interval,
        "cents": wanted.cents(interval),
        "row": row,
    }
    if row is None:
        refusal = checkout.trial_refusal(wanted, _visitor(request))
        trial = wanted.trial_days > 0 and refusal is None
        return {**context, "kind": "subscribe", "refusal": refusal, "offer": Offer(wanted, interval, trial=trial)}
    if changing.is_upgrade(row, wanted, interval):
        preview = changing.preview(row, wanted, interval)
        offer = Offer(wanted, interval, revision=row.revision, since=preview.since)
        return {**context, "kind": "upgrade", "preview": preview, "offer": offer}
    offer = Offer(wanted, interval, revision=row.revision)
    return {**context, "kind": "downgrade", "losses": losses(held_plan().limits, wanted), "offer": offer}


def _ordered(request: PageRequest, row: SubscriptionState | None, offer: Offer) -> HttpResponse:
    if row is None:
        order = Order(offer.plan, offer.interval, offer.trial)
        answer = checkout.subscribe(request.grant, order, _visitor(request))
        if not isinstance(answer, Refusal):
            return redirect(answer)
        messages.error(request, f"There is no trial any more: {answer.label} You can subscribe without one.")
        return redirect(request.get_full_path())
    if changing.is_upgrade(row, offer.plan, offer.interval):
        changing.upgrade(request.grant, offer)
        messages.success(request, f"You are moving to {offer.plan.name}.")
    else:
        changing.downgrade(request.grant, offer)
        messages.success(request, f"{offer.plan.name} begins when this period ends. Until then you can take it back.")
    return redirect("plan")


def _act(request: PageRequest, act: Callable[[], object], done: str = "") -> HttpResponse:
    """Do `act` and go where it leads, or back to the plan."""
    try:
        answer = act()
    except Failures as failure:
        return _told(request, failure)
    if isinstance(answer, HttpResponse):
        return answer
    messages.success(request, done)
    return redirect("plan")


def _told(request: PageRequest, failure: Failure) -> HttpResponse:
    """Say on the plan page why an act did not come about."""
    match failure:
        case ValidationError():
            text = " ".join(failure.messages)
        case NotForSale():
            log.error("not for sale: %s", failure)
            text = "This plan cannot be bought just now. Please try again later, or write to us."
        case OtherRequest():
            text = "Your plan is being changed already. Look at it again in a minute."
        case stripe.CardError():
            text = failure.user_message or "The card was declined."
        case _:
            text = UNANSWERED
    messages.error(request, text)
    return redirect("plan")


def _leading_to_stripe(response: HttpResponse) -> HttpResponse:
    """Let the page's forms be answered by the way to Stripe: browsers hold a redirect after a form to form-action."""
    hosts = [settings.STRIPE_SANDBOX_URL] if settings.STRIPE_SANDBOX_URL else list(checkout.HOSTS)
    response._csp_update = {"form-action": hosts}  # type: ignore[attr-defined]  # django-csp reads it
    return response


def _arrival() -> dict[str, Any]:
    """Return what has been heard from Stripe since somebody was led there last."""
    visit = CheckoutVisit.objects.first()
    heard = visit and SubscriptionState.objects.filter(changed_at__gte=visit.at).first()
    trial = Trial.objects.first()
    return {"visit": visit, "row": heard, "trial": trial, "waits": bool(visit) and heard is None}


def _visitor(request: PageRequest) -> Visitor:
    user = request.membership.user
    return Visitor(user.pk, user.email, client_address(request), token_of(request), family(request))


def _interval(named: str) -> Interval:
    return Interval(named) if named in Interval.values else Interval.MONTH


def _tabs(chosen: Interval) -> list[dict[str, Any]]:
    labels = {Interval.MONTH: "Monthly", Interval.YEAR: "Yearly"}
    here = reverse("plan")
    return [
        {"label": text, "url": f"{here}?interval={each.value}", "active": each is chosen}
        for each, text in labels.items()
    ]


urlpatterns = [
    path("plan/", plan_page, name="plan"),
    path("plan/choose/", plan_choose, name="plan_choose"),
    path("plan/verify/", plan_verify, name="plan_verify"),
    path("plan/give-up/", plan_give_up, name="plan_give_up"),
    path("plan/portal/", plan_portal, name="plan_portal"),
    path("plan/cancel/", plan_cancel, name="plan_cancel"),
    path("plan/resume/", plan_resume, name="plan_resume"),
    path("plan/keep/", plan_keep, name="plan_keep"),
    path("plan/checkout/done/", checkout_done, name="checkout_done"),
    path("plan/checkout/cancelled/", checkout_cancelled, name="checkout_cancelled"),
    *(path(f"legal/{name}", legal_text, {"name": name}, name=f"legal_{name}") for name in legal.TITLES),
]
