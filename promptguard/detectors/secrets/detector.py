"""The detector of credentials."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from accounts.key_format import PATTERN as OWN_KEY
from audit.reasons import Reason
from promptguard.detectors.bounded import UNREAD, BoundedTable
from promptguard.detectors.patterns import Hit, Pattern, PatternDetector, finding, report
from promptguard.detectors.secrets import judging, unknown
from promptguard.detectors.secrets.placeholders import looks_random
from promptguard.detectors.secrets.providers import FORMATS
from promptguard.detectors.secrets.triggers import TRIGGERS
from promptguard.detectors.secrets.vendors import VENDORS
from promptguard.findings import Category, Finding, Prompt, Report, View

NAME: Final = "secrets"
VERSION: Final = "1"
MOST_JUDGED: Final = 4_000  # matches of one format
MOST_STARTS: Final = 400  # prefixes read on from; a text with more of them is reported from there on
MOST_PIECES: Final = 12  # that a credential broken up by whitespace is put together from
_SCRAMBLING: Final = frozenset({"rot13", "reversed", "leet", "upside-down"})  # of words; they look generated then
_PIECE: Final = re.compile(r"\S+")
_MORE_BEGINNINGS: Final = ("tg_live_", "tg_test_", "AKIA", "ASIA", "AGE-SECRET-KEY-")
_LOOSE: Final = """
    aws-secret-key azure-ad-client-secret clickhouse-cloud-key composio-key cursor-key lichess-token
    vault-legacy-token airtable-key ngrok-token ngrok-api-key octopus-key scaleway-key gocardless-token yandex-iam-token
    artifactory-password artifactory-api-key openai-like-key voyage-key chargebee-key crates-io-token
    upstash-token mailgun-signing-key fireworks-key resend-key beamer-api-token ghost-key fal-key
"""
_SHAPELESS: Final = frozenset(_LOOSE.split())
_OPERATOR: Final = r"[\s'\"`\\)\]]{0,5}(?:=>|:{1,3}=|\?=|\|\||[=:>,]|\bis\b)[\s'\"`=]{0,6}"
_ASSIGNED: Final = r"([0-9A-Za-z_.=~+/!|:@-]{10,300})"
_KEY_NAMES: Final = (
    r"(?:secret|token|api[_ .-]?key|apikey|access[_ .-]?key|auth[_-]?key|auth|credential|client[_-]?secret"
    r"|private[_-]?key|signing[_-]?key|encryption[_-]?key|session[_-]?key|master[_-]?key|bearer|pat|webhook[_-]?key"
    r"|service[_-]?key|license[_-]?key)"
)
_PASSWORD_NAMES: Final = (
    r"(?:passwords?|passwd|passwort|pwd|passphrase|passcode|contrase\xf1a|contrasena|mot de passe|mdp|senha|wachtwoord"
    r"|l\xf6senord|parola|has.o|kennwort|pass|pin(?: code)?)"
)
_PRIVATE_KEY: Final = r"-----BEGIN (?:[A-Z0-9 ]{0,24})PRIVATE KEY(?: BLOCK)?-----[0-9A-Za-z+/=\s:,.\\-]*"
_KEY_END: Final = re.compile(r".*-----END [A-Z0-9 ]{0,24}PRIVATE KEY(?: BLOCK)?-----", re.DOTALL)
_KEY_BODY: Final = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----[0-9A-Za-z+/=\s\\]*")
_SCHEMES: Final = (
    r"(?:postgres(?:ql)?|mysql2?|mariadb|mongodb|rediss?|amqps?|mssql|sqlserver|oracle|clickhouse|cockroachdb|cassandra|neo4j"
    r"|bolt|nats|ldaps?|ftps?|sftp|smtps?|imaps?|ssh|smb|jdbc:[a-z]+|couchdb|influxdb|kafka|mqtts?|snowflake"
    r"|redshift|https?|wss?|git)"
)
_URL_PASSWORD: Final = (
    rf"(?i)\b{_SCHEMES}(?:\+[a-z0-9]+)?://[^\s:@/'\"<>]{{0,80}}:([^\s@/'\"<>]{{3,120}})@[0-9A-Za-z\[]"
)


def _format_patterns() -> Iterator[Pattern]:
    judges = {"jwt": judging.judge_jwt}
    for kind, regex in FORMATS:
        judge = judges.get(kind) or (judging.judge_shapeless if kind in _SHAPELESS else judging.judge_format)
        yield Pattern(kind, regex, Reason.SECRET_PROVIDER, judge, trigger=_trigger(kind, regex))


def _trigger(kind: str, regex: str) -> str | None:
    """Return the few characters that must occur for the whole pattern to be worth looking for."""
    plain = re.match(r"\\b([0-9A-Za-z_-]{3,})(?![{?*+])", regex)
    return TRIGGERS.get(kind) or (rf"\b{plain.group(1)}" if plain else None)


def _context_patterns() -> Iterator[Pattern]:
    vendors = "|".join(re.escape(vendor) for vendor in VENDORS)
    generic = Reason.SECRET_GENERIC
    named = rf"(?i)(?:{vendors})[\w. -]{{0,50}}{_OPERATOR}{_ASSIGNED}"
    keyed = rf"(?i){_KEY_NAMES}[\w-]{{0,30}}{_OPERATOR}(?:bearer |basic |token )?{_ASSIGNED}"
    word = rf"(?i)\b[\w.-]{{0,40}}{_PASSWORD_NAMES}(?:[_-]\w{{0,20}})?"
    yield Pattern("vendor-secret", named, Reason.SECRET_PROVIDER, judging.judge_assigned, 1, rf"(?i){vendors}")
    yield Pattern("generic-secret", keyed, generic, judging.judge_assigned, 1, rf"(?i){_KEY_NAMES}")
    spoken = rf"{word}{_OPERATOR}([^\s'\"`,;]{{4,80}})"
    yield Pattern("password", spoken, generic, judging.judge_password, 1, rf"(?i){_PASSWORD_NAMES}")
    yield Pattern(
        "password", r"(?i)ClearTextPassword\"\s+value=\"([^\"]{4,80})\"", generic, judging.judge_url_password, 1
    )
    yield Pattern("url-password", _URL_PASSWORD, generic, judging.judge_url_password, 1)
    yield Pattern("basic-auth", r"(?i)\bbasic\s+([0-9A-Za-z+/]{8,200}={0,2})", generic, judging.judge_basic, 1)
    yield Pattern(unknown.KIND, unknown.RUN, generic, unknown.judge_unknown, trigger=unknown.TRIGGER)
    yield Pattern("bearer-token", r"(?i)\bbearer\s+([0-9A-Za-z_.~+/=-]{20,600})", generic, judging.judge_assigned, 1)


def _own_patterns() -> Iterator[Pattern]:
    yield Pattern("tidegate-api-key", rf"\b{OWN_KEY}\b", Reason.SECRET_OWN_KEY, judging.judge_own_key)
    begin = r"-----BEGIN [A-Z0-9 ]{0,24}PRIVATE KEY"
    yield Pattern("private-key", _PRIVATE_KEY, Reason.SECRET_PRIVATE_KEY, trigger=begin, trim=_key_length)
    yield Pattern("putty-private-key", r"PuTTY-User-Key-File-\d: \S+", Reason.SECRET_PRIVATE_KEY)


def _key_length(value: str) -> int:
    """Return how many characters of `value` are private keys: up to the last end line, or as far as the body goes."""
    match = _KEY_END.match(value) or _KEY_BODY.match(value)
    return match.end() if match else len(value)


def beginning(regex: str) -> str:
    """Return the part of a format before its random body, or "" if that could be the beginning of a word."""
    body = re.search(r"\[0-9|\[A-Z|\[a-z|\[\\d|\\d", regex)
    lead = regex[2 : body.start()] if body and regex.startswith(r"\b") else ""
    if lead.endswith(("]", "?")):
        return ""
    telling = any(mark in lead for mark in "_-.") or (lead.isalnum() and len(lead) > 3 and not lead.islower())
    return lead if telling and len(lead) > 2 and r"\s" not in lead and lead.count("(") == lead.count(")") else ""


class SecretsDetector(PatternDetector):
    """Finds credentials in every view of a prompt, broken up by spaces and line ends or not."""

    name = NAME
    version = VERSION
    category = Category.SECRETS

    def __init__(self, table: BoundedTable, solid: BoundedTable, starts: BoundedTable) -> None:
        super().__init__(table)
        self._solid = solid
        self._starts = starts

    @classmethod
    def load(cls) -> "SecretsDetector":
        """Compile the patterns."""
        formats = list(_format_patterns())
        solid = [pattern for pattern in formats if pattern.regex.startswith(r"\b")] + list(_own_patterns())[:1]
        prefixes = {*_MORE_BEGINNINGS, *(beginning(pattern.regex) for pattern in formats)} - {""}
        begins = rf"\b(?:{'|'.join(sorted(prefixes))})[0-9A-Za-z_=-]{{0,16}}\s"
        starts = BoundedTable([Pattern("broken-credential", begins, Reason.SECRET_PROVIDER)], MOST_STARTS)
        table = [*_own_patterns(), *formats, *_context_patterns()]
        return cls(BoundedTable(table, MOST_JUDGED), BoundedTable(solid), starts)

    def detect(self, prompt: Prompt) -> Report:
        """Report the credentials of every view; one of an unknown format only where no other is."""
        found = [each for view in prompt.views for each in self.in_view(view)]
        known = [each for each in found if each.kind != unknown.KIND]
        return report(self.category, [*known, *_apart(found, known)])

    def in_view(self, view: View) -> Iterator[Finding]:
        """Yield the credentials in one view."""
        scrambled = not _SCRAMBLING.isdisjoint(view.steps)
        for hit in self._table.hits(view.text):
            if scrambled and hit.pattern.kind == unknown.KIND:
                continue
            yield finding(view, hit, self.category, self.name, self.version)
        for hit in self._broken_up(view.text):
            yield finding(view, hit, self.category, self.name, self.version)

    def _broken_up(self, text: str) -> Iterator[Hit]:
        """Yield credentials that whitespace runs through: read on from each known prefix without it."""
        read_to = 0
        for start in self._starts.hits(text):
            if start.score == UNREAD:
                yield start
            elif start.start >= read_to:
                hit = self._read_on(text, start.start)
                if hit:
                    read_to = hit.end
                    yield hit

    def _read_on(self, text: str, start: int) -> Hit | None:
        """Join the pieces from `start` on for as long as they make up one format and none is a plain word."""
        best = None
        pieces = list(islice(_PIECE.finditer(text, start), MOST_PIECES))
        for count in range(1, len(pieces)):
            if _is_word(pieces[count].group()):
                break
            solid = "".join(piece.group() for piece in pieces[: count + 1])
            whole = next((hit for hit in self._solid.hits(solid) if hit.start == 0 and hit.end == len(solid)), None)
            if whole and looks_random(solid):
                best = Hit(whole.pattern, start, pieces[count].end(), whole.score)
            elif best:
                break
        return best


def _apart(found: Iterable[Finding], known: Iterable[Finding]) -> Iterator[Finding]:
    """Yield the credentials of unknown formats that overlap none of `known`."""
    places = sorted((each.source, each.start, each.end) for each in known if each.score >= UNREAD)
    for each in found:
        if each.kind == unknown.KIND:
            after = bisect_left(places, (each.source, each.end, 0))
            if not any(
                each.source == source and each.start < end for source, _, end in places[max(0, after - 4) : after]
            ):
                yield each


def _is_word(piece: str) -> bool:
    letters = piece.strip(".,;:!?")
    return len(letters) > 1 and letters.isalpha() and (letters.islower() or letters.istitle())
