"""The second line: a row with a card number in it is not saved. The record itself keeps its rows, without the digits.

Asked are the models that hold what people and callers write; a pack of evidence is searched when it is built. What
Stripe says is kept as it says it (it never says a whole number), and so is what an identity provider calls its people.
"""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db.models import CharField, JSONField, Model, TextField
from django.db.models.signals import pre_save
from django.dispatch import receiver

from audit.models import AuditEvent
from billing.cards.detector import masked
from billing.cards.searching import holds_pan

WRITTEN_BY_PEOPLE = (
    *("accounts.", "tenants.", "promptguard.", "billing.ledger.", "billing.refunds."),
    "billing.disputes.models.Proposal.",
)
SAID_BY_PROVIDERS = ("accounts.sso.",)
_TEXTS = (CharField, TextField, JSONField, ArrayField)


@receiver(pre_save, dispatch_uid="billing.cards.refuse")
def refuse(sender: type[Model], instance: Model, **_: Any) -> None:  # noqa: ANN401 (what signals carry)
    """Raise `ValidationError` by the field that holds a card number."""
    written = f"{sender.__module__}.{sender.__name__}."
    if sender is AuditEvent:
        _mask(instance)
    elif written.startswith(WRITTEN_BY_PEOPLE) and not written.startswith(SAID_BY_PROVIDERS):
        for field in sender._meta.concrete_fields:
            if isinstance(field, _TEXTS) and holds_pan(getattr(instance, field.attname)):
                raise ValidationError({field.name: "A card number is not kept here. Leave it out."})


def _mask(event: Model) -> None:
    for field in event._meta.concrete_fields:
        if isinstance(field, _TEXTS):
            setattr(event, field.attname, _masked(getattr(event, field.attname)))


def _masked(value: Any) -> Any:  # noqa: ANN401 (JSON)
    match value:
        case str():
            return masked(value)
        case dict():
            return {masked(str(name)): _masked(inner) for name, inner in value.items()}
        case list():
            return [_masked(inner) for inner in value]
        case _:
            return value
