"""Redirect URIs: what may be registered, and when a presented one is that (RFC 9700, 2.1; RFC 8252, 7.1 and 7.3)."""

import re
from collections.abc import Mapping
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

LONGEST = 400
MOST = 20
LOOPBACK = frozenset({"127.0.0.1", "::1"})
"""By number: the name localhost may be resolved to another machine (RFC 8252, 8.3)."""
_PLAIN = re.compile(r"[\x21-\x7e]+", re.ASCII)
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]", re.ASCII)
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_SEGMENT = r"[A-Za-z0-9._~-]+"
_OR_PRIVATE_USE = ", nor an app's own scheme such as com.example.app:/callback"
_PRIVATE_USE = re.compile(
    rf"(?!https?\.)(?:xn--{_LABEL}|[a-z]{{2,63}})(?:\.{_LABEL})+:/(?:{_SEGMENT}(?:/{_SEGMENT})*)?", re.ASCII
)
"""A reverse domain name as scheme, one slash, a path. No scheme that a browser acts on itself has a dot."""


def matches(registered: str, presented: str) -> bool:
    """Tell whether `presented` is `registered`: the same characters, but for the port of a loopback address."""
    if registered == presented:
        return True
    ours, theirs = _split(registered), _split(presented)
    if ours is None or theirs is None or not (_is_loopback(ours) and _is_loopback(theirs)):
        return False
    return _without_port(ours) == _without_port(theirs) and _PLAIN.fullmatch(presented) is not None


def is_private_use(uri: str) -> bool:
    """Tell whether `uri` is of a scheme that an app claims for itself, such as ``com.example.app:/callback``."""
    return _PRIVATE_USE.fullmatch(uri) is not None


def fault(uri: str, is_public: bool = False) -> str:
    """Return why `uri` cannot be registered, or nothing; a public application may have a scheme of its own."""
    parts = _split(uri)
    if len(uri) > LONGEST or _PLAIN.fullmatch(uri) is None or "*" in uri or "\\" in uri or parts is None:
        return "is no address of printable ASCII characters without wildcards"
    if "#" in uri or "@" in parts.netloc:
        return "has a fragment or a user name"
    if {".", ".."} & set(parts.path.split("/")):
        return "has dots for folders"
    if _is_loopback(parts) or (is_public and is_private_use(uri)):
        return ""
    if parts.scheme == "http":
        return "is not encrypted: use https, or http://127.0.0.1 for a program on the person's own machine"
    if parts.scheme != "https" or _HOST.fullmatch(parts.netloc.partition(":")[0]) is None:
        return "is neither https with a full host name nor http://127.0.0.1" + (_OR_PRIVATE_USE if is_public else "")
    return ""


def origin(uri: str) -> str:
    """Return scheme, host and port, as a Content-Security-Policy names them; of an app's own scheme that alone."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else f"{parts.scheme}:"


def _split(uri: str) -> SplitResult | None:
    try:
        parts = urlsplit(uri)
        _ = parts.port  # refuses what is no number
    except ValueError:
        return None
    return parts


def _is_loopback(parts: SplitResult) -> bool:
    return parts.scheme == "http" and parts.hostname in LOOPBACK and "@" not in parts.netloc


def _without_port(parts: SplitResult) -> tuple[str | None, ...]:
    return parts.hostname, parts.path, parts.query, parts.fragment


def with_parameters(uri: str, parameters: Mapping[str, str]) -> str:
    """Return `uri` with more in its query; what it had stays, but for a parameter of the same name."""
    parts = urlsplit(uri)
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in parameters]
    return parts._replace(query=urlencode([*kept, *parameters.items()])).geturl()
