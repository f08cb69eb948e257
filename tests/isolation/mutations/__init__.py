"""The guards between tenants, each with the edit that removes it and the tests that must notice."""

from tests.isolation.mutations.database import DATABASE
from tests.isolation.mutations.decisions import DECISION
from tests.isolation.mutations.manager import MANAGER
from tests.isolation.mutations.memory import MEMORY
from tests.isolation.mutations.money import MONEY
from tests.isolation.mutations.mutation import Mutation
from tests.isolation.mutations.per_table import per_table
from tests.isolation.mutations.signature import SIGNATURE

MUTATIONS: list[Mutation] = [*MANAGER, *DATABASE, *SIGNATURE, *DECISION, *MEMORY, *MONEY, *per_table()]
