"""The mutations that take guards away still say what the files hold; ``make mutate-isolation`` runs them."""

from collections import Counter

import pytest

from tests.isolation.mutate import TREE, changed
from tests.isolation.mutations import MUTATIONS
from tests.isolation.mutations.mutation import Mutation


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_mutation_can_be_made(mutation: Mutation) -> None:
    former = {name: (TREE / name).read_text() for name, *_ in mutation.edits}
    made = changed(mutation, former)
    assert bool(mutation.sql) or any(made[name] != text for name, text in former.items())
    assert mutation.tests
    assert [test for test in mutation.tests if not (TREE / test).is_file()] == []


def test_each_has_a_name_of_its_own() -> None:
    assert [name for name, count in Counter(one.name for one in MUTATIONS).items() if count > 1] == []
