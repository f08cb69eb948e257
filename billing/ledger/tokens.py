"""How many tokens a text is taken for before a model has counted them."""

from collections.abc import Iterable

BYTES_PER_TOKEN = 4
"""Of UTF-8: English has about four characters a token, and scripts of three bytes a character about one and a third."""


def tokens_in(texts: Iterable[str]) -> int:
    """Return the bytes of all texts by `BYTES_PER_TOKEN`, rounded up."""
    size = sum(len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass")) for text in texts)
    return -(-size // BYTES_PER_TOKEN)
