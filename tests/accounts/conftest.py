"""Tests of several connections at once need committed rows."""

from tests.committed import *  # noqa: F403 (fixtures)
