"""The forms of organisations, members and the audit log. They shape the input; the verbs judge it."""

from collections.abc import Iterable

from django import forms

from audit.events import Event
from tenants.permissions import Role
from tenants.services.organizations import LONGEST_NAME


class OrganizationForm(forms.Form):
    name = forms.CharField(max_length=LONGEST_NAME, widget=forms.TextInput(attrs={"autocomplete": "organization"}))


class InvitationForm(forms.Form):
    email = forms.EmailField(label="E-mail address")
    role = forms.ChoiceField(initial=Role.DEVELOPER.value)

    def __init__(self, *args: object, roles: Iterable[Role], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # whatever forms take
        offered = [(role.value, f"{role.value.capitalize()}: {role.sentence.lower()}") for role in roles]
        self.fields["role"].choices = offered  # type: ignore[attr-defined]  # a ChoiceField has them


class ListFilter(forms.Form):
    """What a list is narrowed to, from the page's address; every field may stay empty.

    With a value that makes no sense the list is empty and the field says why: rows that were not narrowed would be
    taken for the answer.
    """

    @property
    def status(self) -> int:
        """Return the status of the page."""
        return 200 if self.is_valid() else 400

    def narrows(self) -> bool:
        """Tell whether anything is asked for, or was meant to be."""
        return not self.is_valid() or any(self.cleaned_data.values())


class EventFilter(ListFilter):
    """What the audit log is narrowed to."""

    event = forms.ChoiceField(
        choices=[("", "Any event"), *((item.value, item.sentence) for item in Event)], required=False
    )
    actor = forms.CharField(max_length=120, required=False)
    since = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), required=False)
    until = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), required=False)
