"""Columns of ids: plain in Python, sealed in the table. dj-stripe's own fields are taught the same."""

from typing import Any

from django.db import models
from djstripe import fields

from billing.vault.tokens import ID, TOKEN, hide, open_id, seal_id, show


def to_column(value: Any) -> Any:  # noqa: ANN401 (what a field was given: text, nothing or an expression)
    """Return the token of an id of a kind that is sealed; anything else as it is."""
    return seal_id(value) if isinstance(value, str) and ID.fullmatch(value) else value


def from_column(value: Any) -> Any:  # noqa: ANN401
    """Return the id of a token; anything else as it is."""
    return open_id(value) if isinstance(value, str) and TOKEN.fullmatch(value) else value


class SealedIdField(models.CharField):  # type: ignore[type-arg]  # generic in the stubs only
    """An id of the processor's in a table of our own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 (Django's own signature)
        super().__init__(*args, **{"max_length": 255, **kwargs})

    def get_prep_value(self, value: Any) -> Any:  # noqa: ANN401
        return to_column(super().get_prep_value(value))

    def from_db_value(self, value: str | None, *_: object) -> str | None:
        return from_column(value)  # type: ignore[no-any-return]


def install() -> None:
    """Patch the two classes through which dj-stripe stores every id; called before any of its queries.

    The classes and not the models, so that dj-stripe's own migrations stay true.
    """
    as_text, as_json, parsed = (
        fields.StripeIdField.get_prep_value,
        fields.JSONField.get_prep_value,
        fields.JSONField.from_db_value,
    )

    def shown(self: Any, value: Any, expression: Any, connection: Any) -> Any:  # noqa: ANN401
        return parsed(self, show(value) if isinstance(value, str) else value, expression, connection)

    fields.StripeIdField.get_prep_value = lambda self, value: to_column(as_text(self, value))
    fields.StripeIdField.from_db_value = lambda self, value, *_: from_column(value)
    fields.JSONField.get_prep_value = lambda self, value: _hidden(as_json(self, value))
    fields.JSONField.from_db_value = shown


def _hidden(value: Any) -> Any:  # noqa: ANN401 (JSON)
    """Return a JSON value whose texts, names included, hold tokens for ids."""
    if isinstance(value, str):
        return hide(value)
    if isinstance(value, dict):
        return {hide(name): _hidden(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_hidden(each) for each in value]
    return value
