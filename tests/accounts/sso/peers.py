"""A name server on loopback that says what a test tells it."""

import socketserver
import threading
from collections.abc import Iterator

import dns.flags
import dns.message
import dns.rrset
import pytest
from django.test import override_settings

Zone = dict[str, str]


class _NameServer(socketserver.BaseRequestHandler):
    zone: Zone

    def handle(self) -> None:
        data, channel = self.request
        asked = dns.message.from_wire(data)
        answer = dns.message.make_response(asked)
        name = asked.question[0].name.to_text(omit_final_dot=True)
        if name in self.zone:
            answer.answer.append(dns.rrset.from_text(f"{name}.", 1, "IN", "TXT", f'"{self.zone[name]}"'))
        channel.sendto(answer.to_wire(), self.client_address)


@pytest.fixture
def dns_peer() -> Iterator[Zone]:
    """The records of a name server that Tidegate asks: names and the text at each."""
    zone: Zone = {}
    handler = type("Handler", (_NameServer,), {"zone": zone})
    with socketserver.ThreadingUDPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        with override_settings(DNS_SERVERS=[f"127.0.0.1:{server.server_address[1]}"]):
            yield zone
        server.shutdown()
