"""The pages of budgets and prices."""

import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from billing.ledger import budgets, prices, role_rates
from billing.ledger.forms import BudgetForm, CapForm, PriceForm, RaiseForm, RatesForm
from billing.ledger.models import Budget, ListPrice, ModelPrice, UsageEvent
from billing.ledger.names import NANOS
from billing.ledger.shown import scopes, shown, tree
from tenants.access import PageRequest, page
from tenants.permissions import Permission
from tenants.policy import allows

RECENT = 20
MOST_PRICES = 500


@page(Permission.BUDGETS_READ)
def budgets_list(request: PageRequest) -> HttpResponse:
    context = {
        "groups": list(tree()),
        "rates": sorted(role_rates.rates().items()),
        "may_create": allows(request.principal, Permission.BUDGETS_CHANGE),
        "may_change": allows(request.principal, Permission.BUDGETS_RAISE),
    }
    return render(request, "ledger/budgets_list.html", context)


@page(Permission.BUDGETS_CHANGE, "GET", "HEAD", "POST")
def budget_create(request: PageRequest) -> HttpResponse:
    form = BudgetForm(request.POST or None, scopes=scopes())
    made = _done(request, form, lambda: budgets.create(request.grant, form.request()))
    if made is not None:
        messages.success(request, "The budget counts from the next call on.")
        return redirect("budget_detail", budget_id=made.id)
    text = "A call has to fit into every budget that bounds it. It counts from now on."
    return _form(request, form, "New budget", text, "Make budget", reverse("budgets_list"))


@page(Permission.BUDGETS_READ)
def budget_detail(request: PageRequest, budget_id: uuid.UUID) -> HttpResponse:
    budget: Budget = Budget.objects.get(id=budget_id, closed_at=None)
    one = shown(budget)
    context = {
        "one": one,
        "raises": budget.raises.all()[:RECENT],
        "events": UsageEvent.objects.filter(budgets__contains=[budget.id])[:RECENT],
        "may_see_plan": one.of_plan and allows(request.principal, Permission.BILLING_READ),
        "may_change": not one.of_plan and allows(request.principal, Permission.BUDGETS_RAISE),
        "crumbs": _crumbs(),
    }
    return render(request, "ledger/budget_detail.html", context)


@page(Permission.BUDGETS_RAISE, "GET", "HEAD", "POST")
def budget_change(request: PageRequest, budget_id: uuid.UUID) -> HttpResponse:
    budget = _open(budget_id)
    cap = f"{budget.cap / NANOS:.9f}".rstrip("0").rstrip(".") if budget.unit == Budget.Unit.NANOS else budget.cap
    form = CapForm(request.POST or None, unit=budget.unit, initial={"cap": cap, "grace": budget.grace})
    changed = _done(
        request,
        form,
        lambda: budgets.change(request.grant, budget_id, form.cleaned_data["cap"], form.cleaned_data["grace"]),
    )
    if changed is not None:
        messages.success(request, "Saved. It counts with the next call.")
        return redirect("budget_detail", budget_id=budget_id)
    return _form(request, form, "Change budget", shown(budget).subject, "Save", _url(budget))


@page(Permission.BUDGETS_RAISE, "GET", "HEAD", "POST")
def budget_raise(request: PageRequest, budget_id: uuid.UUID) -> HttpResponse:
    budget = _open(budget_id)
    form = RaiseForm(request.POST or None, unit=budget.unit)
    if _done(request, form, lambda: budgets.raise_until(request.grant, budget_id, **form.arguments())) is not None:
        messages.success(request, "The budget goes further from the next call on.")
        return redirect("budget_detail", budget_id=budget_id)
    text = f"{shown(budget).subject}. It takes the place of a raise that lasts."
    return _form(request, form, "Raise for a time", text, "Raise", _url(budget))


@page(Permission.BUDGETS_RAISE, "POST")
def budget_close(request: PageRequest, budget_id: uuid.UUID) -> HttpResponse:
    budgets.close(request.grant, budget_id)
    messages.success(request, "The budget is closed: it bounds nothing any more.")
    return redirect("budgets_list")


@page(Permission.BUDGETS_RAISE, "GET", "HEAD", "POST")
def rates_change(request: PageRequest) -> HttpResponse:
    form = RatesForm(request.POST or None, initial=role_rates.rates())
    if request.method == "POST" and form.is_valid():
        role_rates.set_rates(request.grant, form.rates())
        messages.success(request, "Saved. It counts with the next call.")
        return redirect("budgets_list")
    text = "Of all keys, services and people of a role together, beside the limits of each key and of the organisation."
    return _form(request, form, "Rate limits of roles", text, "Save", reverse("budgets_list"))


@page(Permission.BUDGETS_READ)
def prices_list(request: PageRequest) -> HttpResponse:
    context = {
        "own": ModelPrice.objects.all()[:MOST_PRICES],
        "listed": ListPrice.objects.order_by("model", "-valid_from")[:MOST_PRICES],
        "may_add": allows(request.principal, Permission.BUDGETS_RAISE),
    }
    return render(request, "ledger/prices_list.html", context)


@page(Permission.BUDGETS_RAISE, "GET", "HEAD", "POST")
def price_add(request: PageRequest) -> HttpResponse:
    form = PriceForm(request.POST or None)
    if _done(request, form, lambda: prices.add_price(request.grant, form.price())) is not None:
        messages.success(request, "The price counts from the next call on.")
        return redirect("prices_list")
    text = "It goes before the list price of the same name, from now on. Calls under way keep theirs."
    return _form(request, form, "New price", text, "Add price", reverse("prices_list"))


def _open(budget_id: uuid.UUID) -> Budget:
    """Return a budget of the tenant's own; what the plan bounds cannot be changed here."""
    budget: Budget = Budget.objects.get(id=budget_id, source=Budget.Source.TENANT, closed_at=None)
    return budget


def _done(request: PageRequest, form: forms.Form, act: Callable[[], Any]) -> Any:  # noqa: ANN401 (what the verb returns)
    """Return what `act` returned for a valid form that was sent; else nothing, and the form says why."""
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        return act()
    except ValidationError as error:
        known = hasattr(error, "error_dict") and set(error.error_dict) <= set(form.fields)
        form.add_error(None, error if known else " ".join(error.messages))
        return None


def _form(request: PageRequest, form: forms.Form, title: str, text: str, label: str, back: str) -> HttpResponse:
    context = {"form": form, "title": title, "text": text, "label": label, "back": back, "crumbs": _crumbs()}
    return render(request, "ledger/form.html", context, status=422 if form.errors else 200)


def _url(budget: Budget) -> str:
    return reverse("budget_detail", args=[budget.id])


def _crumbs() -> list[dict[str, str]]:
    return [{"label": "Budgets", "url": reverse("budgets_list")}]


urlpatterns = [
    path("budgets/", budgets_list, name="budgets_list"),
    path("budgets/new/", budget_create, name="budget_create"),
    path("budgets/rates/", rates_change, name="rates_change"),
    path("budgets/<uuid:budget_id>/", budget_detail, name="budget_detail"),
    path("budgets/<uuid:budget_id>/change/", budget_change, name="budget_change"),
    path("budgets/<uuid:budget_id>/raise/", budget_raise, name="budget_raise"),
    path("budgets/<uuid:budget_id>/close/", budget_close, name="budget_close"),
    path("prices/", prices_list, name="prices_list"),
    path("prices/new/", price_add, name="price_add"),
]
