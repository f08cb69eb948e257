"""What answers which reason, within which bounds; and what stays out."""

import io
import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pikepdf
import pytest

from billing.evidence import documents
from billing.evidence.eligibility import eligibility
from billing.evidence.facts import Charge, Key, as_json, from_json
from billing.evidence.fields import ENHANCED, LABELS, LONGEST, LONGEST_TOGETHER, wanted
from billing.evidence.packs import compose
from billing.evidence.screening import Unclean, redacted
from billing.evidence.texts import cut, texts_of
from tests.billing.evidence import made

REASONS = [
    "fraudulent",
    "unrecognized",
    "subscription_canceled",
    "product_not_received",
    "product_unacceptable",
    "general",
    "credit_not_processed",
    "duplicate",
    "a_new_reason",
]


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_is_answered_within_the_bounds(reason: str, tmp_path: Path) -> None:
    contents = compose(made.checkpoint(tmp_path, made.facts(reason, calls=3000)), made.PatternScreen())
    assert set(wanted(reason)) <= LABELS.keys()
    assert set(contents.texts) | set(contents.documents) <= set(wanted(reason))
    assert max(map(len, contents.texts.values())) <= LONGEST
    assert sum(map(len, contents.texts.values())) <= LONGEST_TOGETHER
    assert documents.exceeded(contents.documents) == []


def test_the_strongest_comes_first() -> None:
    assert wanted("fraudulent")[:2] == (ENHANCED, "access_activity_log")
    assert wanted("subscription_canceled")[0] == "cancellation_policy"
    assert wanted("duplicate")[0] == "duplicate_charge_id"


def test_long_texts_are_cut_in_whole_lines() -> None:
    facts = made.facts(calls=3000)
    said = texts_of(facts, eligibility(facts), ["access_activity_log"])["access_activity_log"]
    assert LONGEST - 200 < len(said) <= LONGEST
    assert said.splitlines()[-1].endswith("api key k1 allow")
    assert cut("ab\ncd", 4) == "ab"


def test_a_call_is_said_to_be_what_is_on_record_of_it_and_no_more() -> None:
    """Neither the address nor the status of the answer is kept: a bank is told of neither."""
    facts = made.facts(calls=1)
    said = texts_of(facts, eligibility(facts), ["access_activity_log"])["access_activity_log"]
    head, line = said.splitlines()[-2:]
    assert head == "API calls (time, decision, credential, outcome of the decision):"
    assert line.split()[2:] == [facts.calls[0].decision_id, "api", "key", "k1", "allow"]


def test_only_calls_after_the_alleged_end_are_shown() -> None:
    facts = made.facts("subscription_canceled", calls=200)
    said = texts_of(facts, eligibility(facts), ["access_activity_log", "cancellation_rebuttal"])
    shown = [line for line in said["access_activity_log"].splitlines() if " dec_" in line]
    assert shown
    assert min(shown)[:10] > "2026-11-01"
    assert "on 18 days" in said["cancellation_rebuttal"]


def test_what_is_not_known_is_not_said() -> None:
    bare = made.facts("subscription_canceled", checkouts=(), invoices=(), days=(), calls=0, visits=(), mails=())
    said = texts_of(bare, eligibility(bare), wanted(bare.case.reason))
    assert set(said) == {"product_description", "customer_name", "customer_email_address", "uncategorized_text"}


def test_pdfs_are_what_the_networks_take(tmp_path: Path) -> None:
    contents = compose(made.checkpoint(tmp_path, made.facts(calls=3000)), made.PatternScreen())
    for document in contents.documents.values():
        with pikepdf.open(io.BytesIO(document.content)) as pdf:
            assert not pdf.is_encrypted
            assert len(pdf.pages) == document.pages
            assert not set(map(str, pdf.Root.keys())) & {"/OpenAction", "/AA", "/Names", "/AcroForm"}
            fonts = [font for page in pdf.pages for font in page.Resources.Font.values()]
            assert all("/FontFile2" in font.FontDescriptor for font in fonts)
            assert len(pdf.attachments) == 0


def test_e03_markup_script_and_formulas_are_text_in_a_pdf(tmp_path: Path) -> None:
    hostile = "=HYPERLINK(\"x\") <a href='javascript:1'>&amp;</a> \u202e\u0007 名前"
    facts = made.facts(keys=(Key("k1", hostile, made.AT),), charges=(made.charge(3, 20, description=hostile),))
    contents = compose(made.checkpoint(tmp_path, facts), made.PatternScreen())
    receipt = contents.documents["receipt"].content
    with pikepdf.open(io.BytesIO(receipt)) as pdf:
        assert all("/Annots" not in page for page in pdf.pages)
        assert not {"/JavaScript", "/JS"} & {str(key) for thing in pdf.objects for key in _keys(thing)}


def _keys(thing: object) -> list[object]:
    return list(thing.keys()) if isinstance(thing, pikepdf.Dictionary) else []


def test_other_peoples_addresses_become_placeholders(tmp_path: Path) -> None:
    keys = (Key("k1", "for bob@other.example and olga@acme.example", made.AT),)
    facts, counts = redacted(made.facts(keys=keys), made.PatternScreen())
    assert facts.keys[0].name == "for [EMAIL_1] and olga@acme.example"
    assert counts == {"EMAIL": 1}
    assert facts.mails[0].email == "olga@acme.example"


@pytest.mark.parametrize(
    ("where", "kind"),
    [("sk_live_abc", "vendor-secret"), ("paid by 4242 4242 4242 4242", "CARD")],
)
def test_e02_a_card_or_secret_that_is_left_stops_the_pack(where: str, kind: str, tmp_path: Path) -> None:
    checkpoint = made.checkpoint(tmp_path, made.facts(keys=(Key("k1", where, made.AT),)))
    with pytest.raises(Unclean, match=f"The name of the key k1 holds {kind}") as refused:
        compose(checkpoint, made.PatternScreen())
    assert where not in str(refused.value)


def test_e02_a_card_number_that_the_screen_does_not_know_stops_the_pack(tmp_path: Path) -> None:
    checkpoint = made.checkpoint(tmp_path, made.facts(keys=(Key("k1", "5555.5555.5555.4444", made.AT),)))
    with pytest.raises(Unclean, match="The name of the key k1 holds CARD"):
        compose(checkpoint, made.PatternScreen())


def test_e04_the_same_facts_make_the_same_bytes_in_every_process(tmp_path: Path) -> None:
    program = (
        "import hashlib, io, pathlib, sys\n"
        "from tests.billing.evidence import made\n"
        "from billing.evidence import packs\n"
        "cp = made.checkpoint(pathlib.Path(sys.argv[1]))\n"
        "contents, out = packs.compose(cp, made.PatternScreen()), io.BytesIO()\n"
        "packs.write(out, contents, cp, b'')\n"
        "print(hashlib.sha256(out.getvalue()).hexdigest())\n"
    )
    made_of = {
        subprocess.run(
            [sys.executable, "-c", program, str(tmp_path / seed)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(made_of) == 1


def test_facts_are_kept_and_read_as_they_were() -> None:
    facts = made.facts()
    assert from_json(as_json(facts)) == facts


def test_two_earlier_purchases_of_the_same_card_and_browser_qualify() -> None:
    found = eligibility(made.facts())
    assert found.qualified
    assert [charge.id for charge in found.priors] == ["ch_1", "ch_2"]
    assert found.shared[:2] == ("customer_purchase_ip", "customer_device_fingerprint")


@pytest.mark.parametrize(
    "charges",
    [
        (made.charge(1, 200), made.charge(2, 100), made.charge(3, 20)),
        (made.charge(1, 370), made.charge(2, 160), made.charge(3, 20)),
        (made.charge(1, 200), made.charge(2, 160, disputed=True), made.charge(3, 20)),
        (made.charge(1, 200), made.charge(2, 160, refunded_cents=1), made.charge(3, 20)),
        (made.charge(1, 200), made.charge(2, 160, fingerprint="f2"), made.charge(3, 20)),
        (made.charge(1, 200), made.charge(2, 160, status="failed"), made.charge(3, 20)),
    ],
    ids=["too young", "too old", "disputed", "refunded", "another card", "failed"],
)
def test_other_charges_do_not_qualify(charges: tuple[Charge, ...]) -> None:
    found = eligibility(made.facts(charges=charges))
    assert not found.qualified
    assert "there are 1" in found.missing[0]


def test_one_main_element_needs_a_further_one() -> None:
    with_other_browsers = tuple(replace(made.checkout(ago), device_hash=f"{ago}" * 20) for ago in (200, 160, 20))
    assert eligibility(made.facts(checkouts=with_other_browsers)).qualified
    elsewhere = tuple(replace(one, address=f"203.0.113.{n}") for n, one in enumerate(with_other_browsers))
    found = eligibility(made.facts(checkouts=elsewhere))
    assert found.shared == ("customer_account_id", "customer_email_address")
    assert "No two earlier purchases" in found.missing[0]


def test_a_visit_long_before_a_charge_does_not_speak_for_it() -> None:
    long_before = tuple(replace(one, at=one.at - timedelta(days=2)) for one in made.facts().checkouts)
    assert eligibility(made.facts(checkouts=long_before)).missing[0].startswith("Neither address nor device")


def test_other_networks_and_reasons_have_no_such_programme() -> None:
    mastercard = tuple(replace(charge, network="mastercard") for charge in made.facts().charges)
    assert not eligibility(made.facts(charges=mastercard)).applies
    assert not eligibility(made.facts(case=replace(made.facts().case, network_reason_code="13.1"))).applies
