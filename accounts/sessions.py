"""Sessions of the portal, found by the hash of what the browser's cookie holds.

The cookie's secret is stored nowhere. `session_key`, which the tables of sessions (Django's and allauth's) hold and
code may keep or log, is its SHA-256, cut to the 40 characters both tables have room for: it opens nothing, as
`SessionMiddleware` hashes whatever a cookie brings.
"""

import hashlib

from django.conf import settings
from django.contrib.sessions.backends import db
from django.contrib.sessions.middleware import SessionMiddleware as DjangosMiddleware
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import get_random_string

_SECRET_LENGTH = 32  # of 36 characters: 165 bits
_KEY_LENGTH = 40


class SessionStore(db.SessionStore):
    """A session; `secret` is what its cookie holds, where this request brought it or made it."""

    secret = ""

    @classmethod
    def presented(cls, secret: str) -> "SessionStore":
        """Return the session that a cookie's secret opens, or a new one."""
        store = cls(session_key(secret) if secret else None)
        store.secret = secret
        return store

    def _get_new_session_key(self) -> str:
        self.secret = get_random_string(_SECRET_LENGTH)
        return session_key(self.secret)


class SessionMiddleware(DjangosMiddleware):
    """Django's, with the secret in the cookie where Django has the key."""

    def process_request(self, request: HttpRequest) -> None:
        session = SessionStore.presented(request.COOKIES.get(settings.SESSION_COOKIE_NAME, ""))
        request.session = request.opened_session = session  # type: ignore[attr-defined]  # ours, for the answer

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Raise `LookupError`, and send no cookie, for a session whose secret nobody knows."""
        answer = super().process_response(request, response)
        cookie = answer.cookies.get(settings.SESSION_COOKIE_NAME)
        if cookie is not None and cookie.value:
            secret = _secret_of(request)
            cookie.set(settings.SESSION_COOKIE_NAME, secret, secret)
        return answer


def session_key(secret: str) -> str:
    """Return the key under which the session of a cookie's secret is stored."""
    return hashlib.sha256(secret.encode()).hexdigest()[:_KEY_LENGTH]


def _secret_of(request: HttpRequest) -> str:
    """Return the secret of the request's session: allauth opens it anew by its key in the middle of a request."""
    here: SessionStore = request.session  # type: ignore[assignment]  # the setting SESSION_ENGINE says so
    opened: SessionStore = request.opened_session  # type: ignore[attr-defined]  # by process_request
    for session in (here, opened):
        if session_key(session.secret) == here.session_key:
            return session.secret
    raise LookupError("The request has a session that it neither brought nor made.")
