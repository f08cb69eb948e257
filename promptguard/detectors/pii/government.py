"""Government identifiers of persons: one row a kind, with its check and the words that announce it.

Sources: the numbering rules python-stdnum implements, and for the rest the issuers' public descriptions. Numbers whose
check digit a tenth of all numbers pass need a word beside them; forms that chance hardly meets stand alone.
"""

from types import ModuleType
from typing import Final, NamedTuple

from stdnum.ar import cuit
from stdnum.at import vnr
from stdnum.au import tfn
from stdnum.be import nn
from stdnum.bg import egn
from stdnum.br import cpf
from stdnum.ca import sin
from stdnum.ch import ssn as ahv
from stdnum.cl import rut
from stdnum.cn import ric
from stdnum.cz import rc
from stdnum.de import idnr
from stdnum.dk import cpr
from stdnum.ee import ik
from stdnum.es import dni, nie
from stdnum.fi import hetu
from stdnum.fr import nir
from stdnum.gb import nhs
from stdnum.gr import amka
from stdnum.hr import oib
from stdnum.id import nik
from stdnum.ie import pps
from stdnum.il import idnr as teudat_zehut
from stdnum.in_ import aadhaar, pan
from stdnum.it import codicefiscale
from stdnum.jp import in_ as my_number
from stdnum.kr import rrn
from stdnum.mx import curp
from stdnum.my import nric
from stdnum.nl import bsn
from stdnum.no import fodselsnummer
from stdnum.pk import cnic
from stdnum.pl import pesel
from stdnum.pt import nif
from stdnum.ro import cnp
from stdnum.ru import inn
from stdnum.se import personnummer
from stdnum.th import pin
from stdnum.tr import tckimlik
from stdnum.us import itin
from stdnum.za import idnr as za_id

from audit.reasons import Reason
from promptguard.detectors.patterns import Candidate, Pattern
from promptguard.detectors.pii import checksums
from promptguard.detectors.pii.judging import (
    LIKELY,
    STRONG,
    SURE,
    Check,
    always,
    any_of,
    compact,
    identified,
    named,
    whole,
)

_SSN_WORDS: Final = ("ssn", "social security", "social-security", "soc sec", "social sec", "social #", "seguro social")
_ID_WORDS: Final = ("national id", "identity card", "identity number", "id number", "id no", "id card", "citizen")
_TAX_WORDS: Final = ("tax", "tin", "fiscal")


class National(NamedTuple):
    """One country's number: its form, the check, the words beside it, and the score it has without them."""

    kind: str
    form: str
    check: ModuleType | Check
    words: tuple[str, ...] = ()
    alone: float = 0.0


_D9, _D10, _D11 = r"\d{3}[ .-]?\d{3}[ .-]?\d{3}", r"\d{10}", r"\d{11}"

NATIONAL: Final = (
    National("UK_NHS", r"\d{3}[ -]?\d{3}[ -]?\d{4}", nhs, ("nhs", "national health", "patient", "gp ")),
    National("DE_TAX_ID", r"\d{2} ?\d{3} ?\d{3} ?\d{3}", idnr, ("steuer", "idnr", "id-nr", *_TAX_WORDS)),
    National("FR_NIR", r"[1-478] ?\d{2} ?\d{2} ?\d[\dAB] ?\d{3} ?\d{3} ?\d{2}", nir, ("nir", "sécu", "insee"), STRONG),
    National("ES_DNI", r"(?i)\d{2}[ .]?\d{3}[ .]?\d{3} ?-?[A-Z]", dni, ("dni", "nif", "identidad"), LIKELY),
    National("ES_NIE", r"(?i)[XYZ]-?\d{7}-?[A-Z]", nie, ("nie", "extranjero"), STRONG),
    National(
        "IT_CODICE_FISCALE",
        r"(?i)[A-Z]{6}[0-9LMNP-V]{2}[A-EHLMPR-T][0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{3}[A-Z]",
        codicefiscale,
        ("codice",),
        STRONG,
    ),
    National("NL_BSN", r"\d{4}[ .]?\d{2}[ .]?\d{3}|\d{8,9}", bsn, ("bsn", "burgerservice", "sofi", "citizen service")),
    National("PL_PESEL", _D11, pesel, ("pesel", *_ID_WORDS)),
    National("SE_PERSONNUMMER", r"(?:\d{2})?\d{6}[-+]\d{4}", personnummer, ("personn",), LIKELY),
    National("SE_PERSONNUMMER", r"(?:\d{2})?\d{10}", personnummer, ("personnummer", "personal number")),
    National("NO_FODSELSNUMMER", r"\d{6} ?\d{5}", fodselsnummer, ("fødsels", "fodsels", "personnummer", *_ID_WORDS)),
    National("DK_CPR", r"\d{6}-?\d{4}", cpr, ("cpr", "personnummer", *_ID_WORDS)),
    National("FI_HETU", r"(?i)\d{6}[-+A-FU-Y]\d{3}[0-9A-Y]", hetu, ("hetu", "henkil"), STRONG),
    National("EE_ISIKUKOOD", _D11, ik, ("isikukood", "asmens", "personal code")),
    National(
        "BE_NATIONAL_NUMBER", r"\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}|\d{11}", nn, ("rijksregister", "registre", "national")
    ),
    National("PT_NIF", _D9, nif, ("nif", "contribuinte")),
    National("IE_PPS", r"(?i)\d{7}[A-W][A-IW]?", pps, ("pps", "personal public service", *_TAX_WORDS)),
    National("AT_SVNR", r"\d{4} ?\d{6}", vnr, ("sozialversicherung", "svnr", "versicherung", "insurance")),
    National("CH_AHV", r"756[. ]?\d{4}[. ]?\d{4}[. ]?\d{2}", ahv, ("ahv", "avs"), STRONG),
    National("CZ_RODNE_CISLO", r"\d{6}/\d{3,4}", rc, ("rodn",), LIKELY),
    National("RO_CNP", r"[1-8]\d{12}", cnp, ("cnp", "numeric personal", *_ID_WORDS)),
    National("BG_EGN", _D10, egn, ("egn", "егн", *_ID_WORDS)),
    National("HR_OIB", _D11, oib, ("oib", *_ID_WORDS)),
    National("GR_AMKA", _D11, amka, ("amka", "αμκα")),
    National("TR_KIMLIK", _D11, tckimlik, ("kimlik", "tckn", "t.c.", *_ID_WORDS)),
    National("IL_ID", r"\d{8}-?\d", teudat_zehut, ("teudat", "zehut", "תעודת", "israeli id", *_ID_WORDS)),
    National("ZA_ID", r"\d{6} ?\d{4} ?\d{3}", za_id, ("south african", "rsa", *_ID_WORDS)),
    National(
        "IN_AADHAAR", r"[2-9]\d{3} \d{4} \d{4}|[2-9]\d{3}-\d{4}-\d{4}", aadhaar, ("aadhaar", "aadhar", "uid"), LIKELY
    ),
    National("IN_AADHAAR", r"[2-9]\d{11}", aadhaar, ("aadhaar", "aadhar", "uidai", "आधार")),
    National("IN_PAN", r"[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]", pan, ("pan ", "permanent account"), STRONG),
    National("AU_TFN", r"\d{3}[ -]?\d{3}[ -]?\d{2,3}", tfn, ("tfn", "tax file")),
    National("AU_MEDICARE", r"[2-6]\d{3}[ -]?\d{5}[ -]?\d(?:[ /-]?\d)?", checksums.australian_medicare, ("medicare",)),
    National("CA_SIN", _D9, sin, ("sin", "social insurance", "assurance sociale", "nas ")),
    National("BR_CPF", r"\d{3}\.\d{3}\.\d{3}-\d{2}", cpf, ("cpf",), STRONG),
    National("BR_CPF", _D11, cpf, ("cpf",)),
    National("MX_CURP", r"(?i)[A-Z]{4}\d{6}[HM][A-Z]{5}[0-9A-Z]\d", curp, ("curp",), STRONG),
    National("AR_CUIT", r"\d{2}-\d{8}-\d", cuit, ("cuit", "cuil"), LIKELY),
    National("CL_RUT", r"(?i)\d{1,2}\.?\d{3}\.?\d{3}-[\dK]", rut, ("rut", "run "), LIKELY),
    National("SG_NRIC", r"[STFGM]\d{7}[A-Z]", checksums.singapore_nric, ("nric", "fin "), STRONG),
    National("MY_NRIC", r"\d{6}-\d{2}-\d{4}", nric, ("mykad", "nric", "ic "), LIKELY),
    National("TH_PIN", r"\d-?\d{4}-?\d{5}-?\d{2}-?\d", pin, ("thai", "บัตร", "ประจำตัว", *_ID_WORDS)),
    National("ID_NIK", r"\d{16}", nik, ("nik", "ktp", "kependudukan")),
    National("KR_RRN", r"\d{6}-\d{7}", rrn, ("주민", "resident registration", "rrn"), STRONG),
    National(
        "JP_MY_NUMBER", r"\d{4}[ -]?\d{4}[ -]?\d{4}", my_number, ("my number", "mynumber", "マイナンバー", "個人番号")
    ),
    National("CN_RIC", r"[1-9]\d{5}(?:19|20)\d{9}[\dXx]", ric, ("身份证", "resident identity"), STRONG),
    National("TW_ID", r"[A-Z][1289]\d{8}", checksums.taiwan_id, ("身分證", "taiwan"), LIKELY),
    National("HK_ID", r"[A-Z]{1,2}\d{6}\([\dA]\)", checksums.hong_kong_id, ("hkid", "身份證"), STRONG),
    National("PK_CNIC", r"\d{5}-\d{7}-\d", cnic, ("cnic",), STRONG),
    National("RU_SNILS", r"\d{3}-\d{3}-\d{3}[ -]\d{2}", checksums.snils, ("снилс", "snils"), STRONG),
    National("RU_INN", r"\d{12}", inn, ("инн", "inn ")),
    National("US_ITIN", r"9\d{2}[- ]?\d{2}[- ]?\d{4}", itin, ("itin", "taxpayer"), LIKELY),
)


def _check_of(national: National) -> Check:
    check = national.check
    return check.is_valid if isinstance(check, ModuleType) else lambda value: check(compact(value))


def _pattern(row: National) -> Pattern:
    """Return the row's pattern; where a word must stand beside the number, the set looks for the words."""
    judge = identified(_check_of(row), row.words, row.alone)
    spoken = row.alone == 0 and all(map(_is_latin, row.words))
    return Pattern(row.kind, whole(row.form), Reason.PII_GOVERNMENT, judge, 1, any_of(row.words) if spoken else None)


def _is_latin(word: str) -> bool:
    return all(ord(char) < 256 for char in word)


def _ssn(candidate: Candidate) -> float:
    """Judge three, two and four digits: never 000, 666, 9xx, 00 or 0000 (SSA's rules since 2011)."""
    digits = compact(candidate.value)
    impossible = digits[:3] in {"000", "666"} or digits[0] == "9" or digits[3:5] == "00" or digits[5:] == "0000"
    if impossible or not candidate.stands_alone():
        return 0.0
    if candidate.near(_SSN_WORDS):
        return SURE
    hyphens = candidate.value.count("-")
    return STRONG if hyphens == 2 else 0.0


_SSN_FORM: Final = r"\d{3}\s{0,2}[-. ]?\s{0,2}\d{2}\s{0,2}[-. ]?\s{0,2}\d{4}"
_LABEL: Final = r"(?:\s*(?:number|no\.?|nr\.?|num|#|id|code))?(?:\s+(?:is|was|are))?\s*[:#=]?\s*"
_PASSPORT: Final = r"(?i)\b(?:passport|reisepass|pasaporte|passeport|passaporto|paspoort)" + _LABEL
_LICENCE: Final = (
    r"(?i)\b(?:driver'?s?'?[ -]?licen[cs]e|driving[ -]licen[cs]e|dl (?:number|no)|dln"
    r"|führerschein|permis de conduire|patente di guida|carnet de conducir)" + _LABEL
)


def _mostly_digits(number: str) -> bool:
    return sum(map(str.isdigit, number)) * 2 >= len(number) >= 5


def patterns() -> list[Pattern]:
    """Return the patterns of government identifiers."""
    reason = Reason.PII_GOVERNMENT
    rows = [_pattern(row) for row in NATIONAL]
    return [
        *rows,
        Pattern("US_SSN", rf"\b({_SSN_FORM})\b", reason, _ssn, 1),
        Pattern(
            "UK_NINO",
            whole(r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]"),
            reason,
            identified(always, ("nino", "insurance", "ni "), STRONG),
            1,
        ),
        Pattern("US_EIN", r"(?i)\b(?:ein|employer identification)[^0-9\n]{0,24}(\d{2}-\d{7})\b", reason, named(), 1),
        Pattern("PASSPORT", _PASSPORT + r"([A-Z]{0,3}\d{6,9}[A-Z]?\d{0,2})\b", reason, named(_mostly_digits), 1),
        Pattern(
            "DRIVER_LICENSE",
            _LICENCE + r"([A-Z]{0,5}[A-Z0-9](?:[ -]?[A-Z0-9]){4,16})\b",
            reason,
            named(_mostly_digits),
            1,
        ),
    ]
