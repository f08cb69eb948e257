"""The pages of webhooks: endpoints, their deliveries, and what people do with them."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.cache import never_cache

from tenants.access import PageRequest, page
from tenants.paging import Page, ordered_page
from tenants.permissions import Permission
from tenants.policy import allows
from tenants.webhooks import endpoints
from tenants.webhooks.forms import EndpointForm, RollForm
from tenants.webhooks.models import Delivery, Endpoint
from tenants.webhooks.shown import standing

SORTS = {"created_at": "created_at"}


@page(Permission.WEBHOOKS_READ)
def webhooks_list(request: PageRequest) -> HttpResponse:
    rows = list(Endpoint.objects.filter(closed_at=None))
    context = {"endpoints": standing(rows), "may_change": allows(request.principal, Permission.WEBHOOKS_CHANGE)}
    return render(request, "tenants/webhooks/list.html", context)


@page(Permission.WEBHOOKS_CHANGE, "GET", "HEAD", "POST")
def webhook_create(request: PageRequest) -> HttpResponse:
    form = EndpointForm(request.POST or None)
    made = _done(request, form, lambda: endpoints.create(request.grant, form.request()))
    if made is not None:
        return _shown_once(request, {"endpoint": made[0], "secret": made[1]})
    text = "Its secret, with which you verify what arrives, is shown on the next page."
    return _form(request, form, "New endpoint", text, "Add endpoint", reverse("webhooks_list"))


@page(Permission.WEBHOOKS_CHANGE, "GET", "HEAD", "POST")
def webhook_change(request: PageRequest, endpoint_id: uuid.UUID) -> HttpResponse:
    endpoint = _open(endpoint_id)
    initial = {"url": endpoint.url, "description": endpoint.description, "events": endpoint.events}
    form = EndpointForm(request.POST or None, initial=initial)
    if _done(request, form, lambda: endpoints.change(request.grant, endpoint_id, form.request())) is not None:
        messages.success(request, "Saved. What happens from now on goes there.")
        return redirect("webhook_detail", endpoint_id=endpoint_id)
    text = "The secret stays. What is waiting goes to the new address too."
    return _form(request, form, "Change endpoint", text, "Save", reverse("webhook_detail", args=[endpoint_id]))


@page(Permission.WEBHOOKS_READ)
def webhook_detail(request: PageRequest, endpoint_id: uuid.UUID) -> HttpResponse:
    endpoint = _open(endpoint_id)
    rows = Delivery.objects.filter(endpoint=endpoint).select_related("message")
    shown: Page[Delivery] = ordered_page(request, rows, SORTS, "-created_at")
    context = {
        "endpoint": endpoint,
        "deliveries": shown.rows,
        "next_cursor": shown.next_cursor,
        "may_change": allows(request.principal, Permission.WEBHOOKS_CHANGE),
        "roll_form": RollForm(),
        "crumbs": _crumbs(),
    }
    return render(request, "tenants/webhooks/detail.html", context)


@page(Permission.WEBHOOKS_READ)
def webhook_delivery(request: PageRequest, endpoint_id: uuid.UUID, delivery_id: uuid.UUID) -> HttpResponse:
    endpoint = _open(endpoint_id)
    delivery: Delivery = Delivery.objects.select_related("message").get(id=delivery_id, endpoint=endpoint)
    body = orjson.dumps(orjson.loads(delivery.message.body), option=orjson.OPT_INDENT_2).decode()
    context = {
        "endpoint": endpoint,
        "delivery": delivery,
        "tries": [{**one, "at": datetime.fromisoformat(one["at"])} for one in reversed(delivery.tries)],
        "body": [{"label": "Body", "code": body}],
        "may_change": allows(request.principal, Permission.WEBHOOKS_CHANGE) and endpoint.disabled_at is None,
        "crumbs": [*_crumbs(), {"label": endpoint.host, "url": reverse("webhook_detail", args=[endpoint_id])}],
    }
    return render(request, "tenants/webhooks/delivery.html", context)


@page(Permission.WEBHOOKS_CHANGE, "POST")
def webhook_roll(request: PageRequest, endpoint_id: uuid.UUID) -> HttpResponse:
    form = RollForm(request.POST)
    hours = int(form.cleaned_data["overlap"]) if form.is_valid() else 24
    endpoint, secret = endpoints.roll(request.grant, endpoint_id, timedelta(hours=hours))
    return _shown_once(request, {"endpoint": endpoint, "secret": secret, "rolled": True})


@page(Permission.WEBHOOKS_CHANGE, "POST")
def webhook_disable(request: PageRequest, endpoint_id: uuid.UUID) -> HttpResponse:
    endpoints.switch_off(request.grant, endpoint_id)
    messages.success(request, "The endpoint is disabled: nothing is sent there.")
    return redirect("webhook_detail", endpoint_id=endpoint_id)


@page(Permission.WEBHOOKS_CHANGE, "POST")
def webhook_enable(request: PageRequest, endpoint_id: uuid.UUID) -> HttpResponse:
    endpoints.switch_on(request.grant, endpoint_id)
    messages.success(request, "The endpoint is enabled: what happens from now on goes there.")
    return redirect("webhook_detail", endpoint_id=endpoint_id)


@page(Permission.WEBHOOKS_CHANGE, "POST")
def webhook_delete(request: PageRequest, endpoint_id: uuid.UUID) -> HttpResponse:
    endpoint = _open(endpoint_id)
    if request.POST.get("confirm") != endpoint.host:
        messages.error(request, "The name did not match: nothing was deleted.")
        return redirect("webhook_detail", endpoint_id=endpoint_id)
    endpoints.close(request.grant, endpoint_id)
    messages.success(request, f"The endpoint at {endpoint.host} is deleted.")
    return redirect("webhooks_list")


@page(Permission.WEBHOOKS_CHANGE, "POST")
def webhook_test(request: PageRequest, endpoint_id: uuid.UUID) -> HttpResponse:
    told = "The test is on its way. Its answer shows below in a moment."
    _tell(request, lambda: endpoints.send_test(request.grant, endpoint_id), told)
    return redirect("webhook_detail", endpoint_id=endpoint_id)


@page(Permission.WEBHOOKS_CHANGE, "POST")
def webhook_replay(request: PageRequest, endpoint_id: uuid.UUID, delivery_id: uuid.UUID) -> HttpResponse:
    told = "It is sent again, under the same id."
    _tell(request, lambda: endpoints.replay(request.grant, endpoint_id, delivery_id), told)
    return redirect("webhook_delivery", endpoint_id=endpoint_id, delivery_id=delivery_id)


def _open(endpoint_id: uuid.UUID) -> Endpoint:
    endpoint: Endpoint = Endpoint.objects.get(id=endpoint_id, closed_at=None)
    return endpoint


def _tell(request: PageRequest, act: Callable[[], object], told: str) -> None:
    try:
        act()
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, told)


def _done(request: PageRequest, form: EndpointForm, act: Callable[[], Any]) -> Any:  # noqa: ANN401 (what the verb returns)
    """Return what `act` returned for a valid form that was sent; else nothing, and the form says why."""
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        return act()
    except ValidationError as error:
        form.add_error(None, error)
        return None


def _form(request: PageRequest, form: EndpointForm, title: str, text: str, label: str, back: str) -> HttpResponse:
    context = {"form": form, "title": title, "text": text, "label": label, "back": back, "crumbs": _crumbs()}
    return render(request, "tenants/webhooks/form.html", context, status=422 if form.errors else 200)


@never_cache
def _shown_once(request: PageRequest, context: dict[str, object]) -> HttpResponse:
    return render(request, "tenants/webhooks/secret.html", context)


def _crumbs() -> list[dict[str, str]]:
    return [{"label": "Webhooks", "url": reverse("webhooks_list")}]


_AT = "webhooks/<uuid:endpoint_id>/"
urlpatterns = [
    path("webhooks/", webhooks_list, name="webhooks_list"),
    path("webhooks/new/", webhook_create, name="webhook_create"),
    path(_AT, webhook_detail, name="webhook_detail"),
    path(f"{_AT}change/", webhook_change, name="webhook_change"),
    path(f"{_AT}roll/", webhook_roll, name="webhook_roll"),
    path(f"{_AT}disable/", webhook_disable, name="webhook_disable"),
    path(f"{_AT}enable/", webhook_enable, name="webhook_enable"),
    path(f"{_AT}delete/", webhook_delete, name="webhook_delete"),
    path(f"{_AT}test/", webhook_test, name="webhook_test"),
    path(f"{_AT}deliveries/<uuid:delivery_id>/", webhook_delivery, name="webhook_delivery"),
    path(f"{_AT}deliveries/<uuid:delivery_id>/replay/", webhook_replay, name="webhook_replay"),
]
