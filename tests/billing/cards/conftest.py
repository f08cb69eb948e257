"""An application of Acme, as the tests of the API have one."""

from tests.api.conftest import app

__all__ = ["app"]
