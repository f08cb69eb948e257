"""An assertion is accepted once: also when it comes twice at the same moment, and after a restart."""

import uuid
from datetime import timedelta

import orjson
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.sso.asserted import AnswerRefused, Asserted, revived
from accounts.sso.models import Connection, SamlAnswer
from accounts.sso.saml import Verified
from tenants.encryption import seal, unseal

FETCHED_WITHIN = timedelta(minutes=2)
_SEALED_FOR = "sso_samlanswer|payload|"


def accept(connection: Connection, answer: Verified) -> uuid.UUID:
    """Keep what an answer says for the browser that asked; raises `AnswerRefused` the second time."""
    SamlAnswer.objects.filter(expires_at__lt=timezone.now()).delete()
    payload = orjson.dumps({"said": answer.said.plain(), "in_response_to": answer.in_response_to})
    try:
        with transaction.atomic():
            kept = SamlAnswer(connection=connection, assertion_hash=answer.assertion_hash, expires_at=answer.expires_at)
            kept.payload = seal(payload, f"{_SEALED_FOR}{kept.id}")
            kept.save(force_insert=True)
    except IntegrityError as error:
        raise AnswerRefused("The assertion was used before.") from error
    return kept.id


def take(connection: Connection, answer_id: uuid.UUID) -> tuple[str, Asserted]:
    """Return, once, the request that a kept answer is for and what it says; raises `AnswerRefused`."""
    with transaction.atomic():
        rows = SamlAnswer.objects.select_for_update().filter(id=answer_id, connection=connection)
        kept = rows.exclude(payload="").first()
        if kept is None or kept.received_at < timezone.now() - FETCHED_WITHIN:
            raise AnswerRefused("There is no such answer any more.")
        opened = orjson.loads(unseal(kept.payload, f"{_SEALED_FOR}{kept.id}"))
        SamlAnswer.objects.filter(id=kept.id).update(payload="")
    return opened["in_response_to"], revived(opened["said"])
