"""The desk's page of Stripe's events: what came, what waits and why, and trying one again."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path

from billing.webhooks import inbox
from billing.webhooks.forms import InboxFilter
from billing.webhooks.models import WebhookInbox
from tenants.desk import DeskRequest, across, desk
from tenants.models import Organization
from tenants.paging import ordered_page
from tenants.permissions import Permission
from tenants.policy import allows

State = WebhookInbox.State


@desk(Permission.PAYMENTS_READ)
def desk_webhooks(request: DeskRequest) -> HttpResponse:
    form = InboxFilter(request.GET)
    rows = across(WebhookInbox).defer("payload")
    shown = ordered_page(request, form.narrowed(rows), {"received_at": "received_at"}, "-received_at")
    owners = across(Organization).in_bulk({row.owner_id for row in shown.rows if row.owner_id})
    waiting = across(WebhookInbox).filter(state__in=inbox.OPEN)
    context = {
        "events": [(row, owners.get(row.owner_id)) for row in shown.rows],
        "next_cursor": shown.next_cursor,
        "form": form,
        "filtered": form.narrows(),
        "waiting": waiting.count(),
        "oldest": waiting.order_by("received_at").values_list("received_at", flat=True).first(),
        "quarantined": across(WebhookInbox).filter(state=State.QUARANTINED).count(),
        "may_replay": allows(request.staff, Permission.PAYMENTS_CHANGE),
    }
    return render(request, "webhooks/inbox.html", context, status=form.status)


@desk(Permission.PAYMENTS_CHANGE, "POST")
def desk_webhook_replay(request: DeskRequest, row_id: UUID) -> HttpResponse:
    row = inbox.replay(row_id, request.staff)
    if row.state == State.PROCESSED:
        messages.success(request, f"{row.type} was processed again.")
    else:
        messages.error(request, f"{row.type} is {row.get_state_display().lower()}: {row.error}")
    return redirect("desk_webhooks")


urlpatterns = [
    path("desk/webhooks/", desk_webhooks, name="desk_webhooks"),
    path("desk/webhooks/<uuid:row_id>/replay/", desk_webhook_replay, name="desk_webhook_replay"),
]
