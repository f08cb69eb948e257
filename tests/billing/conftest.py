"""Tests of several connections at once need committed rows; most of these rooms speak to the simulated Stripe."""

from tests.billing.peer import impatient, stripe  # noqa: F401 (fixtures)
from tests.committed import *  # noqa: F403 (fixtures)
