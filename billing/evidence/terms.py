"""The policies of our terms by their versions, as they were accepted. They ship with the product and never change."""

import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from billing.evidence.facts import Checkout, Terms

_FOLDER = Path(__file__).parent / "terms_texts"


def terms_of(checkouts: Sequence[Checkout]) -> Terms:
    """Return the terms that were accepted last; without texts where that version has none here."""
    if not checkouts:
        return Terms("", "", "")
    version = max(checkouts, key=lambda checkout: checkout.at).terms_version
    texts = _texts().get(version, {})
    return Terms(version, texts.get("cancellation", "").strip(), texts.get("refund", "").strip())


@cache
def _texts() -> dict[str, dict[str, str]]:
    return {path.stem: tomllib.loads(path.read_text()) for path in _FOLDER.glob("*.toml")}
