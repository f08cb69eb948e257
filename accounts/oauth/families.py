"""A consent and what came of it: codes, tokens that replace each other, and their common end.

The organisation's scope is open in every function here.
"""

import hashlib
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.utils import timezone

from accounts.models import User
from accounts.oauth.models import AccessToken, Application, Grant, RefreshToken
from accounts.oauth.tokens import LIFE
from accounts.risk import alerts
from accounts.risk.rules import replayed
from audit.events import Event
from audit.record import Actor, record_event
from tenants.models import Membership

IDLE = timedelta(days=7)
"""How long a refresh token waits for its use."""
ABSOLUTE = timedelta(days=30)
"""How long a consent lasts, however often its tokens are refreshed."""


def checksum(secret: str) -> str:
    """Return what is stored of a code or a refresh token: its SHA-256, in hex."""
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Former:
    """What a new refresh token continues: its family, when the person consented, and when that ends."""

    family: uuid.UUID
    consented_at: datetime
    ends_at: datetime

    @classmethod
    def consent(cls, grant: Grant) -> "Former":
        return cls(grant.family, grant.created, grant.created + ABSOLUTE)

    @classmethod
    def token(cls, token: RefreshToken) -> "Former":
        return cls(token.token_family, token.consented_at, token.ends_at)


def add_access_token(
    jti: uuid.UUID, application: Application, user: AbstractBaseUser, scope: str, family: uuid.UUID, jkt: str
) -> None:
    """Write down an access token that was made."""
    now = timezone.now()
    AccessToken.objects.create(
        id=jti,
        application=application,
        user_id=user.pk,
        client_id=application.client_id,
        scope=scope,
        family=family,
        jkt=jkt,
        expires=now + timedelta(seconds=LIFE),
    )
    Application.objects.filter(id=application.id).update(last_used_at=now)


def add_refresh_token(
    secret: str, application: Application, user: AbstractBaseUser, scope: str, former: Former, jkt: str
) -> None:
    """Write down the refresh token that continues `former`.

    A public application's is bound to the key `jkt`; a confidential one proves itself anyway (RFC 9449, 5).
    """
    now = timezone.now()
    RefreshToken.objects.create(
        application=application,
        user_id=user.pk,
        token_checksum=checksum(secret),
        token_family=former.family,
        scope=scope,
        jkt=jkt if application.is_public else "",
        consented_at=former.consented_at,
        ends_at=former.ends_at,
        expires_at=min(now + IDLE, former.ends_at),
    )


def may_go_on(application: Application, user_id: uuid.UUID, scope: str) -> bool:
    """Tell whether a person's consent to `scope` still holds.

    The application is active and may still ask for all of it, and the person is an active member.
    """
    members = Membership.objects.filter(user_id=user_id, user__is_active=True)
    return application.state == "active" and not is_wider(scope, application) and members.exists()


def is_wider(scope: str, application: Application) -> bool:
    """Tell whether there is more in `scope` than the application may ask people for now."""
    return not set(scope.split()) <= set(application.scopes)


def end(*families: uuid.UUID) -> int:
    """End everything of these families, with the next request; returns how many tokens that took."""
    now = timezone.now()
    ended: int = RefreshToken.objects.filter(token_family__in=families, revoked=None).update(revoked=now)
    ended += AccessToken.objects.filter(family__in=families, revoked_at=None).update(revoked_at=now)
    return ended


def end_what_no_longer_fits(application: Application) -> int:
    """End the consents and codes that are not as the application may have them now; returns how many tokens that took.

    They hold more than it may ask for, the code's redirect URI is gone, or a public one's must be bound and are not.
    """
    codes = [
        code.id
        for code in Grant.objects.filter(application=application, used_at=None)
        if is_wider(code.scope, application) or not application.redirect_uri_allowed(code.redirect_uri)
    ]
    Grant.objects.filter(id__in=codes).update(used_at=timezone.now())
    live = RefreshToken.objects.filter(application=application, revoked=None)
    loose = application.dpop_only and application.is_public
    misfits = (token for token in live if is_wider(token.scope, application) or (loose and not token.jkt))
    return end(*(token.token_family for token in misfits))


def end_replayed(family: uuid.UUID, application: Application, user: User, what: str, address: str) -> None:
    """End a family of which a code or refresh token came twice, and raise the alarm: one of the two was a thief.

    What belongs to a family that has ended already alarms nobody.
    """
    ended = end(family)
    if not ended:
        return
    actor = Actor("application", application.client_id, application.name, address)
    record_event(Event.TOKEN_REPLAYED, actor, str(user.pk), application.name, what=what, ended=ended)
    alerts.raise_alert(user, replayed(application.name, what, address), alerts.settings(), application.client_id)


def end_all_of(application: Application, user_id: uuid.UUID | None = None) -> int:
    """End every family of an application, or of one person's consents to it."""
    live = RefreshToken.objects.filter(application=application, revoked=None)
    access = AccessToken.objects.filter(application=application, revoked_at=None)
    codes = Grant.objects.filter(application=application, used_at=None)
    if user_id is not None:
        live, access, codes = (rows.filter(user_id=user_id) for rows in (live, access, codes))
    now = timezone.now()
    codes.update(used_at=now)
    ended: int = live.update(revoked=now)
    return ended + access.update(revoked_at=now)
