"""The stylesheets of Tidegate's own pages, so that the sandbox's look alike."""

from django.conf import settings

from billing.sandbox.exchange import Response

_NAMES = ("tokens", "base", "layout", "elements", "forms", "data", "overlays")
SHEETS = tuple(f"/static/css/{name}.css" for name in _NAMES)


def answer(path: str) -> Response:
    """Answer ``/static/css/<sheet>.css``."""
    if path in SHEETS:
        body = (settings.BASE_DIR / path[1:]).read_bytes()
        return Response(200, body, "text/css; charset=utf-8", {"X-Content-Type-Options": "nosniff"})
    return Response(404, b"There is no such stylesheet.", "text/plain")
