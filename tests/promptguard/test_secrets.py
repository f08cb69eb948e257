"""Credentials are found in every provider's format, in context and broken up; what only looks like one is not."""

import base64
import random
import string

import pytest

from accounts.key_format import generate
from audit.reasons import Reason
from promptguard.detectors.secrets import SecretsDetector
from promptguard.detectors.secrets.providers import FORMATS
from tests.promptguard.obfuscation import TRANSFORMS
from tests.promptguard.scanning import found, kinds, quoted
from tests.promptguard.written import written_as

DETECTOR = SecretsDetector.load()
DICE = random.Random(20260101)
RANDOM = "".join(DICE.choice(string.ascii_letters + string.digits) for _ in range(36))
GITHUB = "ghp" + "_" + RANDOM
PEM = "-----BEGIN RSA PRIVATE " + "KEY-----\nMIIEowIBAAKCAQEA\n-----END RSA PRIVATE " + "KEY-----"
_JUDGED_BY_CONTENT = {"jwt"}


def test_there_are_at_least_195_provider_formats() -> None:
    assert len({kind for kind, _ in FORMATS}) >= 195


@pytest.mark.parametrize(("kind", "regex"), FORMATS)
def test_it_finds_what_is_written_in_a_providers_format(kind: str, regex: str) -> None:
    if kind in _JUDGED_BY_CONTENT:
        pytest.skip("has a test of its own")
    examples = [written_as(regex, random.Random(seed)) for seed in range(6)]
    assert sum(bool(found(DETECTOR, f"the value is {example} here")) for example in examples) >= 5


def test_it_finds_our_own_keys_by_their_checksum() -> None:
    key = generate("live")
    (only,) = found(DETECTOR, f"my key is {key}, keep it")
    assert (only.kind, only.reason, only.score) == ("tidegate-api-key", Reason.SECRET_OWN_KEY, 1.0)
    wrong = key[:-1] + ("0" if key[-1] != "0" else "1")
    assert "tidegate-api-key" not in kinds(DETECTOR, f"my key is {wrong}, keep it")


def test_it_finds_private_keys_whole() -> None:
    (only,) = found(DETECTOR, f"look:\n{PEM}\nend")
    assert only.reason is Reason.SECRET_PRIVATE_KEY
    assert only.end - only.start == len(PEM)


def test_a_web_token_needs_a_header_that_names_an_algorithm() -> None:
    def part(raw: bytes) -> str:
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    body = part(b'{"sub":"1234","name":"Jane Roe"}')
    good, bad = part(b'{"alg":"HS256","typ":"JWT"}'), part(b'{"name":"HS256","typ":"JW"}')
    assert "jwt" in kinds(DETECTOR, f"{good}.{body}.{RANDOM}")
    assert "jwt" not in kinds(DETECTOR, f"{bad}.{body}.{RANDOM}")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("password: Tr0ub4dor&3", "Tr0ub4dor&3"),
        ("the password is hunter42", "hunter42"),
        ('DB_PASSWORD="s3cr3t-Pa55"', "s3cr3t-Pa55"),
        ("passwort: Geh31m!x", "Geh31m!x"),
        ("postgres://app:q8Zr2LmW@db.internal:5432/app", "q8Zr2LmW"),
        (f"api_key = '{RANDOM}'", RANDOM),
        (f"Authorization: Bearer {RANDOM}", RANDOM),
        (f"datadog_api_key={RANDOM}", RANDOM),
        (
            "Authorization: Basic " + base64.b64encode(b"admin:s3cr3t!").decode(),
            base64.b64encode(b"admin:s3cr3t!").decode(),
        ),
    ],
)
def test_it_finds_a_secret_in_context(text: str, value: str) -> None:
    assert any(value in quoted(DETECTOR, text, kind) for kind in kinds(DETECTOR, text))


@pytest.mark.parametrize(
    "text",
    [
        "commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
        "UUID 550e8400-e29b-41d4-a716-446655440000",
        "sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "the password must have 12 characters",
        "my password is not working",
        "password: string",
        'api_key = os.environ["API_KEY"]',
        "token: ${{ secrets.GITHUB_TOKEN }}",
        "password: <your password here>",
        "AWS_ACCESS_KEY_ID=AKIA................",
        "AKIAIOSFODNN7" + "EXAMPLE",
        "Authorization: Bearer $TOKEN",
        "export OPENAI_API_KEY=sk-your-api-key-here",
        "ghp_" + "x" * 36,
        "set SECRET_KEY to a long random string",
        "https://user:password@host.example/",
        "The token bucket algorithm is a rate limiter, and linear: easy.",
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ",
    ],
)
def test_it_leaves_look_alikes_alone(text: str) -> None:
    assert found(DETECTOR, text) == ()


# What these transforms do to the case of letters, to digits or to the words around cannot be undone.
LOST = {"capitals", "leet", "accents", "small capitals", "upside down", "morse", "spaced evenly"}


@pytest.mark.parametrize("transform", sorted(set(TRANSFORMS) - LOST))
def test_it_sees_through(transform: str) -> None:
    assert "github-token" in kinds(DETECTOR, TRANSFORMS[transform](f"this is the token {GITHUB} for you"))


@pytest.mark.parametrize("gap", [" ", "\n", "\n    ", "\t"])
def test_a_credential_broken_by_whitespace_is_one(gap: str) -> None:
    broken = gap.join((GITHUB[:14], GITHUB[14:29], GITHUB[29:]))
    assert quoted(DETECTOR, f"use {broken} please", "github-token") == [broken]


def test_words_after_a_prefix_are_no_broken_credential() -> None:
    assert (
        found(DETECTOR, "The prefix ghp_ is used by GitHub for personal access tokens that people make by hand") == ()
    )
