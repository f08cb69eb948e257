"""Every tenant model is attacked, and from outside every row of the victim looks like no row at all."""

from tests.isolation.estate import ROWS, tenant_models


def test_every_tenant_model_has_a_row_to_attack() -> None:
    assert set(ROWS) == set(tenant_models())
