"""The house rules that a machine can check: who imports whom, how large things are, where the walls may be passed."""

import ast
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
APPS = ("config", "promptguard", "billing", "accounts", "tenants", "audit")
SOURCES = sorted(path for app in APPS for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts)
TESTS = sorted((ROOT / "tests").rglob("*.py"))
LONGEST_FILE, USUAL_FILE = 400, 300
LONGEST_FUNCTION, USUAL_FUNCTION, TYPICAL_FUNCTION = 60, 30, 8

PAST_THE_MANAGER = {
    "accounts/authentication.py": "reads a key by its credential, in one statement",
    "audit/idempotency.py": "claims a call, or finds its answer, in one statement",
    "accounts/assurance/tasks.py": "lists the organisations that ask for a factor, ids only",
    "accounts/oauth/bearer.py": "reads a token by its id, in one statement",
    "accounts/oauth/dpop.py": "uses a proof up, in one statement",
    "accounts/oauth/tasks.py": "sweeps what is past its time, for every tenant",
    "accounts/sso/tasks.py": "lists certificates that end soon and proofs to look up, ids only, for every tenant",
    "accounts/tasks.py": "lists the keys whose end is near, ids only, for every tenant",
    "accounts/workloads/tasks.py": "lists the services' keys whose end is near, ids only, for every tenant",
    "audit/outbox.py": "lists what is due, ids only, for every tenant",
    "audit/record.py": "inserts decisions as JSON",
    "audit/retention.py": "has the owner's functions delete what is past its time",
    "audit/recorder.py": "inserts decisions as a role that may do nothing else",
    "audit/tasks.py": "makes partitions",
    "billing/evidence/gathering.py": "reads all facts as of one moment",
    "billing/evidence/tasks.py": "lists the packs on which work is owed, ids only",
    "billing/invoicing/claiming.py": "claims calls for a line in one statement",
    "billing/disputes/tasks.py": "lists the organisations with deadlines ahead, ids only",
    "billing/ledger/reservations.py": "holds and settles in one statement each",
    "billing/recovery/tasks.py": "lists the organisations with a case that is due, ids only",
    "billing/ledger/tasks.py": "lists the organisations with holds past their time, ids only",
    "billing/processor/accounts.py": "asks whose customer somebody is, in the processor's scope",
    "billing/subscriptions/tasks.py": "lists the organisations whose trials wait for too long, ids only",
    "billing/rate_limits.py": "counts and reads stamps in one statement",
    "billing/vault/resealing.py": "makes the mirror's tokens anew, table by table",
    "billing/webhooks/inbox.py": "stores an event in one statement",
    "billing/webhooks/processing.py": "locks a customer",
    "config/health.py": "asks whether the database answers",
    "config/local/postgres.py": "makes roles and databases",
    "tenants/apps.py": "stores the keys of scopes",
    "tenants/credentials.py": "asks which tenant a credential opens",
    "tenants/desk.py": "finance staff read as the operators' database role",
    "tenants/operations.py": "operators read as a database role of their own",
    "tenants/postgresql/base.py": "opens the scope",
    "tenants/postgresql/connections.py": "asks what the role may do",
    "tenants/scope.py": "the manager itself",
    "tenants/tasks.py": "lists what a sweep asks for, ids only",
    "tenants/walls.py": "builds the walls",
    "tenants/webhooks/couriers.py": "lists what is due, ids only, for every tenant",
}
"""Files that use SQL or a plain queryset (T11), and why."""

OPENS_A_SCOPE = {
    "accounts/authentication.py": "that of the credential presented",
    "accounts/oauth/bearer.py": "that of the organisation which a token of ours names, its signature verified",
    "accounts/oauth/dpop.py": "that of the organisation which a token of ours, or a client id, names",
    "accounts/risk/watch.py": "that of the person who just signed in",
    "audit/outbox.py": "nobody's, to list what is due",
    "billing/evidence/gathering.py": "nobody's, until the snapshot stands; then that which was open",
    "billing/ledger/reservations.py": "that which is open, in the same round trip as the statement",
    "billing/webhooks/inbox.py": "the processor's, in the round trip that stores an event",
    "billing/vault/scope.py": "the processor's, which no tenant has",
    "config/demo/people.py": "that of the person who founds a demonstration",
    "tenants/credentials.py": "that of the credential presented",
    "tenants/desk.py": "that of the person of the staff, not of the tenant they may belong to",
    "tenants/memberships.py": "that of a person something happens to",
    "tenants/middleware.py": "that of the person who is signed in",
    "tenants/scope.py": "org_scope() itself",
    "tenants/webhooks/couriers.py": "nobody's, to list what is due",
}
"""Files that open a scope other than by `org_scope()`, and whose."""


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _functions(paths: list[Path]) -> Iterator[tuple[int, str, bool]]:
    """Yield the length and name of every function, and whether it is a table."""
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno is not None
                yield node.end_lineno - node.lineno + 1, f"{_name(path)}: {node.name}", _is_table(node)


_DECIDES = ast.If | ast.For | ast.While | ast.With | ast.Try | ast.Match


def _is_table(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Tell whether a function decides and repeats nothing: it is a table, written down as a function."""
    return not any(isinstance(node, _DECIDES) for node in function.body) and isinstance(function.body[-1], ast.Return)


def test_the_apps_import_downwards_only() -> None:
    """In a process of its own: it would turn off every logger of this one."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("paths", [SOURCES, TESTS], ids=["sources", "tests"])
def test_files_are_short(paths: list[Path]) -> None:
    lengths = {_name(path): len(path.read_text().splitlines()) for path in paths}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}
    assert statistics.quantiles(lengths.values(), n=20)[-1] <= USUAL_FILE


@pytest.mark.parametrize("paths", [SOURCES, TESTS], ids=["sources", "tests"])
def test_functions_are_short(paths: list[Path]) -> None:
    found = list(_functions(paths))
    assert [(length, name) for length, name, table in found if length > LONGEST_FUNCTION and not table] == []
    lengths = [length for length, *_ in found]
    assert statistics.median(lengths) <= TYPICAL_FUNCTION
    assert statistics.quantiles(lengths, n=20)[-1] <= USUAL_FUNCTION


PASSES = {"raw", "extra", "cursor", "execute", "executemany", "hand_out", "RawSQL", "QuerySet", "_base_manager"}
DIRECT = {"direct.ask", "direct.ask_as", "direct.call_as"}


def _passes_the_manager(path: Path) -> bool:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in PASSES or ast.unparse(node.func) in DIRECT:
                return True
        if isinstance(node, ast.Attribute) and node.attr == "_base_manager":
            return True
    return False


def test_t11_sql_and_plain_querysets_are_where_they_are_known_to_be() -> None:
    assert {_name(path) for path in SOURCES if _passes_the_manager(path)} == set(PAST_THE_MANAGER)


def _opens_a_scope(path: Path) -> bool:
    calls = [node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    names = {call.id if isinstance(call, ast.Name) else getattr(call, "attr", "") for call in calls}
    return bool(names & {"open_scope", "ask_as", "call_as"})


def test_scopes_are_opened_where_they_are_known_to_be() -> None:
    assert {_name(path) for path in SOURCES if _opens_a_scope(path)} == set(OPENS_A_SCOPE)


SEALS = {
    "accounts/adapters.py": "accounts.resealing.reseal_factors",
    "accounts/recovery_codes.py": "accounts.resealing.reseal_factors",
    "accounts/sso/connections.py": "accounts.sso.connections.reseal_secrets",
    "accounts/sso/replay.py": "kept for minutes, then gone",
    "accounts/sso/way_in.py": "in a form for minutes, and not stored",
    "audit/idempotency.py": "kept for a day, then gone",
    "audit/outbox.py": "audit.outbox.reseal_owed",
    "tenants/webhooks/signing.py": "tenants.webhooks.signing.reseal_endpoints",
    "billing/webhooks/inbox.py": "billing.webhooks.inbox.reseal_payloads",
    "billing/processor/operations.py": "billing.processor.operations.reseal_answers",
}
"""Files that seal what is stored, and what seals it anew when the secret key is replaced (`manage.py reseal`)."""


def test_what_is_sealed_can_be_sealed_anew() -> None:
    calls = re.compile(r"(?<!def )\bseal\(")
    assert {_name(path) for path in SOURCES if calls.search(path.read_text())} - {"tenants/encryption.py"} == set(SEALS)


UNFINISHED = re.compile(r"# *(TODO|FIXME|XXX|HACK)\b|raise NotImplemented\w+$", re.MULTILINE)


def test_nothing_is_left_unfinished() -> None:
    assert [_name(path) for path in [*SOURCES, *TESTS] if UNFINISHED.search(path.read_text())] == []


def test_there_is_no_room_for_what_has_no_name() -> None:
    nameless = {"utils", "helpers", "common", "core", "misc", "lib"}
    assert [_name(path) for path in [*SOURCES, *TESTS] if {path.stem, *path.parts[len(ROOT.parts) :]} & nameless] == []


def test_tests_do_not_wait_for_time_to_pass() -> None:
    sleeping = [
        _name(path)
        for path in TESTS
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"time.sleep", "sleep"}
    ]
    assert set(sleeping) <= {"tests/server.py", "tests/platform/running.py"}, "wait for what should come true"
