"""What the benchmarks run on: a migrated database of their own, an organisation with a key, and granian."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from allauth.account.models import EmailAddress
from django.core.management import call_command
from django.db import transaction

from accounts.models import User
from accounts.services import keys
from audit.record import Actor
from benchmarks.load import descendants
from billing.entitlements.limits import Limits
from billing.entitlements.verbs import assign
from tenants.guard import require
from tenants.models import Organization
from tenants.permissions import Permission, Role
from tenants.policy import confirmed
from tenants.principal import Principal, PrincipalKind, Resource
from tenants.scope import Scope, open_scope, org_scope
from tenants.services import organizations

WORKERS = 2
OURS = "config.wsgi:application"


def migrated() -> None:
    """Make the tables; the throw-away database starts empty."""
    call_command("migrate", database="owner", verbosity=0)


UNBOUND = Limits(None, None, None, seats=None, models=None, retention_days=400, requests_per_minute=100_000_000)
"""Of a plan that no benchmark comes to the end of."""


@transaction.atomic
def customer() -> tuple[Organization, str]:
    """Return a new organisation and a key of it whose limits no benchmark reaches."""
    user = User.objects.create_user(f"bench-{time.time_ns()}@bench.example", "unused-by-benchmarks")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    with open_scope(Scope(user_id=user.pk)):
        organization = organizations.create("Bench Works", Actor("person", str(user.pk), user.email))
    maker = Principal(PrincipalKind.PERSON, str(user.pk), organization.id, role=Role.OWNER, user_id=user.pk)
    principal = confirmed(maker)
    with org_scope(organization.id):
        assign("bench", 1, UNBOUND)
        grant = require(principal, Permission.KEYS_CREATE, Resource("keys", organization.id))
        wanted = keys.KeyRequest(name="bench", scopes=["guard:check"], requests_per_minute=100_000)
        key, secret = keys.create(grant, wanted)
        type(key).objects.filter(id=key.id).update(requests_per_minute=100_000_000)
    return organization, secret


@contextmanager
def granian(application: str, port: int, ready: str, workers: int = WORKERS) -> Iterator[list[int]]:
    """Serve a WSGI application, `OURS` as the product does, and yield the ids of its processes.

    The first is the one that workers are forked from: what they share with it is memory of the server, too.
    """
    options = ["--host", "127.0.0.1", "--port", str(port), "--workers", str(workers), "--blocking-threads", "8"]
    served = ["config.serving"] if application == OURS else ["granian", "--interface", "wsgi", application]
    command = [sys.executable, "-m", *served, "--backpressure", "64", *options]
    with serving(command, os.environ | {"ALLOWED_HOSTS": "localhost"}, f"http://localhost:{port}{ready}") as process:
        yield descendants(process)


@contextmanager
def serving(command: list[str], environment: Mapping[str, str], ready: str) -> Iterator[int]:
    """Run a server until the end, and yield its process id once it answers at `ready`."""
    process = subprocess.Popen(
        command, env=environment, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait(ready, process)
        yield process.pid
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def _wait(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"{url} does not answer.")
