"""An operation is on disk before its request, happens once, and its key stands for nothing else."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import stripe as sdk
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from billing.processor import operations
from billing.processor.models import PaymentOperation
from billing.processor.operations import OtherRequest, Unclear, perform, perform_anew
from tenants.scope import org_scope
from tests.billing.peer import Peer
from tests.committed import new_owner
from tests.people import Person

PRODUCT = {"name": "Team"}


@pytest.fixture
def acme(committed: None) -> Iterator[Person]:
    """An owner whose organisation is committed and open."""
    owner = new_owner()
    with org_scope(owner.organization.id):
        yield owner


def create(stripe: Peer) -> operations.Call:
    return lambda params, key: stripe.v1.products.create(params, {"idempotency_key": key})


def lost(params: dict[str, Any], key: str) -> Any:  # noqa: ANN401
    raise sdk.APIConnectionError("the answer was lost")  # type: ignore[no-untyped-call]  # the SDK's


def says(status: int) -> operations.Call:
    """Return a call that is answered with a status."""

    def call(params: dict[str, Any], key: str) -> Any:  # noqa: ANN401
        raise sdk.APIError("it says no", http_status=status)

    return call


def a_day_goes_by() -> None:
    PaymentOperation.objects.update(sent_at=F("sent_at") - timedelta(hours=24))


def only() -> PaymentOperation:
    return PaymentOperation.objects.get()  # type: ignore[no-any-return]  # the manager of tenant models has no row type


def test_the_row_is_committed_before_the_request_even_inside_a_transaction(stripe: Peer, acme: Person) -> None:
    seen: list[str] = []

    def call(params: dict[str, Any], key: str) -> Any:  # noqa: ANN401
        seen.append(only().state)
        return create(stripe)(params, key)

    with transaction.atomic():
        perform("product", "team", PRODUCT, call)
        transaction.set_rollback(True)
    assert seen == ["begun"]
    assert (only().state, only().stripe_id[:5]) == ("done", "prod_")


def test_asked_again_it_is_answered_again_and_the_processor_is_not_asked(stripe: Peer, acme: Person) -> None:
    first = perform("product", "team", PRODUCT, create(stripe))
    assert perform("product", "team", PRODUCT, lost) == first
    assert len(stripe.v1.products.list().data) == 1


def test_another_request_under_the_key_is_refused(stripe: Peer, acme: Person) -> None:
    perform("product", "team", PRODUCT, create(stripe))
    for kind, params in (("product", {"name": "Other"}), ("price", PRODUCT)):
        with pytest.raises(OtherRequest):
            perform(kind, "team", params, create(stripe))
    assert len(stripe.v1.products.list().data) == 1


def test_after_a_lost_answer_the_same_key_gets_the_first_answer(stripe: Peer, acme: Person) -> None:
    made: list[Any] = []

    def done_and_lost(params: dict[str, Any], key: str) -> Any:  # noqa: ANN401
        made.append(create(stripe)(params, key).id)
        return lost(params, key)

    with pytest.raises(sdk.APIConnectionError):
        perform("product", "team", PRODUCT, done_and_lost)
    assert (only().state, only().error) == ("begun", "APIConnectionError")
    assert perform("product", "team", PRODUCT, create(stripe))["id"] == made[0]
    assert (only().attempts, len(stripe.v1.products.list().data)) == (2, 1)


def test_a_refusal_is_noted_and_raised(stripe: Peer, acme: Person) -> None:
    with pytest.raises(sdk.InvalidRequestError):
        perform("product", "team", {"nonsense": "1"}, create(stripe))
    assert (only().state, only().error.split()[0]) == ("refused", "InvalidRequestError")


def test_what_was_sent_a_day_ago_and_is_not_known_is_not_sent_again(stripe: Peer, acme: Person) -> None:
    with pytest.raises(sdk.APIConnectionError):
        perform("product", "team", PRODUCT, lost)
    PaymentOperation.objects.update(sent_at=timezone.now() - timedelta(hours=24))
    with pytest.raises(Unclear):
        perform("product", "team", PRODUCT, create(stripe))
    assert stripe.v1.products.list().data == []


def test_an_end_that_nobody_can_know_any_more_is_an_error_in_the_log(
    stripe: Peer, acme: Person, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(sdk.APIConnectionError):
        perform("product", "team", PRODUCT, lost)
    a_day_goes_by()
    with pytest.raises(Unclear):
        perform("product", "team", PRODUCT, create(stripe))
    assert {each.levelname for each in caplog.records if "its end is not known" in each.getMessage()} == {"ERROR"}


@pytest.mark.parametrize("status", [400, 402, 404, 429])
def test_after_a_clear_no_it_may_be_asked_again_at_any_time(stripe: Peer, acme: Person, status: int) -> None:
    with pytest.raises(sdk.APIError):
        perform("product", "team", PRODUCT, says(status))
    assert only().state == "refused"
    a_day_goes_by()
    assert perform("product", "team", PRODUCT, create(stripe))["name"] == "Team"


@pytest.mark.parametrize("status", [401, 403, 409, 500])
def test_what_is_no_clear_no_leaves_it_begun(stripe: Peer, acme: Person, status: int) -> None:
    with pytest.raises(sdk.APIError):
        perform("product", "team", PRODUCT, says(status))
    assert only().state == "begun"


def test_too_many_requests_say_nothing_of_an_attempt_before_them(stripe: Peer, acme: Person) -> None:
    for call in (lost, says(429)):
        with pytest.raises(sdk.StripeError):
            perform("product", "team", PRODUCT, call)
    a_day_goes_by()
    with pytest.raises(Unclear):
        perform("product", "team", PRODUCT, create(stripe))
    assert stripe.v1.products.list().data == []


def test_what_is_done_stays_done_whatever_a_second_caller_meets(stripe: Peer, acme: Person) -> None:
    def done_meanwhile(params: dict[str, Any], key: str) -> Any:  # noqa: ANN401
        perform("product", "team", PRODUCT, create(stripe))
        return says(409)(params, key)

    with pytest.raises(sdk.APIError):
        perform("product", "team", PRODUCT, done_meanwhile)
    assert only().state == "done"
    assert perform("product", "team", PRODUCT, lost)["name"] == "Team"


def test_what_was_done_while_it_was_looked_up_is_not_begun_again(
    stripe: Peer, acme: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = PaymentOperation.objects.get_or_create

    def slow(*args: Any, **known: Any) -> Any:  # noqa: ANN401
        found = asked(*args, **known)
        monkeypatch.undo()
        perform("product", "team", PRODUCT, create(stripe))
        return found

    PaymentOperation.objects.create(
        key="team", kind="product", params_sha256=operations.fingerprint(PRODUCT), org_id=acme.organization.id
    )
    monkeypatch.setattr(type(PaymentOperation.objects), "get_or_create", lambda _, **known: slow(**known))
    assert perform("product", "team", PRODUCT, lost)["name"] == "Team"
    assert (only().state, only().attempts) == ("done", 1)


def test_what_is_asked_for_anew_gets_another_key_once_its_end_is_not_known(stripe: Peer, acme: Person) -> None:
    with pytest.raises(sdk.APIConnectionError):
        perform("product", "team", PRODUCT, lost)
    a_day_goes_by()
    first = perform_anew("product", "team", PRODUCT, create(stripe))
    assert perform_anew("product", "team", PRODUCT, lost) == first
    assert set(PaymentOperation.objects.values_list("key", "state")) == {("team", "begun"), ("team:2", "done")}


def test_the_same_key_of_another_organisation_is_another(stripe: Peer, acme: Person) -> None:
    perform("product", "team", PRODUCT, create(stripe))
    with org_scope(new_owner().organization.id):
        perform("product", "team", PRODUCT, create(stripe))
    assert len(stripe.v1.products.list().data) == 2


def test_the_answer_is_sealed(stripe: Peer, acme: Person) -> None:
    perform("product", "team", PRODUCT, create(stripe))
    with connection.cursor() as cursor:
        cursor.execute("SELECT answer FROM processor_paymentoperation WHERE org_id = %s", [acme.organization.id])
        [(answer,)] = cursor.fetchall()
    assert answer.startswith("v1.")
    assert "Team" not in answer
