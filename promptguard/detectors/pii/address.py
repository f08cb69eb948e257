"""Postal addresses: the street line of a dozen countries, with what follows it on the same or the next lines."""

from typing import Final

from audit.reasons import Reason
from promptguard.detectors.patterns import Candidate, Pattern
from promptguard.detectors.pii.judging import LIKELY, STRONG

_WORD: Final = r"[A-Z\xc0-\xde][A-Za-z\xc0-\xff'.-]*"
_NUMBER: Final = r"\d{1,6}[A-Za-z]?(?:[-/]\d{1,5})?"
_STREET: Final = (
    r"(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Circle|Cir|Place|Pl|Square"
    r"|Sq|Terrace|Ter"
    r"|Trail|Trl|Parkway|Pkwy|Highway|Hwy|Way|Crescent|Cres|Close|Gardens|Grove|Mews|Row|Alley|Loop|Plaza|Quay|Walk"
    r"|Heights|Hill|Ridge|Run|Point|Crossing|Pike|Turnpike|Freeway|Extension|Mountain|Meadow|Manor|Park|View|Springs)"
)
_UNIT: Final = r"(?:,?\s+(?:Apt|Apartment|Suite|Ste|Unit|Flat|Floor|Fl|Room|Rm|#)\.?\s*#?\s?[A-Za-z0-9-]{1,6})?"
_TOWN: Final = (
    rf"(?:,?\s+{_WORD}(?:[ -]{_WORD}){{0,3}})?(?:\s*,\s*(?:[A-Z]{{2,3}}|{_WORD}(?: {_WORD})?))?"
    r"(?:,?\s+(?:[A-Z]{1,2}\d[A-Z0-9]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d|\d{5}(?:-\d{4})?|\d{4}))?\b"
)
_ENGLISH: Final = (
    rf"\b{_NUMBER},?\s+(?:[NSEW]{{1,2}}\.?\s+)?(?:{_WORD}\s+|\d{{1,3}}(?:st|nd|rd|th)\s+){{1,4}}{_STREET}\b\.?"
)
_ROMANCE_WORD: Final = (
    r"(?:[Rr]ue|[Aa]venue|[Bb]oulevard|[Pp]lace|[Cc]hemin|[Qq]uai|Via|Viale|Piazza|Corso|Vicolo|Calle|C/"
    r"|Avenida|Avda\.?"
    r"|Plaza|Paseo|Carrer|Rua|Travessa|Pra[c\xe7]a|Largo|Alameda|Cami[\xf1n]o|Strada|Bulevardul)"
)
_ROMANCE: Final = (
    rf"(?:\b{_NUMBER},?\s+{_ROMANCE_WORD}(?:\s+(?:de|du|des|da|do|dos|das|di|del|della|la|le|les|el|los|d'"
    rf"|of))*(?:\s+{_WORD}){{1,4}}"
    rf"|\b{_ROMANCE_WORD}(?:\s+(?:de|du|des|da|do|dos|das|di|del|della|la|le|les|el|los))*"
    rf"(?:\s+{_WORD}){{1,5}},?\s+(?:n\.?\s?)?{_NUMBER})\b"
)
_GERMANIC: Final = (
    r"\b[A-Z\xc0-\xde][A-Za-z\xc0-\xff-]*(?:stra\xdfe|strasse|str\.|weg|platz|allee|gasse|ufer|damm|straat|laan|plein"
    r"|gracht|kade|gatan|v\xe4gen|gata|vej|[dlrs]gade|veien|gaten|katu|utca|ulica|ulice)\s+\d{1,4}\s?[A-Za-z]?\b"
)
_POSTED: Final = r"(?:,?\s+(?:[A-Z]{1,2}-)?\d{4,5}(?:\s?[A-Z]{2})?(?:\s+" + _WORD + r"){1,2})?"
_BOX: Final = (
    r"(?i)\b(?:p\.? ?o\.? box|post(?:al)? box|postfach|apartado(?: postal)?|caixa postal"
    r"|bo[i\xee]te postale)\s+#?\d{1,6}\b"
)
_MILITARY: Final = (
    r"\b(?:PSC|CMR|Unit|USNS|USS|USNV)\s+[\w ]{1,20}(?:,\s*)?(?:Box\s+\d{1,5})?\s*(?:APO|FPO"
    r"|DPO),?\s+A[AEP],?\s+\d{5}\b"
)
_UNIT_NUMBER: Final = (
    r"(?i)\b\d{1,6}\s+[^\n\d,:!;]{3,50}?\s*\d{0,5}[\s,>?]{1,8}(?:Apt|Apartment|Suite|Ste)\.?\s*\d{1,5}\b"
    r"(?:(?:[\s,>?]{1,8}[^\n,\d]{2,40}){1,4}[\s,>?]{0,8}\d{4,6}\b)?"
)
_CITY_ZIP: Final = rf"\b{_WORD}(?: {_WORD}){{0,2}},\s+[A-Z]{{2}}\s+\d{{5}}(?:-\d{{4}})?\b"
_UK_POSTCODE: Final = r"\b(?:[A-Z]{1,2}\d{1,2}[A-Z]? \d[ABD-HJLNP-UW-Z]{2})\b"
_ANNOUNCED: Final = (
    r"(?i)\b(?:(?:my|home|billing|shipping|mailing|street|postal|delivery|residential)\s+address"
    r"(?:\s+is)?|(?:i|we|she|he) lives? (?:at|in|on)"
    r"|(?:lives|living|reside[sd]?|residing) at)\s*:?\s+(\d{1,6}[^\n,;?!]{6,60}(?:,[^\n,;?!]{2,40}){0,3})"
)
# Of these words alone a number is no address yet: "IP address: 10.0.0.1", "address: 3 bytes".
_LABELLED: Final = (
    r"(?i)\b(?:address:|(?:his|her|our|your|their) address(?:\s+is)?:?|address to:?)\s+"
    r"(?-i:(\d{1,6}[A-Za-z]?,?\s+[A-Z\xc0-\xde\d][^\n,;?!]{4,60}(?:,[^\n,;?!]{2,40}){0,3}))"
)
# "Weather in zip code 30022" asks about a region; "my zip code is", "ZIP:" says whose.
_POST_CODE: Final = (
    r"(?i)\b(?:zip(?:[ -]?code)?|postal code|post ?code|postleitzahl|plz|code postal)[\"']?(?:\s+is\b|\s*[:=])"
    r"\s*[\"']?(\d{5}(?:-\d{4})?|\d{3} ?\d{2}|\d{3,6}|[A-Z]\d[A-Z] ?\d[A-Z]\d)\b"
)
_ADDRESS_WORDS: Final = (
    "address",
    "postcode",
    "post code",
    "live",
    "street",
    "ship",
    "deliver",
    "mail",
    "road",
    "house",
)


def _full(_: Candidate) -> float:
    return STRONG


def _street(_: Candidate) -> float:
    return LIKELY


def _postcode(candidate: Candidate) -> float:
    return LIKELY if candidate.near(_ADDRESS_WORDS) else 0.0


def patterns() -> list[Pattern]:
    """Return the patterns of postal addresses."""
    reason = Reason.PII_CONTACT
    return [
        Pattern(
            "ADDRESS", _ENGLISH + _UNIT + _TOWN, reason, _full, trigger=rf"\d[A-Za-z]?,?\s+[^\n]{{1,40}}\b{_STREET}\b"
        ),
        Pattern("ADDRESS", _ROMANCE + _UNIT + _TOWN, reason, _street, trigger=rf"\b{_ROMANCE_WORD}\s"),
        Pattern("ADDRESS", _GERMANIC + _POSTED, reason, _full),
        Pattern("ADDRESS", _BOX, reason, _street),
        Pattern("ADDRESS", _MILITARY, reason, _full),
        Pattern("ADDRESS", _UNIT_NUMBER, reason, _full, trigger=r"(?i)\b(?:Apt|Apartment|Suite|Ste)\.?\s*\d"),
        Pattern("ADDRESS", _CITY_ZIP, reason, _street),
        Pattern("ADDRESS", _UK_POSTCODE, reason, _postcode),
        Pattern("ADDRESS", _ANNOUNCED, reason, _full, 1),
        Pattern("ADDRESS", _LABELLED, reason, _street, 1),
        Pattern("ADDRESS", _POST_CODE, reason, _street, 1),
    ]
