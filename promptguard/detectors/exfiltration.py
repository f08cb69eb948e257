"""Attempts to carry data out: addresses that hold data or leave a place for it, and requests to send it away.

What a document or a tool brings in, or the model puts out, weighs full; from the user it weighs by how often honest
users write the same: `BY_USER` holds that share for each kind.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from audit.reasons import Reason
from promptguard.detectors.patterns import Candidate, Pattern, PatternDetector, PatternTable, finding
from promptguard.detectors.secrets.placeholders import looks_random
from promptguard.findings import Category, Channel, Finding, View

_OWN_WORDS: Final = frozenset({Channel.USER, Channel.SYSTEM})
BY_USER: Final = {
    "image-address": 0.9,
    "link-address": 0.75,
    "html-address": 0.75,
    "send-data": 0.75,
    "data-into-address": 0.85,
    "collector": 0.6,
    "script": 0.75,
    "shell": 0.75,
    "dns": 0.8,
    "active-address": 0.7,
}

_TEMPLATE: Final = re.compile(
    r"\{+[^}]*\}+|<[a-z_ ]+>|\[[A-Z_ ]{3,}\]|%s|\$\{?[A-Za-z_]+|\$\(|`[^`]+`|(?i:insert|base64\("
    r"|_here\b|your[_-]?data|conversation|chat[_-]?history"
    r"|system[_-]?prompt|secret|password|api[_-]?key|exfil|stolen|leak)"
)
_DATA_NAMES: Final = re.compile(
    r"(?i)[?&/](?:data|payload|secret|token|d|q|info|content|msg|message|history|chat|prompt|summary"
    r"|leak|exfil|text|body|user|email"
    r"|key|session|cookie|context|c|p|s|x)=([^&#\s)\"'>]*)"
)
_COLLECTORS: Final = (
    r"webhook\.site|requestbin|request\.?bin\.|hookbin|pipedream\.net|ngrok(?:-free)?\.(?:io|app|dev)"
    r"|burpcollaborator\.net"
    r"|oastify\.com|interact\.sh|oast\.(?:fun|pro|live|site|me|online)|dnslog\.cn|ceye\.io"
    r"|canarytokens\.(?:com|org)|beeceptor\.com"
    r"|postb\.in|mockbin\.org|transfer\.sh|file\.io|0x0\.st|termbin\.com|pastebin\.com/api|discord"
    r"(?:app)?\.com/api/webhooks"
    r"|api\.telegram\.org/bot|trycloudflare\.com|serveo\.net|localtunnel\.me|requestcatcher\.com"
    r"|webhook\.cool|typedwebhook\.tools"
)
_URL: Final = r"(?:https?:)?//(?:[^\s)\"'<>\]\[]|<[A-Za-z_ ]{1,30}>|\[[A-Za-z_ ]{1,30}\])+"
_VERBS: Final = (
    r"send|sends|sending|post|forward|upload|e-?mail|transmit|exfiltrate|leak|submit|deliver|relay"
    r"|report|copy|push|share|dispatch"
    r"|sende|schick\w*|leite|env[i\xed]\w*|reenv[i\xed]\w*|envoie\w*|transf[e\xe8]re\w*|transmets"
    r"|inoltra|invia\w*|envie|encaminhe|stuur|verstuur"
    r"|wy[s?]lij|prze[s?]lij|g\xf6nder\w*|skicka|mail"
)
_GOODS: Final = (
    r"conversations?|chat(?: ?(?:history|log))?s?|histor(?:y|ies)|system prompt|instructions|(?:api"
    r"|ssh|access|private|secret) ?keys?|passwords?"
    r"|credentials|secrets?|tokens?|cookies?|(?:customer|user|client|patient|employee|personal"
    r"|sensitive|confidential|private|internal|account)"
    r"(?:'s)? (?:data|records?|details|information|info|files?|documents?|list|e-?mails?)|database"
    r"|env(?:ironment)? variables?|\.env|contacts?"
    r"|(?:all|every|entire|whole|full|latest|recent) (?:the |of the |my |their |your )?(?:e-?mails?"
    r"|messages?|files?|documents?|data|content|context|memory"
    r"|output|results|records|text|inbox|notes)|contents? of|session|credit cards?|ssns?"
    r"|social security numbers?|medical records?|source code"
    r"|passw\xf6rter|zugangsdaten|kundendaten|unterhaltung|contrase\xf1as?|datos|conversaci\xf3n"
    r"|mots de passe|donn\xe9es|senhas?|dados|conversa"
    r"|dati|gegevens|wachtwoorden|has\S?a|dane|veriler\w*|\x73ifre\w*|verl[a\xe4]uf"
)
_PLACES: Final = (
    r"https?://\S+|[\w.+-]+@[\w-]+\.[\w.]{2,}|(?:my|our|this|the|a|an|external|remote"
    r"|attacker'?s?) (?:webhook|server|endpoint|url|external)\b"
    r"|\b\d{1,3}(?:\.\d{1,3}){3}\b|\b[\w-]+(?:\.[\w-]+)*\.(?:com|net|org|io|xyz|ru|cn|top|site|info"
    r"|co|dev|app|me)(?:/\S*)?"
)
_SEND: Final = (
    rf"(?i)\b(?:{_VERBS})\b[^.!?\n]{{0,80}}?\b(?:{_GOODS})(?:[^!?\n]{{0,100}}?)(?:\b(?:to|at|via|into"
    rf"|using|through|an|a|al|vers|para|naar|na|do|till)\b|\xe0|:)[^!?\n]{{0,40}}?(?:{_PLACES})"
)
_INTO: Final = (
    r"(?i)\b(?:append|includ\w+|add\w*|embed\w*|encod\w+|put|plac\w+|insert\w*|concatenat\w+"
    r"|replac\w+|attach\w*|pass\w*|hid\w+|stor\w+)\b[^.!?\n]{0,80}?"
    rf"\b(?:{_GOODS}|data|answer|response|summary|information|result|text)\b[^.!?\n]{{0,60}}?\b(?:in"
    rf"|into|to|as|of|at|inside|within|after|on)\b[^.!?\n]{{0,40}}?"
    r"\b(?:urls?|links?|query (?:string|param\w*)|image(?:'s)? (?:url|address|source|src|tag|link)"
    r"|src|subdomain|hostname|dns|path|get request|parameter)\b"
)
_IMAGE_WITH: Final = (
    r"(?i)\b(?:render|display|show|output|include|load|insert|fetch|request|visit|open|navigate to"
    r"|call|get|browse to)\b[^.!?\n]{0,60}"
    r"\b(?:image|markdown|picture|pixel|link|page|url|website)?[^.!?\n]{0,60}https?://\S*(?:\{|<"
    r"|\[[A-Z]|%7B|\$|=\s*(?:base64|BASE64|the ))"
)
_HTML: Final = (
    r"(?i)<(?:img|iframe|script|link|object|embed|video|audio|source|form|meta|image|base|input|body"
    r"|table|div|a)\b[^>]{0,300}?"
    rf"(?:src|href|action|data|srcset|content|background|formaction|poster|style)\s*=\s*[\"']?"
    rf"[^\"'>]{{0,60}}?({_URL})[^>]{{0,200}}>?"
)
_SCRIPT: Final = (
    r"(?i)(?:fetch|sendBeacon|new Image|XMLHttpRequest|axios(?:\.\w+)?|requests\.(?:post|get|put)"
    r"|urlopen|\$\.(?:get|post|ajax)|\.src)\b.{0,160}?"
    r"(?:document\.cookie|localStorage|sessionStorage|os\.environ|process\.env|open\("
    r"[^)]{0,60}\)\.read|getenv|btoa\(|innerText|innerHTML)"
)
_SHELL: Final = (
    r"(?i)(?:\b(?:curl|wget|Invoke-(?:WebRequest|RestMethod)|iwr|http)\b[^\n]{0,160}?(?:@[~/.\w-]+"
    r"|\$\(|`|--post-file|\$env:|\$[A-Z_]{3,}|%[A-Z_]+%)"
    r"[^\n]{0,120}|\|\s*(?:nc|ncat|netcat|curl)\b[^\n]{0,80}|/dev/tcp/[\w.-]+/\d+|\b(?:nslookup|dig"
    r"|ping|host)\b[^\n]{0,40}(?:\$\(|`|\$\{))"
)
_DNS: Final = (
    r"(?i)(?:\{+[\w ]+\}+|<[\w ]+>|\$\([^)]{1,60}\)|\$\{[^}]{1,40}\}|\[[A-Z_ ]{3,30}\])\.[\w-]+"
    r"(?:\.[\w-]+)*\.[a-z]{2,}|\b[0-9a-f]{32,63}(?:\.[0-9a-f]{8,63})*\.[\w-]+\.[a-z]{2,}\b"
)
_ACTIVE: Final = (
    r"(?i)\]\(\s*(?:javascript|vbscript|data:text/html|data:image/svg\+xml)[^)]{1,200}|(?:href"
    r"|src)\s*=\s*[\"']?\s*(?:javascript:|data:text/html)[^\"'>]{1,200}"
)


def _carries(address: str) -> float:
    """Judge an address by what it carries: a place for data, data, or nothing."""
    if _TEMPLATE.search(address.split("//", 1)[-1].partition("/")[2]) or re.search(_COLLECTORS, address, re.I):
        return 0.95
    named = _DATA_NAMES.search(address)
    if named is None:
        return 0.0
    value = named.group(1)
    if looks_random(value) or len(value) >= 40 or value.count("%20") + value.count("+") >= 3:
        return 0.9
    return 0.6 if len(value) >= 12 or not value else 0.3


def _image(candidate: Candidate) -> float:
    return _carries(candidate.value)


def _link(candidate: Candidate) -> float:
    """A link waits for a click, and honest links carry queries: only a place for data or a collector counts."""
    score = _carries(candidate.value)
    return 0.8 if score >= 0.95 else 0.0


def _html(candidate: Candidate) -> float:
    tag = candidate.text[max(0, candidate.start - 360) : candidate.end + 80].rpartition("<")[2].lower()
    carried = _carries(candidate.value)
    if tag.startswith("a "):
        return 0.8 if carried >= 0.95 else 0.0
    pixel = re.search(r"(?:width|height)\s*[=:]\s*[\"']?[01](?:px)?\b|display:\s*none", tag)
    return max(carried, 0.7 if pixel else 0.0)


def _shell(candidate: Candidate) -> float:
    value = candidate.value
    inside = re.search(r"localhost|127\.0\.0\.1|\$(?:HOST|URL|BASE_URL|API_URL)\b", value)
    secret = re.search(
        r"(?i)\.ssh|passwd|shadow|\.env\b|\.aws|id_rsa|credential|secret|history|cat |whoami|env\b|base64", value
    )
    return 0.0 if inside and not secret else 0.9 if secret else 0.4


def _dns(candidate: Candidate) -> float:
    return (
        0.85 if not candidate.value.startswith(("{{", "<a", "<s")) or "." in candidate.value.rpartition("}")[2] else 0.0
    )


def _spoken(candidate: Candidate) -> float:
    """A request in a question about how to do it, or one not to do it, is no request."""
    warned = re.search(
        r"(?i)\b(?:never|don'?t|do not|must not|should not|shouldn'?t|avoid|prevent)\s+(?:\w+\s+){0,2}$",
        candidate.before,
    )
    return 0.3 if warned else 0.85


def _collector(candidate: Candidate) -> float:
    return 0.75


def patterns() -> list[Pattern]:
    """Return the patterns of carrying data out."""
    link, send = Reason.EXFILTRATION_LINK, Reason.EXFILTRATION_SEND
    return [
        Pattern("image-address", rf"!\[[^\]]{{0,200}}\]\(\s*<?({_URL})", link, _image, 1, r"!\["),
        Pattern("link-address", rf"\]\(\s*<?({_URL})", link, _link, 1, r"\]\("),
        Pattern("link-address", rf"(?m)^\s{{0,3}}\[[^\]]{{1,80}}\]:\s*({_URL})", link, _link, 1, r"\]:\s"),
        Pattern("html-address", _HTML, link, _html, 1, r"<[a-zA-Z]+\s[^>]{0,80}="),
        Pattern("html-address", rf"(?i)(?:url\(|@import)\s*[\"']?({_URL})", link, _image, 1, r"(?i)url\(|@import"),
        Pattern("send-data", _SEND, send, _spoken, trigger=rf"(?i)\b(?:{_VERBS})\b"),
        Pattern(
            "data-into-address",
            _INTO,
            link,
            _spoken,
            trigger=r"(?i)\b(?:urls?|links?|query|src|subdomain|hostname|dns|image|path|parameter)\b",
        ),
        Pattern("data-into-address", _IMAGE_WITH, link, _spoken, trigger=r"https?://[^\s]*[{<\[$%=]"),
        Pattern("collector", rf"(?i)(?:https?://)?[\w.-]*(?:{_COLLECTORS})[^\s)\"'<>]*", link, _collector),
        Pattern(
            "script",
            _SCRIPT,
            send,
            lambda _: 0.85,
            trigger=r"(?i)document\.cookie|Storage|environ|process\.env|\.read|getenv|btoa|inner(?:Text|HTML)",
        ),
        Pattern(
            "shell",
            _SHELL,
            send,
            _shell,
            trigger=r"(?i)\b(?:curl|wget|iwr|Invoke-|nslookup|dig|ping|host|nc|ncat|netcat|http)\b|/dev/tcp",
        ),
        Pattern("dns", _DNS, link, _dns, trigger=r"[})>\]]\.[A-Za-z0-9]|[0-9a-f]{32}\."),
        Pattern(
            "active-address",
            _ACTIVE,
            link,
            lambda _: 0.75,
            trigger=r"(?i)javascript:|vbscript|data:(?:text/html|image/svg)",
        ),
    ]


class ExfiltrationDetector(PatternDetector):
    """Finds attempts to carry data out in every view of a prompt."""

    name = "exfiltration"
    version = "1"
    category = Category.EXFILTRATION

    @classmethod
    def load(cls) -> "ExfiltrationDetector":
        """Compile the patterns."""
        return cls(PatternTable(patterns()))

    def in_view(self, view: View) -> Iterator[Finding]:
        """Yield the findings of one view, weighed by the channel it came through."""
        own = view.segment.channel in _OWN_WORDS
        for hit in self._table.hits(view.text):
            weight = BY_USER[hit.pattern.kind] if own else 1.0
            yield finding(view, replace(hit, score=hit.score * weight), self.category, self.name, self.version)
