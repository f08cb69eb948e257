"""Asking an address that a tenant names: it must not lead inside (SSRF), and the answer is bounded in time and size.

The name is resolved once, every address it has must be one of the public internet, and the connection goes to the
address that was looked at. Redirects are not followed. `OUTGOING_LOOPBACK` opens this machine's own loopback, also
without TLS, for demonstrations and tests.
"""

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

SECONDS = 5.0
LARGEST = 1_048_576  # bytes
LONGEST_URL = 1_000
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Refused(Exception):
    """The address may not be asked, or did not answer as it must; the text can be shown to who named it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status and the body, at most `largest` bytes of it."""

    status: int
    body: bytes


def ask(
    url: str,
    *,
    form: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    largest: int = LARGEST,
) -> Answer:
    """GET `url`, or POST `form` to it; raises `Refused`."""
    sent = {} if form is None else {"Content-Type": "application/x-www-form-urlencoded"}
    with _connected(url, SECONDS) as (connection, parts):
        response = _answer(connection, parts, form, sent | dict(headers or {}))
        if 300 <= response.status < 400:
            raise Refused(f"{parts.hostname} answers with a redirect. Give the address it leads to.")
        body = response.read(largest + 1)
        if len(body) > largest:
            raise Refused(f"{parts.hostname} answers with more than {largest // 1024} KiB.")
        return Answer(response.status, body)


def post_json(url: str, body: bytes, headers: Mapping[str, str], seconds: float) -> int:
    """POST `body` and return the answer's status, a redirect's too; nothing else of it is read. Raises `Refused`."""
    with _connected(url, seconds) as (connection, parts):
        return _answer(connection, parts, body, {"Content-Type": "application/json", **headers}).status


@contextlib.contextmanager
def _connected(url: str, seconds: float) -> Iterator[tuple[http.client.HTTPConnection, SplitResult]]:
    """Connect, and end everything `seconds` after the name is resolved, wherever it waits."""
    parts = checked(url)
    address = _public_address(parts)
    deadline = time.monotonic() + seconds
    connection = _connection(parts, address, deadline)
    try:
        connection.connect()
        watchdog = threading.Timer(deadline - time.monotonic(), _cut, [connection.sock])
        watchdog.start()
        try:
            yield connection, parts
            if time.monotonic() >= deadline:  # what was cut off reads as an end
                raise TimeoutError
        finally:
            watchdog.cancel()
    except (OSError, http.client.HTTPException, ValueError) as error:
        is_late = time.monotonic() >= deadline
        raise Refused(f"{parts.hostname} did not answer {'in time' if is_late else 'as it should'}.") from error
    finally:
        connection.close()


def checked(url: str) -> SplitResult:
    """Return the parts of an address that may be asked, as far as its text tells; raises `Refused`."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 (raises where it is no number)
    except ValueError as error:
        raise Refused("This is not an address.") from error
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise Refused(f"An address has at most {LONGEST_URL} plain characters.")
    if not parts.hostname or parts.username is not None or parts.password is not None:
        raise Refused("An address has a host, and neither a name nor a password before it.")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_own_loopback(parts.hostname)):
        raise Refused("An address starts with https://.")
    return parts


def _is_own_loopback(host: str) -> bool:
    return settings.OUTGOING_LOOPBACK and host in {"localhost", "127.0.0.1"}


def _public_address(parts: SplitResult) -> str:
    """Return the address to connect to, if every address of the host is a public one."""
    host = str(parts.hostname)
    try:
        found = socket.getaddrinfo(host, _port(parts), type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Refused(f"{host} is not found in the DNS.") from error
    addresses = [str(entry[4][0]) for entry in found]
    if _is_own_loopback(host):
        return "127.0.0.1"
    if not addresses or not all(is_public(ipaddress.ip_address(address)) for address in addresses):
        raise Refused(f"{host} is not on the public internet.")
    return addresses[0]


def is_public(address: _Address) -> bool:
    """Tell whether an address belongs to the public internet, also behind IPv6's ways of writing IPv4 addresses."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in _NAT64:
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast


class _PinnedTls(http.client.HTTPSConnection):
    """TLS with the name's certificate, to an address that was looked at."""

    address = ""
    deadline = 0.0

    def connect(self) -> None:
        plain = socket.create_connection((self.address, self.port), self.timeout)
        plain.settimeout(max(0.01, self.deadline - time.monotonic()))  # of the whole handshake, not of a packet
        self.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=self.host)


def _connection(parts: SplitResult, address: str, deadline: float) -> http.client.HTTPConnection:
    seconds = deadline - time.monotonic()
    if parts.scheme == "http":
        return http.client.HTTPConnection(address, _port(parts), timeout=seconds)
    connection = _PinnedTls(str(parts.hostname), _port(parts), timeout=seconds)
    connection.address, connection.deadline = address, deadline
    return connection


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _cut(sock: socket.socket) -> None:
    """End an exchange that takes too long, wherever it waits."""
    with contextlib.suppress(OSError):  # it ended meanwhile
        sock.shutdown(socket.SHUT_RDWR)


def _answer(
    connection: http.client.HTTPConnection, parts: SplitResult, body: bytes | None, headers: dict[str, str]
) -> http.client.HTTPResponse:
    target = parts.path or "/"
    headers = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "Tidegate", "Host": parts.netloc} | headers
    method = "GET" if body is None else "POST"
    connection.request(method, f"{target}?{parts.query}" if parts.query else target, body, headers)
    return connection.getresponse()
