"""Asking the DNS for TXT records, in such a way that silence is not taken for absence."""

import dns.exception
import dns.nameserver
import dns.resolver
from django.conf import settings

_PATIENCE = 4.0  # seconds, for all name servers together


class Unanswered(Exception):
    """No name server gave an answer: whether the record is there is not known."""


def texts_at(name: str) -> list[str]:
    """Return the TXT records at a name, none where the DNS says that there are none; raises `Unanswered`."""
    resolver = dns.resolver.Resolver(configure=not settings.DNS_SERVERS)
    if settings.DNS_SERVERS:
        resolver.nameservers = [_server(each) for each in settings.DNS_SERVERS]
    try:
        answer = resolver.resolve(f"{name}.", "TXT", lifetime=_PATIENCE, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except dns.exception.DNSException as error:
        raise Unanswered from error
    return [b"".join(each.strings).decode("ascii", "replace") for each in answer]


def _server(address: str) -> dns.nameserver.Nameserver:
    host, _, port = address.partition(":")
    return dns.nameserver.Do53Nameserver(host, int(port or 53))
