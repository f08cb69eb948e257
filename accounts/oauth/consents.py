"""What people gave applications and did not take back: read from the refresh tokens that are good now."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.oauth.models import Application, RefreshToken
from accounts.oauth.scopes import sentences

MOST = 100


@dataclass(slots=True)
class Consent:
    """What one person gave one application: since when, last used when, until when at most."""

    application: Application
    user: User
    scopes: list[tuple[str, str]]
    since: datetime
    used_at: datetime
    ends_at: datetime


def given_by(user_id: uuid.UUID) -> list[Consent]:
    """Return what a person gave to applications of the open organisation, the last used first."""
    return _consents(RefreshToken.objects.filter(user_id=user_id), "application_id")


def people_who_gave(application: Application) -> list[Consent]:
    """Return who gave an application access, the last to use it first."""
    return _consents(RefreshToken.objects.filter(application=application), "user_id")


def _consents(tokens: QuerySet[RefreshToken], by: str) -> list[Consent]:
    live = tokens.filter(revoked=None, expires_at__gt=timezone.now(), application__revoked_at=None)
    found: dict[uuid.UUID, Consent] = {}
    for token in live.select_related("application", "user").order_by("-created")[:MOST]:
        known = found.get(getattr(token, by))
        if known is None:
            scopes = sentences(token.scope.split())
            times = (token.consented_at, token.created, token.ends_at)
            found[getattr(token, by)] = Consent(token.application, token.user, scopes, *times)
        else:
            known.scopes = sentences({scope for scope, _ in known.scopes} | set(token.scope.split()))
            known.since = min(known.since, token.consented_at)
            known.ends_at = max(known.ends_at, token.ends_at)
    return list(found.values())
