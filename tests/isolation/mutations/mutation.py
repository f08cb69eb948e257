"""One guard less: what a mutation is, and the files of tests that notice."""

from dataclasses import dataclass

MODELS = "tests/isolation/test_models.py"
SCOPE = "tests/isolation/test_scope.py"
STRICT = "tests/tenants/test_scope.py"
FORGERY = "tests/isolation/test_forgery.py"
CATALOGUE = "tests/isolation/test_catalogue.py"
REFERENCES = "tests/isolation/test_references.py"
BACKGROUND = "tests/isolation/test_background.py"
PAGES = "tests/isolation/test_pages.py"
AUTHENTICATION = "tests/accounts/test_authentication.py"
POLICY = "tests/tenants/test_policy.py"
GUARD = "tests/tenants/test_guard.py"


@dataclass(frozen=True, slots=True)
class Mutation:
    """One guard less: its name, what is changed, and where the change must be noticed (`only` narrows by ``-k``)."""

    name: str
    edits: tuple[tuple[str, str, str], ...]
    tests: tuple[str, ...]
    only: str = ""
    sql: str = ""


def edit(name: str, path: str, old: str, new: str, *tests: str, only: str = "") -> Mutation:
    return Mutation(name, ((path, old, new),), tests, only)


def sql(name: str, sql: str, *tests: str, only: str = "") -> Mutation:
    return Mutation(name, (), tests, only, sql)
