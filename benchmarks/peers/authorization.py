"""Promise 5: CPU of one decision with its reason, beside casbin and django-guardian, with 200 and 2,000 policies.

The policies are the shipped ones and made-up ones beside them, spread over all permissions, parsed and split as the
product does it. casbin decides by roles of people and of 10,000 objects; guardian looks up one of 10,000 grants.
"""

import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from statistics import median

from django.contrib.auth.models import Group
from django.contrib.auth.models import Permission as ModelPermission
from django.contrib.contenttypes.models import ContentType
from guardian.backends import ObjectPermissionBackend
from guardian.models import UserObjectPermission

from accounts.models import User
from benchmarks import site
from benchmarks.peers.asked import PEERS, peer
from benchmarks.peers.promises import at_least, at_most
from tenants import policy
from tenants.permissions import Permission, Role
from tenants.principal import Principal, PrincipalKind, Resource

OBJECTS = 10_000
ROUNDS = 7
CALLS = 60
Step = Callable[[], float]


def main() -> None:
    """Print CPU microseconds of a decision, then the promises."""
    site.migrated()
    guardian = _guardian()
    with (
        peer(PEERS, "casbin", "200", str(OBJECTS)) as few,
        peer(PEERS, "casbin", "2000", str(OBJECTS)) as many,
        _policies(200) as ours_few,
        _policies(2000) as ours_many,
    ):
        numbers = count()
        steps: dict[str, Step] = {
            "Tidegate, evaluated, 200 policies": ours_few,
            "Tidegate, evaluated, 2,000 policies": ours_many,
            "Tidegate, remembered": _remembered(),
            "casbin, 200 policies": lambda: few(_question(next(numbers), 200))[1],
            "casbin, 2,000 policies": lambda: many(_question(next(numbers), 2000))[1],
            "guardian, has_perm(object)": guardian,
        }
        spent = _measured(steps)
    for name, value in spent.items():
        print(f"  {name:40s}{value:10.1f} µs CPU")
    few_cost, many_cost = spent["Tidegate, evaluated, 200 policies"], spent["Tidegate, evaluated, 2,000 policies"]
    at_most("evaluated, 200 policies, µs", few_cost, 100)
    at_most("2,000 policies / 200", many_cost / few_cost, 1.5)
    at_least("casbin / evaluated, 200 policies", spent["casbin, 200 policies"] / few_cost, 7)
    at_least("guardian / evaluated, 200 policies", spent["guardian, has_perm(object)"] / few_cost, 18)


def _measured(steps: dict[str, Step]) -> dict[str, float]:
    """Return the median over alternating rounds of the mean CPU microseconds of a call."""
    taken: dict[str, list[float]] = {name: [] for name in steps}
    for turn in range(ROUNDS + 1):
        for name, step in steps.items():
            mean = sum(step() for _ in range(CALLS)) / CALLS
            if turn:  # the first round warms up
                taken[name].append(mean)
    return {name: median(values) for name, values in taken.items()}


def _timed(call: Callable[[], object]) -> float:
    started = time.thread_time_ns()
    call()
    return (time.thread_time_ns() - started) / 1000


@contextmanager
def _policies(total: int) -> Iterator[Step]:
    """Yield a step that decides under `total` policies, each permission asked in turn."""
    shipped, remembered = policy.FOLDER, policy.load
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory, "policies")
        shutil.copytree(shipped, folder)
        made_up = total - sum(path.read_text().count("@id(") for path in folder.glob("*.cedar"))
        with (folder / "roles.cedar").open("a") as roles:
            roles.writelines(_made_up(number) for number in range(made_up))
        policy.FOLDER = folder
        try:
            parsed = policy.load.__wrapped__()
        finally:
            policy.FOLDER = shipped
    principal, resource = _asking()
    permissions, numbers = list(Permission), count()

    def step() -> float:
        permission = permissions[next(numbers) % len(permissions)]
        policy.load = lambda: parsed  # type: ignore[assignment]  # the product's own, of another folder
        try:
            return _timed(lambda: policy.decide.__wrapped__(principal, permission, resource))
        finally:
            policy.load = remembered

    yield step


def _made_up(number: int) -> str:
    """Return a policy that a tenant could write: one role and one permission, in an organisation of its own."""
    permission = list(Permission)[number % len(Permission)]
    role = list(Role)[number % len(Role)]
    return (
        f'\n@id("AUTHZ-ROLE-001:made-up-{number}")\n'
        f'permit (principal is ApiKey, action in [Action::"{permission.value}"], resource)\n'
        f'when {{ principal.role == "{role.value}" && principal.org == "{uuid.UUID(int=number)}" }};\n'
    )


def _asking() -> tuple[Principal, Resource]:
    tenant = uuid.uuid4()
    scopes = frozenset({Permission.GUARD_CHECK, Permission.DECISIONS_READ})
    return Principal(PrincipalKind.API_KEY, "k", tenant, role=Role.DEVELOPER, scopes=scopes), Resource("guard", tenant)


def _remembered() -> Step:
    principal, resource = _asking()
    return lambda: _timed(lambda: policy.decide(principal, Permission.GUARD_CHECK, resource))


def _question(number: int, policies: int) -> list[str]:
    """Return who may do what to which object; half of them are allowed."""
    return [f"person{number % 10}", f"object{number * 7 % OBJECTS}", f"action{number % (policies // 25)}"]


def _guardian() -> Step:
    """Grant one user a permission on 10,000 groups, and return a step that asks for one of them."""
    user = User.objects.create_user(f"bench-{time.time_ns()}@bench.example", "unused-by-benchmarks")
    kind = ContentType.objects.get_for_model(Group)
    granted = ModelPermission.objects.get(content_type=kind, codename="view_group")
    UserObjectPermission.objects.bulk_create(
        UserObjectPermission(user=user, permission=granted, content_type=kind, object_pk=str(number))
        for number in range(OBJECTS)
    )
    backend, numbers = ObjectPermissionBackend(), count()

    def step() -> float:
        group = Group(pk=next(numbers) * 7 % OBJECTS)
        return _timed(lambda: backend.has_perm(user, "auth.view_group", group))

    return step
