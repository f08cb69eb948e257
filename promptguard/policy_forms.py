"""The forms of the guard policy. Each turns the version it starts from into the rules of a new one."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BoundField

from promptguard.findings import Category
from promptguard.forms import ACTIONS
from promptguard.kinds import class_of, shipped_kinds
from promptguard.policy import DENIED_TERM, OwnKind, Rules


def action_field(**options: Any) -> forms.ChoiceField:  # noqa: ANN401 (a field's own options)
    """Return a field to choose one of the five actions."""
    return forms.ChoiceField(choices=ACTIONS, **options)


def threshold_field(**options: Any) -> forms.FloatField:  # noqa: ANN401
    """Return a field for the score from which a rule counts."""
    return forms.FloatField(min_value=0.05, max_value=1, **options)


class RulesForm(forms.Form):
    """An action and a threshold for each class and for each shipped kind with a rule of its own, and one more kind."""

    def __init__(self, *args: object, rules: Rules, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # whatever forms take
        self.given = rules
        own = {kind.name for kind in rules.own} | {DENIED_TERM}
        self.kinds = sorted(set(rules.kinds) - own)
        self.rows: list[tuple[str, BoundField, BoundField, BoundField | None]] = []
        for category in Category:
            self._add_row(category.value, rules.of_class(category).model_dump(), removable=False)
        for kind in self.kinds:
            self._add_row(kind, rules.kinds[kind].model_dump(), removable=True)
        self.fields["new_kind"] = forms.CharField(
            required=False, max_length=40, label="Kind", widget=forms.TextInput(attrs={"list": "shipped-kinds"})
        )
        self.fields["new_action"] = action_field(label="Action", initial="flag")
        self.fields["new_threshold"] = threshold_field(label="Threshold", initial=0.5)
        self.fields["new_threshold"].widget.attrs["step"] = "0.05"
        self.fields["note"] = forms.CharField(max_length=200, required=False, label="What changes, and why")

    def _add_row(self, name: str, rule: dict[str, Any], removable: bool) -> None:
        self.fields[f"{name}-action"] = action_field(
            initial=rule["action"].value, widget=forms.Select(attrs={"aria-label": f"Action for {name}"})
        )
        self.fields[f"{name}-threshold"] = threshold_field(
            initial=rule["threshold"],
            widget=forms.NumberInput(attrs={"aria-label": f"Threshold for {name}", "step": "0.05"}),
        )
        remove = None
        if removable:
            label = {"aria-label": f"Remove the rule for {name}"}
            self.fields[f"{name}-remove"] = forms.BooleanField(required=False, widget=forms.CheckboxInput(attrs=label))
            remove = self[f"{name}-remove"]
        self.rows.append((name, self[f"{name}-action"], self[f"{name}-threshold"], remove))

    def clean_new_kind(self) -> str:
        kind: str = self.cleaned_data["new_kind"].strip()
        if kind and class_of(kind) is None:
            raise ValidationError("No detector names this kind. Choose one from the list.")
        return kind

    def rules(self) -> dict[str, Any]:
        """Return the rules of a new version; the form must be valid."""
        wanted = self.given.model_dump(mode="json")
        values = self.cleaned_data
        for name, *_ in self.rows:
            rule = {"action": values[f"{name}-action"], "threshold": values[f"{name}-threshold"]}
            (wanted["kinds"] if name in self.kinds else wanted)[name] = rule
        wanted["kinds"] = {name: rule for name, rule in wanted["kinds"].items() if not values.get(f"{name}-remove")}
        if values["new_kind"]:
            rule = {"action": values["new_action"], "threshold": values["new_threshold"]}
            wanted["kinds"][values["new_kind"]] = rule
        return wanted


class OwnKindForm(forms.Form):
    """A kind that the tenant writes, with the samples that show what it is to find and what not."""

    name = forms.RegexField(
        r"^[A-Z][A-Z0-9_]{1,39}$",
        max_length=40,
        help_text="Capitals, digits and underscores. A mask reads [NAME_1].",
        error_messages={"invalid": "Use 2 to 40 capitals, digits and underscores, a letter first."},
    )
    pattern = forms.CharField(
        max_length=500,
        help_text="RE2 syntax: no lookaround, no back references. (?i) at the start ignores case.",
        widget=forms.TextInput(attrs={"class": "mono", "spellcheck": "false", "autocapitalize": "off"}),
    )
    must_match = forms.CharField(
        label="Must be found",
        max_length=12_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Samples, one a line. The version is saved only if each is found.",
    )
    must_not_match = forms.CharField(
        label="Must not be found",
        required=False,
        max_length=12_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Samples, one a line, that look alike and are something else.",
    )
    context = forms.CharField(
        label="Context words",
        required=False,
        max_length=900,
        help_text="Comma separated. Where none stands within 64 characters the score is 0.4 at most.",
    )
    score = threshold_field(initial=0.9, help_text="How sure a match is, from 0.05 to 1.")
    action = action_field(initial="block")
    note = forms.CharField(max_length=200, required=False, label="What changes, and why")

    @staticmethod
    def initial_of(kind: OwnKind, rules: Rules) -> dict[str, Any]:
        """Return what the form shows of a kind there is."""
        return {
            "name": kind.name,
            "pattern": kind.pattern,
            "must_match": "\n".join(kind.must_match),
            "must_not_match": "\n".join(kind.must_not_match),
            "context": ", ".join(kind.context),
            "score": kind.score,
            "action": rules.rule_for(Category.CUSTOM, kind.name).action.value,
        }

    def rules(self, given: Rules, former: str = "") -> dict[str, Any]:
        """Return `given` with this kind, in place of the one called `former` if there is such; the form is valid."""
        values = self.cleaned_data
        kind = {
            "name": values["name"],
            "pattern": values["pattern"],
            "score": values["score"],
            "context": [word.strip() for word in values["context"].split(",") if word.strip()],
            "must_match": lines(values["must_match"]),
            "must_not_match": lines(values["must_not_match"]),
        }
        wanted = without_kind(given, former)
        wanted["own"].append(kind)
        wanted["kinds"][values["name"]] = {"action": values["action"], "threshold": 0.5}
        return wanted


class TermsForm(forms.Form):
    """Words and names that may not pass."""

    terms = forms.CharField(
        required=False,
        max_length=41_000,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text="One a line, 2 to 80 characters each, 500 at most. Case does not matter; parts of words are let be.",
    )
    action = action_field(initial="block")
    note = forms.CharField(max_length=200, required=False, label="What changes, and why")

    def rules(self, given: Rules) -> dict[str, Any]:
        """Return `given` with these terms; the form must be valid."""
        wanted = given.model_dump(mode="json")
        wanted["terms"] = list(dict.fromkeys(" ".join(term.split()) for term in lines(self.cleaned_data["terms"])))
        wanted["kinds"].pop(DENIED_TERM, None)
        if wanted["terms"]:
            wanted["kinds"][DENIED_TERM] = {"action": self.cleaned_data["action"], "threshold": 0.5}
        return wanted


def without_kind(given: Rules, name: str) -> dict[str, Any]:
    """Return `given` as JSON without the tenant's kind called `name`."""
    wanted = given.model_dump(mode="json")
    if any(kind.name == name for kind in given.own):
        wanted["kinds"].pop(name, None)
    wanted["own"] = [kind for kind in wanted["own"] if kind["name"] != name]
    return wanted


def lines(text: str) -> list[str]:
    """Return the lines of a text that hold something."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def offered_kinds() -> list[str]:
    """Return the shipped kinds that a rule can be added for."""
    return [kind for kinds in shipped_kinds().values() for kind in kinds]
