"""The parts of a passkey's ceremony that tests look into."""

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response


def challenge_of(page: "Response", element: str = "passkey_request") -> str:
    """Return the challenge that a page hands to the browser."""
    found = re.search(
        rf'<script id="{element}" type="application/json">(.*?)</script>', page.content.decode(), re.DOTALL
    )
    assert found is not None, page.content.decode()[-2000:]
    options: dict[str, Any] = json.loads(found[1])
    asked = options.get("request_options") or options["creation_options"]
    challenge: str = asked["publicKey"]["challenge"]
    return challenge


def confirmed_with(answer: dict[str, Any]) -> str:
    """Return a passkey's answer as a form carries it."""
    return json.dumps(answer)
