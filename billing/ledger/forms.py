"""The forms of budgets and prices. They shape the input; the verbs judge it."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from billing.ledger.budgets import BudgetRequest
from billing.ledger.models import LARGEST_GRACE, LARGEST_PRICE, LARGEST_RATE, Budget, ModelPrice
from billing.ledger.names import NANOS
from tenants.permissions import Role

Choices = list[tuple[str, str | list[tuple[str, str]]]]
DAYS = [("1", "for a day"), ("7", "for a week"), ("31", "for a month")]
_MILLION = 1_000_000


def whole_amount(typed: Decimal, unit: str) -> int:
    """Return dollars as nanos, requests or tokens as they are; raises `ValidationError` if a part is left over."""
    amount = typed * NANOS if unit == Budget.Unit.NANOS else typed
    if amount != int(amount):
        smallest = "a billionth of a dollar" if unit == Budget.Unit.NANOS else "one"
        raise ValidationError(f"The smallest part is {smallest}.")
    return int(amount)


def _amount(**options: Any) -> forms.DecimalField:  # noqa: ANN401 (of a field)
    return forms.DecimalField(min_value=0, max_digits=25, decimal_places=9, **options)


class CapForm(forms.Form):
    """How much a budget lets pass."""

    cap = _amount(help_text="In US dollars for money; else how many.")
    grace = forms.TypedChoiceField(
        label="At the cap",
        choices=[("0", "Refuse"), ("5", "Let 5 % more pass"), (str(LARGEST_GRACE), f"Let {LARGEST_GRACE} % more pass")],
        coerce=int,
        initial="0",
    )

    def __init__(self, *args: Any, unit: str = "", **kwargs: Any) -> None:  # noqa: ANN401 (Django's own signature)
        super().__init__(*args, **kwargs)
        self.counted_in = unit

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if "cap" in values:
            try:
                values["cap"] = whole_amount(values["cap"], values.get("unit") or self.counted_in)
            except ValidationError as error:
                self.add_error("cap", error)
        return values


class BudgetForm(CapForm):
    """A new budget; `scope` is ``kind:id``."""

    scope = forms.ChoiceField(label="What it bounds")
    unit = forms.ChoiceField(label="Counts", choices=Budget.Unit.choices)
    period = forms.ChoiceField(choices=[("month", "A month (UTC)"), ("day", "A day (UTC)"), ("total", "In total")])
    field_order = ["scope", "unit", "period", "cap", "grace"]

    def __init__(self, *args: Any, scopes: Choices, **kwargs: Any) -> None:  # noqa: ANN401 (Django's own signature)
        super().__init__(*args, **kwargs)
        self.fields["scope"].choices = scopes  # type: ignore[attr-defined]  # a ChoiceField has them

    def request(self) -> BudgetRequest:
        """Return what the verb takes; the form must be valid."""
        values = self.cleaned_data
        kind, _, scope_id = values["scope"].partition(":")
        return BudgetRequest(kind, scope_id, values["unit"], values["period"], values["cap"], values["grace"])


class RaiseForm(forms.Form):
    """How much further a budget goes, for how long, and why."""

    amount = _amount(label="How much further", help_text="In US dollars for money; else how many.")
    days = forms.TypedChoiceField(label="For how long", choices=DAYS, coerce=int)
    reason = forms.CharField(max_length=200, help_text="Everybody who reads the audit log sees it.")

    def __init__(self, *args: object, unit: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # whatever forms take
        self.unit = unit

    def clean_amount(self) -> int:
        return whole_amount(self.cleaned_data["amount"], self.unit)

    def arguments(self) -> dict[str, Any]:
        """Return what the verb takes; the form must be valid."""
        values = self.cleaned_data
        until = timezone.now() + timedelta(days=values["days"])
        return {"amount": values["amount"], "until": until, "reason": values["reason"]}


class RatesForm(forms.Form):
    """Requests a minute, by role; a field left empty bounds nothing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 (Django's own signature)
        super().__init__(*args, **kwargs)
        for role in Role:
            self.fields[role.value] = forms.IntegerField(
                label=f"{role.value.capitalize()}, requests a minute",
                required=False,
                min_value=1,
                max_value=LARGEST_RATE,
            )

    def rates(self) -> dict[Role, int | None]:
        """Return what the verb takes; the form must be valid."""
        return {role: self.cleaned_data[role.value] for role in Role}


class PriceForm(forms.Form):
    """A version of the price of a model, in dollars for a million tokens as providers print it."""

    model = forms.RegexField(r"^[\x21-\x7e]+$", max_length=100, help_text="As your application names it.")
    version = forms.CharField(max_length=40, help_text="Such as a date; a version never changes.")
    input_price = _amount(label="A million tokens in, USD")
    output_price = _amount(label="A million tokens out, USD")
    call_price = _amount(label="Each call, USD", initial=0)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        for name, parts in (("input_price", _MILLION), ("output_price", _MILLION), ("call_price", 1)):
            if name in values:
                nanos = values[name] * NANOS / parts
                if nanos != int(nanos) or nanos > LARGEST_PRICE:
                    self.add_error(name, "The smallest part is a billionth of a dollar, the most a dollar a token.")
                values[name] = int(nanos)
        return values

    def price(self) -> ModelPrice:
        """Return the price that is to be added; the form must be valid."""
        values = self.cleaned_data
        return ModelPrice(
            model=values["model"],
            version=values["version"],
            input_nanos_per_token=values["input_price"],
            output_nanos_per_token=values["output_price"],
            call_nanos=values["call_price"],
            valid_from=timezone.now(),
        )


def scopes_of(groups: Iterable[tuple[str, str, Iterable[tuple[str, str]]]]) -> Choices:
    """Return the choices of `BudgetForm.scope`: the organisation, and for each (label, kind, ids and names) a group."""
    choices: Choices = [(f"{Budget.Scope.ORGANIZATION}:", "The whole organisation")]
    for label, kind, members in groups:
        listed = [(f"{kind}:{scope_id}", name) for scope_id, name in members]
        if listed:
            choices.append((label, listed))
    return choices
