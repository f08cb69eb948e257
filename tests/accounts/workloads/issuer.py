"""A foreign issuer as a program of its own: it signs tokens and serves a JWKS, well or in hostile ways.

Run with no arguments: it takes a free port of the loopback and says which in its first line. It ends with its parent.
"""

import http.server
import json
import sys
import threading
import time
import urllib.parse
import uuid
from collections import Counter
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, OctKey, RSAKey

DRIP = 0.05
FOREVER = 30.0
HOSTILE = {
    "/huge": b'{"keys": [' + b" " * 2**20 + b"]}",
    "/broken": b'{"keys": ',
    "/deep": b"[" * 100_000,
    "/empty": b'{"keys": []}',
}


class Issuer:
    """Its keys, of which the last signs, and how often each path was asked for."""

    def __init__(self) -> None:
        self.keys: list[RSAKey] = []
        self.asked: Counter[str] = Counter()
        self.rotate()

    def rotate(self) -> None:
        key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"})
        key.ensure_kid()
        self.keys = [*self.keys[-1:], key]

    def jwks(self) -> bytes:
        weak = OctKey.generate_key(256, {"kid": "symmetric"}).as_dict(private=True)
        odd = ECKey.generate_key("P-521", {"kid": "odd"}).as_dict(private=False)
        good = [key.as_dict(private=False) for key in self.keys]
        return json.dumps({"keys": [weak, odd, "nonsense", *good]}).encode()

    def token(self, claims: dict[str, Any], kid: str | None) -> bytes:
        now = int(time.time())
        usual = {"iat": now, "exp": now + 300, "jti": uuid.uuid4().hex} | claims
        said = {name: value for name, value in usual.items() if value is not None}
        key = self.keys[-1]
        header = {"alg": "RS256", "typ": "JWT", "kid": kid or key.kid}
        return jws.serialize_compact(header, json.dumps(said), key, algorithms=["RS256"]).encode()


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers by path."""

    protocol_version = "HTTP/1.1"
    issuer = Issuer()

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        self.issuer.asked[path] += 1
        asked = dict(urllib.parse.parse_qsl(query))
        if path in HOSTILE:
            self._answer(HOSTILE[path])
        else:
            getattr(self, f"_{path.strip('/')}", self._error)(asked)

    def _jwks(self, asked: dict[str, str]) -> None:
        self._answer(self.issuer.jwks())

    def _token(self, asked: dict[str, str]) -> None:
        self._answer(self.issuer.token(json.loads(asked["claims"]), asked.get("kid")))

    def _rotate(self, asked: dict[str, str]) -> None:
        self.issuer.rotate()
        self._answer(b"{}")

    def _reset(self, asked: dict[str, str]) -> None:
        self.issuer.asked.clear()
        self._answer(b"{}")

    def _asked(self, asked: dict[str, str]) -> None:
        self._answer(json.dumps(self.issuer.asked).encode())

    def _many(self, asked: dict[str, str]) -> None:
        self._answer(json.dumps({"keys": [self.issuer.keys[-1].as_dict(private=False)] * 51}).encode())

    def _error(self, asked: dict[str, str]) -> None:
        self._answer(b"{}", 500)

    def _hanging(self, asked: dict[str, str]) -> None:
        self.rfile.read(1)

    def _answer(self, body: bytes, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _redirect(self, asked: dict[str, str]) -> None:
        self.send_response(302)
        self.send_header("Location", "/jwks")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _dripping(self, asked: dict[str, str]) -> None:
        """Send a byte now and then, so that no single read of the other side takes long."""
        self.send_response(200)
        self.end_headers()
        end, waiting = time.monotonic() + FOREVER, threading.Event()
        while time.monotonic() < end:
            self.wfile.write(b" ")
            self.wfile.flush()
            waiting.wait(DRIP)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


def main() -> None:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"{server.server_address[1]}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()
