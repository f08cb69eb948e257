"""A service of Olga's with a key whose private half the test has."""

from collections.abc import Iterator

import pytest

from accounts.workloads import issuer_keys
from tests.accounts.workloads.foreign import foreign, running  # noqa: F401 (fixtures)
from tests.accounts.workloads.services import Service, new_service
from tests.people import Person


@pytest.fixture
def service(in_acme: Person) -> Service:
    return new_service(in_acme)


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    """Start without keys of issuers: each test's issuer has an address that another may have had before."""
    issuer_keys._kept.clear()
    yield
    issuer_keys._kept.clear()
