"""A request and its answer, apart from any server."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

#: Pages load nothing but our own stylesheets, and send forms home, or on to where a hosted page returns to.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'{}; "
    "frame-ancestors 'none'; base-uri 'none'"
)


@dataclass(frozen=True)
class Request:
    """`headers` have lower-case names."""

    method: str
    path: str
    query: str = ""
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "")

    def header(self, name: str) -> str | None:
        return self.headers.get(name)

    def bearer(self) -> str | None:
        """Return the key that was presented."""
        scheme, _, value = (self.header("authorization") or "").partition(" ")
        return value.strip() if scheme.lower() == "bearer" and value else None

    def form(self) -> dict[str, str]:
        """Return the fields of a page's form."""
        return dict(parse_qsl(self.body.decode(errors="replace"), keep_blank_values=True, max_num_fields=50))


@dataclass(frozen=True)
class Response:
    status: int
    body: bytes = b""
    content_type: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


def redirect(address: str) -> Response:
    """Send the person on."""
    return Response(303, headers={"Location": address})


def page_headers(returns_to: str = "") -> dict[str, str]:
    """Return the headers of every page; `returns_to` is an origin that its forms may end at."""
    return {
        "Content-Security-Policy": POLICY.format(f" {returns_to}" if returns_to else ""),
        "Cache-Control": "no-store",
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }
