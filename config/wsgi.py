"""The WSGI application that granian serves."""

import os
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.db import OperationalError, connections

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse
    from django.http import HttpResponse


class Handler(WSGIHandler):
    """Django's handler, which answers ``/v1`` without the signals, cookies and streams that only pages need."""

    def __call__(  # type: ignore[override]  # the stubs know only an answer that is a response
        self, environ: dict[str, Any], start_response: "StartResponse"
    ) -> Iterable[bytes]:
        if not environ["PATH_INFO"].startswith("/v1/"):
            return super().__call__(environ, start_response)
        try:
            response = cast("HttpResponse", self.get_response(WSGIRequest(environ)))
        finally:
            for connection in connections.all(initialized_only=True):
                connection.close()  # back to the pool
        start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
        return [response.content]


django.setup(set_prefix=False)
with suppress(OperationalError):  # a database that is away is asked about the role when it is back
    connections["default"].ensure_connection()  # raises where row-level security does not bind the role
connections["default"].close()
# Its threads and sockets must not cross the fork to the workers.
connections["default"].close_pool()  # type: ignore[attr-defined]  # PostgreSQL's wrapper has it
application = Handler()
