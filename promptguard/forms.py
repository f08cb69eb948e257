"""The forms of the playground and of decisions."""

from django import forms
from django.forms import BoundField

from audit.reasons import Reason
from promptguard.findings import Category
from promptguard.policy import Action, Rules

LONGEST_TRIAL = 20_000
ACTIONS = [(action.value, action.value.capitalize()) for action in Action]


class PlaygroundForm(forms.Form):
    text = forms.CharField(max_length=LONGEST_TRIAL, widget=forms.Textarea, strip=False)
    shadow = forms.BooleanField(required=False)


class DecisionFilter(forms.Form):
    """What the list of decisions is narrowed to; every field may stay empty."""

    about = forms.ChoiceField(
        choices=[("", "Guard checks"), ("everything", "Everything, page views too")], required=False, label="What"
    )
    action = forms.ChoiceField(choices=[("", "Any action"), *ACTIONS, ("deny", "Deny")], required=False)
    reason = forms.ChoiceField(
        choices=[("", "Any reason"), *((reason.value, reason.value) for reason in Reason)], required=False
    )
    principal = forms.CharField(max_length=40, required=False, label="Key or person (id)")
    since = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), required=False)
    until = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), required=False)


class PolicyForm(forms.Form):
    """A whole guard policy: for each class, and each kind that has a rule of its own, an action and a threshold."""

    note = forms.CharField(max_length=200, required=False, label="What changes, and why")

    def __init__(self, *args: object, rules: Rules, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.kinds = sorted(rules.kinds)
        self.rows: list[tuple[str, BoundField, BoundField]] = []
        named = {category.value: getattr(rules, category.value) for category in Category}
        for name, rule in {**named, **rules.kinds}.items():
            self.fields[f"{name}-action"] = forms.ChoiceField(
                choices=ACTIONS,
                initial=rule.action.value,
                widget=forms.Select(attrs={"aria-label": f"Action for {name}"}),
            )
            self.fields[f"{name}-threshold"] = forms.FloatField(
                min_value=0.05,
                max_value=1,
                initial=rule.threshold,
                widget=forms.NumberInput(attrs={"aria-label": f"Threshold for {name}", "step": "0.05"}),
            )
            self.rows.append((name, self[f"{name}-action"], self[f"{name}-threshold"]))

    def rules(self) -> dict[str, object]:
        """Return what `promptguard.policies.activate` takes; the form must be valid."""
        chosen: dict[str, object] = {
            name: {"action": self.cleaned_data[f"{name}-action"], "threshold": self.cleaned_data[f"{name}-threshold"]}
            for name, _, _ in self.rows
        }
        kinds = {name: chosen.pop(name) for name in self.kinds}
        return {**chosen, "kinds": kinds}


class ReportForm(forms.Form):
    expected_action = forms.ChoiceField(choices=ACTIONS, label="It should have been")
    comment = forms.CharField(max_length=500, widget=forms.Textarea(attrs={"rows": 3}), required=False)
