"""Credentials of formats that no table knows are found by where they stand; their look-alikes are not."""

import random
import string

import pytest

from promptguard.detectors.secrets import SecretsDetector
from tests.promptguard.scanning import found, quoted

DETECTOR = SecretsDetector.load()
DICE = random.Random(20260701)
ALPHABETS = {
    "small letters and digits": string.ascii_lowercase + string.digits,
    "capitals and digits": string.ascii_uppercase + string.digits,
    "letters and digits": string.ascii_letters + string.digits,
    "base64": string.ascii_letters + string.digits + "+/",
}
PLACES = [
    "export ACMEHUB_TOKEN={}",
    "acmehub.client.secret={}",
    'acmehub_api_key: "{}"',
    "const key = '{}';",
    'os.environ["ACME_KEY"] = "{}"',
    "curl -H 'X-Acme-Key: {}' https://api.acme.example/v1",
    'variable "acme_token" {{ default = "{}" }}',
    "ENV ACME_SECRET={}",
    "please rotate the following credential {} for me",
    "It fails with 401:\n```\n{}\n```",
    "acmehub => {}",
    "use acme_live_{} for this",
]
HEX = "0123456789abcdef"


def generated(alphabet: str, length: int) -> str:
    return "".join(DICE.choice(alphabet) for _ in range(length))


@pytest.mark.parametrize("alphabet", sorted(ALPHABETS))
def test_nine_of_ten_generated_values_are_found_where_a_credential_stands(alphabet: str) -> None:
    texts = [place.format(generated(ALPHABETS[alphabet], length)) for place in PLACES for length in (24, 32, 40, 48)]
    assert sum(bool(found(DETECTOR, text)) for text in texts) >= 0.9 * len(texts)


def test_hexadecimal_digits_are_a_credential_only_beside_a_word_that_says_so() -> None:
    value = generated(HEX, 40)
    assert quoted(DETECTOR, f"leaked credential, please revoke: {value}", "unknown-credential") == [value]
    assert found(DETECTOR, f"see {value} for more") == ()


LOOK_ALIKES = [
    "commit {hex40}",
    "git checkout {hex40} && git log",
    "image: registry.example/app@sha256:{hex64}",
    '"integrity": "sha512-{base64}=="',
    "{hex64}  release.tar.gz",
    "md5: {hex32}",
    "uuid = {uuid}",
    "request id: {uuid}",
    'ETag: "{hex32}"',
    "github.com/acme/lib v1.4.2 h1:{base64}=",
    "--hash=sha256:{hex64}",
    "![logo](data:image/png;base64,{base64})",
    "https://cdn.acme.example/assets/{base62}/app.js",
    "https://docs.acme.example/d/{base62}/edit",
    "chatcmpl-{base62}",
    "trace_id={hex32}",
    "order id: cus_{base62}",
    "api_key = YOUR_API_KEY_GOES_HERE_1234",
    "token=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "secret: <insert-your-secret-here-0000>",
    "password = os.getenv('DATABASE_PASSWORD_V2')",
    "model: claude-3-5-sonnet-20241022-v2:0",
    "IMG_20230412_123456789_HDR.jpg",
    "key: arn:aws:iam::123456789012:role/AcmeDeploymentRole2024",
    "wallet address: 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
    "class UpsamplingNearest2dBackwardKernel",
    "pay to DE89370400440532013000 by Friday",
]


@pytest.mark.parametrize("form", LOOK_ALIKES)
def test_it_leaves_look_alikes_alone(form: str) -> None:
    uuid = "-".join(generated(HEX, length) for length in (8, 4, 4, 4, 12))
    values = {f"hex{length}": generated(HEX, length) for length in (32, 40, 64)}
    values |= {"base64": generated(ALPHABETS["base64"], 86), "base62": generated(ALPHABETS["letters and digits"], 28)}
    assert found(DETECTOR, form.format(**values, uuid=uuid)) == ()
