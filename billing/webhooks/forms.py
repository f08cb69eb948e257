"""Which of Stripe's events are listed."""

from django import forms
from django.db.models import Q, QuerySet

from billing.webhooks.models import WebhookInbox
from tenants.forms import ListFilter


class InboxFilter(ListFilter):
    """What the address of the page asks for."""

    state = forms.ChoiceField(
        label="State",
        choices=[("", "All"), *((state.value, str(state.label)) for state in WebhookInbox.State)],
        required=False,
    )
    find = forms.CharField(label="Find", max_length=255, required=False)
    find.widget.attrs["placeholder"] = "Event, type or object"

    def narrowed(self, rows: QuerySet[WebhookInbox]) -> QuerySet[WebhookInbox]:
        """Return the events that are asked for."""
        if not self.is_valid():
            return rows.none()
        if state := self.cleaned_data["state"]:
            rows = rows.filter(state=state)
        if text := self.cleaned_data["find"].strip():
            rows = rows.filter(Q(event_id=text) | Q(object_id=text) | Q(type=text))
        return rows
