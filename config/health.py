"""``/healthz`` (the process lives), ``/readyz`` (it can do its work) and ``/metrics``."""

import hmac
import logging
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.templatetags.static import static
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from promptguard.engine import engine
from tenants.access import public

log = logging.getLogger(__name__)


@public("says only that the process lives")
@transaction.non_atomic_requests  # a transaction would need the database before any answer
def healthz(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "ok"})


@public("says only whether the database and the detectors answer, and the pages have their files")
@transaction.non_atomic_requests
def readyz(request: HttpRequest) -> HttpResponse:
    """Answer 200 once the database answers, every detector is loaded and pages have their files, else 503 saying which
    is missing."""
    parts = {"database": _database_answers(), "guard": _guard_loaded(), "static": _static_collected()}
    ready = all(parts.values())
    return JsonResponse({"status": "ok" if ready else "unavailable", **parts}, status=200 if ready else 503)


@public("needs the metrics token, or a caller on this machine")
@transaction.non_atomic_requests
def metrics(request: HttpRequest) -> HttpResponse:
    token: str = settings.METRICS_TOKEN
    offered = request.headers.get("authorization", "").removeprefix("Bearer ")
    forwarded = "HTTP_X_FORWARDED_FOR" in request.META
    local = request.META.get("REMOTE_ADDR") in {"127.0.0.1", "::1", ""} and not forwarded and not token
    if not local and not (token and hmac.compare_digest(offered.encode(), token.encode())):
        return HttpResponse("Send the metrics token as a bearer token.\n", status=401, content_type="text/plain")
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # half typed
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


@public("is a picture")
def favicon(request: HttpRequest) -> HttpResponse:
    """Answer browsers that ask here although every page of ours names its icon; Django admin's do not."""
    return HttpResponseRedirect(static("img/mark.svg"))


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM tenants_stamp LIMIT 1")
    except Exception:  # any failure means not ready
        log.exception("the database does not answer")
        return False
    return True


def _guard_loaded() -> bool:
    try:
        return bool(engine().detectors)
    except Exception:  # a missing or altered artefact, for one
        log.exception("the guard is not loaded")
        return False


def _static_collected() -> bool:
    """Tell whether every file that this release's pages name has been collected; where none need be, it has."""
    collected: dict[str, str] | None = getattr(staticfiles_storage, "hashed_files", None)
    if collected is None:
        return True
    there = {name for name, kept in collected.items() if staticfiles_storage.exists(kept)}
    missing = [name for name in _static_names() if name not in there]
    if missing:
        log.error("static files are missing, %s first: run manage.py collectstatic and start again", missing[0])
    return not missing


@cache
def _static_names() -> tuple[str, ...]:
    folders = [Path(folder) for folder in settings.STATICFILES_DIRS]
    found = [path.relative_to(folder).as_posix() for folder in folders for path in folder.rglob("*") if path.is_file()]
    return tuple(sorted(found))
