"""The form that narrows the list of failed payments."""

from django import forms

from billing.recovery.models import RecoveryCase
from tenants.forms import ListFilter


class CaseFilter(ListFilter):
    """What the list is narrowed to."""

    state = forms.ChoiceField(choices=[("", "Any state"), *RecoveryCase.State.choices], required=False)
