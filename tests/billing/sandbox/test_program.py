"""The sandbox as a program: the command, its key, its snapshot, its clock, its control API."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import orjson
import pytest
import stripe
from django.conf import settings

from billing.sandbox import keys
from billing.sandbox.clock import Clock, standing
from billing.sandbox.server import Sandbox
from tests.billing.sandbox.conftest import START
from tests.billing.sandbox.shop import KEY, Receiver, Shop, ask
from tests.platform.running import eventually
from tests.server import free_port


def command(var: Path, *options: str, **environment: str) -> "subprocess.Popen[str]":
    arguments = [sys.executable, "manage.py", "stripe_sandbox", *options]
    known = os.environ | {"TIDEGATE_VAR": str(var)} | environment
    pipe = subprocess.PIPE
    return subprocess.Popen(arguments, cwd=settings.BASE_DIR, env=known, stdout=pipe, stderr=pipe, text=True)


def test_the_command_serves_keeps_its_data_and_goes_on_with_them(tmp_path: Path) -> None:
    port = free_port()
    made = ""
    for _ in range(2):
        process = command(tmp_path, "--port", str(port))
        try:
            assert process.stdout is not None
            assert f"http://127.0.0.1:{port}" in process.stdout.readline()
            key = (tmp_path / "stripe-sandbox" / "key").read_text()
            made = made or _customer(port, key)
            assert _customers(port, key) == [made]
        finally:
            process.send_signal(signal.SIGTERM)
            _, errors = process.communicate(timeout=60)
        assert (process.returncode, errors) == (0, "")
    assert (tmp_path / "stripe-sandbox" / "key").stat().st_mode & 0o077 == 0
    assert (tmp_path / "stripe-sandbox" / "state.json").stat().st_mode & 0o077 == 0


def _customer(port: int, key: str) -> str:
    _, _, body = ask(port, "POST", "/v1/customers", headers={"Authorization": f"Bearer {key}"})
    return str(orjson.loads(body)["id"])


def _customers(port: int, key: str) -> list[str]:
    _, _, body = ask(port, "GET", "/v1/customers", headers={"Authorization": f"Bearer {key}"})
    return [each["id"] for each in orjson.loads(body)["data"]]


def test_production_refuses_it(tmp_path: Path) -> None:
    known = {
        "TIDEGATE_ENVIRONMENT": "production",
        "BASE_URL": "https://tidegate.example",
        "EMAIL_URL": "smtp://localhost",
    }
    process = command(tmp_path, **known)
    _, errors = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "The settings say production" in errors
    assert not (tmp_path / "stripe-sandbox").exists()


@pytest.mark.parametrize("key", ["sk_live_" + "1" * 24, "sk_test_" + "1" * 24, "sk_test_sandboxshort", "rk_test_x", ""])
def test_a_key_that_may_be_real_is_never_held(tmp_path: Path, key: str) -> None:
    with pytest.raises(keys.NotASandboxKeyError) as refused:
        Sandbox(key)
    assert key == "" or key not in str(refused.value)
    (tmp_path / "key").write_text(key)
    with pytest.raises(keys.NotASandboxKeyError):
        keys.kept(tmp_path)


def test_a_key_is_made_once_and_suits_dj_stripe(tmp_path: Path) -> None:
    key = keys.kept(tmp_path / "new")
    assert keys.kept(tmp_path / "new") == key
    assert len(key.removeprefix("sk_test_")) >= 24
    assert key.removeprefix("sk_test_").isalnum()


def test_it_listens_on_the_loopback_interface(sandbox: Sandbox) -> None:
    assert sandbox._server.server_address[0] == "127.0.0.1"


def test_a_snapshot_brings_everything_back(tmp_path: Path, receiver: Receiver) -> None:
    path = tmp_path / "state.json"
    first = Sandbox(KEY, seed="one", clock=standing(START), path=path)
    first.start()
    shop = Shop(first, stripe.StripeClient(KEY, base_addresses={"api": first.url, "files": first.url}))
    customer = shop.customer()
    made = shop.v1.subscriptions.create({"customer": customer.id, "items": [{"price": shop.price(2_000)}]})
    shop.later(10)
    shop.control("simulate", act="decline", customer=customer.id)
    first.stop()
    second = Sandbox(KEY, port=first.port, seed="two", clock=standing(START), path=path)
    second.start()
    try:
        again = Shop(second, shop.client)
        assert again.v1.subscriptions.retrieve(made.id).status == "active"
        assert second.state.now() == START + 10 * 86_400
        assert again.v1.customers.create({}).id != customer.id
        again.later(21.1)
        assert again.v1.subscriptions.retrieve(made.id).status == "past_due"
    finally:
        second.stop()


def test_the_clock_ticks_by_itself(shop: Shop) -> None:
    trial = {"trial_period_days": 1, "trial_settings": {"end_behavior": {"missing_payment_method": "cancel"}}}
    made = shop.v1.subscriptions.create(
        {"customer": shop.customer(card=None).id, "items": [{"price": shop.price(100)}], **trial}
    )
    shop.sandbox.clock.offset += 86_400
    assert eventually(lambda: shop.v1.subscriptions.retrieve(made.id).status == "canceled")


def test_a_clock_runs_with_the_machine_and_goes_forward_only() -> None:
    now = [100]
    clock = Clock(base=lambda: now[0])
    clock.reach(150)
    clock.reach(120)
    now[0] += 5
    assert clock.now() == 155


def test_the_control_api_takes_the_key_and_names_what_it_refuses(shop: Shop) -> None:
    assert ask(shop.sandbox, "POST", "/control/clock", b'{"advance": 5}')[0] == 401
    headers = {"Authorization": f"Bearer {KEY}"}
    for path, body in (
        ("clock", b'{"advance": -5}'),
        ("clock", b'{"advance": 99999999999}'),
        ("clock", b"[]"),
        ("clock", b"nonsense"),
        ("chaos", b'{"duplicate": -1}'),
        ("chaos", b'{"nonsense": 1}'),
        ("simulate", b'{"act": "nonsense"}'),
        ("simulate", b'{"act": "dispute", "customer": "cus_none"}'),
        ("forge", b'{"kind": "nonsense"}'),
        ("resend", b'{"event": "evt_none"}'),
    ):
        status, _, answer = ask(shop.sandbox, "POST", f"/control/{path}", body, headers)
        assert (status, "message" in orjson.loads(answer)["error"]) == (400, True), (path, body, answer)
    assert ask(shop.sandbox, "GET", "/control/nonsense", headers=headers)[0] == 404
    assert shop.sandbox.state.now() == START
