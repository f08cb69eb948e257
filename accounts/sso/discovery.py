"""Finding the connection of somebody's organisation by their e-mail domain, in a way that gives nothing away.

The page does the same for every address: it hands the address, sealed, to a worker and says that a mail may come. The
worker looks whether somebody proved the domain and has an enabled connection; only then is there a mail, with the
connection's own address. So neither the answer nor its time tells whose a domain is, and a browser that came in once
remembers the way by a signed cookie.
"""

from datetime import timedelta

from allauth.core.internal import ratelimit
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts.sso import tasks, way_in
from accounts.sso.models import Connection
from tenants.credentials import org_of
from tenants.scope import org_scope

RATES = {"sso": "10/m/ip,5/5m/key"}
LIFE = timedelta(days=180)
_SALT = "accounts.sso.discovery"


def ask(request: HttpRequest, email: str) -> HttpResponse | None:
    """Have the way in sent to an address, if there is one; return a refusal where somebody asks too often."""
    limited: HttpResponse | None = ratelimit.consume_or_429(
        request, app="accounts.sso", action="sso", config=RATES, key=email.lower()
    )
    if limited is None:
        tasks.hand_over(way_in.sealed(email))
    return limited


def remember(response: HttpResponse, connection: Connection) -> None:
    """Have this browser know the way next time."""
    response.set_signed_cookie(
        settings.SSO_COOKIE_NAME,
        connection.provider_id,
        salt=_SALT,
        max_age=LIFE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def remembered(request: HttpRequest) -> Connection | None:
    """Return the connection through which somebody came in with this browser, if it is still there."""
    provider_id = request.get_signed_cookie(settings.SSO_COOKIE_NAME, "", salt=_SALT, max_age=LIFE)
    org_id = org_of(provider_id) if provider_id else None
    if org_id is None:
        return None
    with org_scope(org_id):
        return Connection.objects.filter(provider_id=provider_id, state=Connection.State.ENABLED).first()
