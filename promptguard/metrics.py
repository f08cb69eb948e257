"""What ``/metrics`` tells of the API: requests by operation and status, their time, and decisions by action."""

import time
from collections.abc import Callable
from functools import cache

from django.http import HttpRequest, HttpResponse
from prometheus_client import Counter, Histogram

REQUESTS = Counter("tidegate_api_requests", "Requests of /v1", ["path", "status"])
SECONDS = Histogram(
    "tidegate_api_seconds",
    "Seconds from a request of /v1 to its answer",
    ["path"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
ACTIONS = Counter("tidegate_guard_actions", "Decisions of the guard", ["action"])
_CHECKS = frozenset({"/v1/guard", "/v1/moderations"})
_PATHS = _CHECKS | frozenset({"/v1/models", "/v1/usage", "/v1/decisions"})


def observed(serve: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Count and time what `serve` answers; paths that hold ids share one label, so that labels stay few."""

    def counting(request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = serve(request)
        path = request.path_info if request.path_info in _PATHS else "other"
        seconds, requests = _meters(path, response.status_code)
        seconds.observe(time.perf_counter() - started)
        requests.inc()
        if path in _CHECKS and response.status_code == 200 and "Idempotent-Replayed" not in response.headers:
            ACTIONS.labels(response.headers["x-guard-action"]).inc()
        return response

    return counting


@cache
def _meters(path: str, status: int) -> tuple[Histogram, Counter]:
    """Return what is counted for a path and a status; looking the labels up costs more than counting."""
    return SECONDS.labels(path), REQUESTS.labels(path, str(status))
