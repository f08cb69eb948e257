"""Every kind of personal data is found where it stands, and its look-alikes are not."""

import pytest

from audit.reasons import Reason
from promptguard.detectors.pii import PiiDetector
from tests.promptguard.scanning import found, kinds, prompt_of, quoted

DETECTOR = PiiDetector.load()

WRITTEN = [
    ("EMAIL", "write to jane.roe@acme.io today", "jane.roe@acme.io"),
    ("EMAIL", "write to jane (at) acme (dot) com today", "jane (at) acme (dot) com"),
    ("PHONE", "reach me on +44 20 7946 0958 please", "+44 20 7946 0958"),
    ("PHONE", "my number: (212) 555-0198.", "(212) 555-0198"),
    ("PHONE", "Mobile: 0487 23 46 71", "0487 23 46 71"),
    ("ADDRESS", "ship to 221B Baker Street, London NW1 6XE", "221B Baker Street, London NW1 6XE"),
    ("ADDRESS", "wohnt in Musterstraße 12, 10115 Berlin", "Musterstraße 12, 10115 Berlin"),
    ("ADDRESS", "c'est 10 Rue de la Paix", "10 Rue de la Paix"),
    ("ADDRESS", "send to P.O. Box 1234", "P.O. Box 1234"),
    ("ADDRESS", "Name: Ines\nAddress: 45 Beco Azul 16, Porto", "45 Beco Azul 16, Porto"),
    ("ADDRESS", "please change his address to 12 Oak Hollow.", "12 Oak Hollow."),
    ("ADDRESS", '{"zip": "94704"}', "94704"),
    ("ADDRESS", "my postal code is K1A 0B1", "K1A 0B1"),
    ("CARD", "card:4242424242424242", "4242424242424242"),
    ("CARD", "4111 1111 1111 1111", "4111 1111 1111 1111"),
    ("CARD", "3782-822463-10005", "3782-822463-10005"),
    ("CARD", "5555.5555.5555.4444", "5555.5555.5555.4444"),
    ("IBAN", "to GB82 WEST 1234 5698 7654 32 now", "GB82 WEST 1234 5698 7654 32"),
    ("IBAN", "DE89370400440532013000", "DE89370400440532013000"),
    ("BANK_ACCOUNT", "account number: 12345678", "12345678"),
    ("US_ROUTING", "routing number 021000021", "021000021"),
    ("CRYPTO_WALLET", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"),
    ("US_SSN", "it is 123-45-6789.", "123-45-6789"),
    ("US_SSN", "ssn 123456789", "123456789"),
    ("US_ITIN", "912-70-1234", "912-70-1234"),
    ("UK_NHS", "NHS number 943 476 5919", "943 476 5919"),
    ("UK_NINO", "NINO AB 12 34 56 C", "AB 12 34 56 C"),
    ("DE_TAX_ID", "Steuer-ID 36 574 261 809", "36 574 261 809"),
    ("FR_NIR", "2 95 10 99 126 111 93", "2 95 10 99 126 111 93"),
    ("ES_DNI", "DNI 54362315K", "54362315K"),
    ("ES_NIE", "X2482300W", "X2482300W"),
    ("IT_CODICE_FISCALE", "RCCMNL83S18D969H", "RCCMNL83S18D969H"),
    ("NL_BSN", "BSN 111222333", "111222333"),
    ("PL_PESEL", "PESEL 44051401359", "44051401359"),
    ("SE_PERSONNUMMER", "880320-0016", "880320-0016"),
    ("FI_HETU", "131052-308T", "131052-308T"),
    ("CH_AHV", "756.9217.0769.85", "756.9217.0769.85"),
    ("IN_AADHAAR", "Aadhaar 2341 2341 2346", "2341 2341 2346"),
    ("IN_PAN", "ACUPA7085R", "ACUPA7085R"),
    ("AU_TFN", "TFN 123 456 782", "123 456 782"),
    ("AU_MEDICARE", "medicare 2123 45670 1", "2123 45670 1"),
    ("CA_SIN", "SIN 123-456-782", "123-456-782"),
    ("BR_CPF", "390.533.447-05", "390.533.447-05"),
    ("SG_NRIC", "S1234567D", "S1234567D"),
    ("KR_RRN", "971013-9019902", "971013-9019902"),
    ("JP_MY_NUMBER", "マイナンバー 6214 9832 0257", "6214 9832 0257"),
    ("CN_RIC", "360426199101010071", "360426199101010071"),
    ("TW_ID", "A123456789", "A123456789"),
    ("HK_ID", "A123456(3)", "A123456(3)"),
    ("PASSPORT", "passport number: X1234567", "X1234567"),
    ("DRIVER_LICENSE", "my driver's license number is 2270-66-1551", "2270-66-1551"),
    ("DATE_OF_BIRTH", "DOB: 04/12/1987", "04/12/1987"),
    ("DATE_OF_BIRTH", "she was born on 12 March 1987", "12 March 1987"),
    ("MEDICAL_RECORD", "MRN: 00483920", "00483920"),
    ("NPI", "NPI 1234567893", "1234567893"),
    ("HEALTH_PLAN", "my insurance member ID is XYZ123456789", "XYZ123456789"),
    ("DIAGNOSIS", "The patient was diagnosed with type 2 diabetes", "type 2 diabetes"),
    ("MEDICATION", "I am taking metformin 500 mg", "metformin 500 mg"),
    ("IP_ADDRESS", "logged in from 81.2.69.142 yesterday", "81.2.69.142"),
    ("IP_ADDRESS", "from 2a02:8071:5b8:1d00:7c3f:9b12:4af1:22aa.", "2a02:8071:5b8:1d00:7c3f:9b12:4af1:22aa"),
    ("MAC_ADDRESS", "mac 3c:22:fb:9a:01:7e", "3c:22:fb:9a:01:7e"),
    ("IMEI", "IMEI 490154203237518", "490154203237518"),
    ("VIN", "1HGBH41JXMN109186", "1HGBH41JXMN109186"),
]

HARMLESS = [
    "What is the weather in zip code 30022?",
    "The buffer's address: 3 bytes further on.",
    "Its address is 4 higher than the last.",
    "Write a poem about 2024-01-02 12:30 and the years 1903-1976.",
    "The order 4111 1111 1111 1112 failed.",
    "uuid 550e8400-e29b-41d4-a716-446655440000, commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
    "Version 3.4.2.4 was released; see 127.0.0.1 and 192.168.0.1.",
    "Ask support@acme.io or noreply@github.com.",
    "What is metformin 500 mg used for?",
    "String 1 is longer than String 2; During 1972 the Engineering 101 course began.",
    "Create a Swift function that takes 1633049473 and prints it.",
    "The total was 12,345,678.90 in 2023, up from 11,222,333.",
    "000-12-3456, 666-12-3456 and 123-00-6789 cannot be issued.",
    "The epoch in microseconds is 1633049473123456.",
]


@pytest.mark.parametrize(("kind", "text", "value"), WRITTEN)
def test_it_finds(kind: str, text: str, value: str) -> None:
    assert value in quoted(DETECTOR, text, kind)


@pytest.mark.parametrize("text", HARMLESS)
def test_it_leaves_alone(text: str) -> None:
    assert found(DETECTOR, text) == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("jane.roe@acme.io", Reason.PII_CONTACT),
        ("ssn 123-45-6789", Reason.PII_GOVERNMENT),
        ("4242 4242 4242 4242", Reason.PII_FINANCIAL),
        ("MRN 00483920", Reason.PII_HEALTH),
        ("born on 12 March 1987", Reason.PII_IDENTITY),
        ("81.2.69.142", Reason.PII_DEVICE),
    ],
)
def test_each_class_carries_its_reason(text: str, reason: Reason) -> None:
    assert [each.reason for each in found(DETECTOR, text)] == [reason]


def test_a_desk_and_a_reserved_domain_weigh_less_than_a_person() -> None:
    scores = {
        text: DETECTOR.detect(prompt_of(text)).scores["pii"]
        for text in ("jane.roe@acme.io", "jane.roe@example.com", "support@acme.io")
    }
    assert scores["jane.roe@acme.io"] > scores["jane.roe@example.com"] >= 0.5 > scores["support@acme.io"]


def test_a_mail_inside_which_a_number_stands_is_one_finding() -> None:
    assert kinds(DETECTOR, "jane2125550198@acme.io") == {"EMAIL"}


def test_the_same_prompt_gives_the_same_report() -> None:
    prompt = prompt_of("jane.roe@acme.io, 123-45-6789, 4242 4242 4242 4242")
    assert DETECTOR.detect(prompt) == PiiDetector.load().detect(prompt)
