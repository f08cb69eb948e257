"""What is said to change an answer fits the reason it was given for."""

import pytest

from audit.models import Decision
from audit.reasons import Reason
from promptguard.explain import _GENERIC, explain


@pytest.mark.parametrize(
    "reason", [Reason.SPENDING_PAUSED, Reason.PLAN_SPENT, Reason.MODEL_NOT_IN_PLAN, Reason.CARD_NUMBER]
)
def test_what_payments_refuse_is_not_mended_by_the_policy(reason: Reason) -> None:
    explained = explain(Decision(reason_codes=[reason.value], detail={}))
    [advice] = explained["what_would_change_it"]
    assert advice["code"] == reason.value
    assert advice["change"] != _GENERIC
