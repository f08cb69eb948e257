"""Hundreds of answers that a provider did not give: none is believed, and none costs more than reading it."""

import base64
import re
import zlib
from typing import Any

import pytest
from lxml import etree

from accounts.sso import saml, saml_scan, xml
from accounts.sso.asserted import AnswerRefused
from accounts.sso.models import Connection
from accounts.sso.saml_provider import acs_url, entity_id
from tenants.scope import org_scope
from tests.accounts.sso import wrapping
from tests.accounts.sso.connected import asked, connect_saml
from tests.accounts.sso.saml_peer import SamlPeer, encoded
from tests.people import Person, new_client

pytestmark = pytest.mark.saml
ANN: dict[str, Any] = {"mail": "ann@acme.example", "groups": ["engineers"]}


@pytest.fixture
def connection(olga: Person, saml_idp: SamlPeer) -> Connection:
    return connect_saml(olga, saml_idp)


@pytest.fixture
def genuine(connection: Connection, saml_idp: SamlPeer) -> bytes:
    return saml_idp.answer(asked(new_client(), connection, saml_idp), "s-ann", **ANN)


def is_believed(connection: Connection, document: bytes) -> bool:
    """Tell whether a document comes through as an answer of this connection."""
    with org_scope(connection.org_id):
        try:
            saml.verified(connection, encoded(document))
        except AnswerRefused:
            return False
        return True


def test_the_answer_that_is_forged_here_is_itself_believed(connection: Connection, genuine: bytes) -> None:
    assert is_believed(connection, genuine)


@pytest.mark.parametrize("maker", wrapping.MAKERS, ids=lambda maker: str(maker.__name__))
def test_o05_nothing_is_said_with_somebody_elses_signature(
    connection: Connection, genuine: bytes, maker: wrapping.Maker
) -> None:
    forged = etree.tostring(maker(etree.fromstring(genuine)))
    assert forged != genuine
    assert not is_believed(connection, forged)


def test_o05_no_element_or_attribute_can_be_dropped_doubled_emptied_moved_or_changed(
    connection: Connection, genuine: bytes
) -> None:
    """What is believed still names nobody else: it differs in what names a signature or its key, which is not read."""
    root = etree.fromstring(genuine)
    canonical = etree.tostring(root, method="c14n2")
    changes = [
        (what, changed)
        for what, changed in wrapping.systematic(root)
        if etree.tostring(changed, method="c14n2") != canonical
    ]
    believed = {what for what, changed in changes if is_believed(connection, etree.tostring(changed))}
    assert len(changes) >= 500
    assert [what for what in believed if not NAMES_A_KEY.search(what)] == []


NAMES_A_KEY = re.compile(r"KeyInfo|X509|\bId=\w* of Signature #")


def test_o05_no_bit_of_an_answer_can_be_turned(connection: Connection, genuine: bytes) -> None:
    start = genuine.index(b"Subject>")
    believed = [
        place
        for place in range(start, len(genuine), 9)
        if is_believed(connection, genuine[:place] + bytes([genuine[place] ^ 1]) + genuine[place + 1 :])
    ]
    assert believed == []


BOMB_STEPS = 19


def _bomb(genuine: bytes) -> bytes:
    """Put transforms before the signature's own, which double a text at every step."""
    template = (
        '<ds:Transform xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116">'
        '<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="1.0"><xsl:template match="/"><a>'
        '<xsl:copy-of select="."/><xsl:copy-of select="."/></a></xsl:template></xsl:stylesheet></ds:Transform>'
    )
    root = etree.fromstring(genuine)
    for transforms in root.iter(f"{{{wrapping.DS}}}Transforms"):
        for _ in range(BOMB_STEPS):
            transforms.insert(0, etree.fromstring(template))
    return etree.tostring(root)  # type: ignore[no-any-return]  # the stubs say Any


def test_o06_a_bomb_of_transforms_is_refused_before_anything_runs(
    connection: Connection, genuine: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing_is_verified(*_: object) -> None:
        raise AssertionError("the library was reached")

    monkeypatch.setattr(saml, "_checked", nothing_is_verified)
    assert not is_believed(connection, _bomb(genuine))


@pytest.mark.parametrize(
    "prolog",
    [
        b'<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
        b'<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        b'<!DOCTYPE r SYSTEM "http://127.0.0.1:1/evil.dtd">',
        b'<!DOCTYPE r [<!ENTITY % p SYSTEM "http://127.0.0.1:1/p">%p;]>',
    ],
)
def test_o07_a_document_type_is_refused(connection: Connection, genuine: bytes, prolog: bytes) -> None:
    body = genuine.split(b"?>", 1)[-1]
    assert not is_believed(connection, prolog + body)


def test_o07_documents_out_of_bounds_are_refused(connection: Connection, genuine: bytes) -> None:
    deep = b"<a>" * 100_000
    wide = b"<r>" + b"<a/>" * 20_000 + b"</r>"
    many = b"<r " + b" ".join(b'a%d="1"' % n for n in range(5_000)) + b"/>"
    utf16 = genuine.decode().encode("utf-16")
    for document in (deep, wide, many, b"", b"\x00", b"<", genuine + genuine, b"x" * 300_000, utf16):
        assert not is_believed(connection, document)


def test_o07_what_is_deflated_is_not_inflated(connection: Connection, genuine: bytes) -> None:
    squeezed = zlib.compress(genuine + b" " * 10_000_000)[2:-4]
    with org_scope(connection.org_id), pytest.raises(AnswerRefused):
        saml.verified(connection, base64.b64encode(squeezed).decode())


def test_o08_an_answer_must_be_addressed_to_us_in_every_place(connection: Connection, genuine: bytes) -> None:
    """The scan and our own comparison refuse these even where a provider signed them."""
    here = acs_url(connection)
    for former, now in (
        (f'Destination="{here}"', f'Destination="{here}/"'),
        (f'Recipient="{here}"', f'Recipient="{here}x"'),
        (f'Destination="{here}"', ""),
        (f">{entity_id(connection)}<", ">https://other.example<"),
    ):
        root = saml_scan.scanned(genuine.replace(former.encode(), now.encode()))
        with org_scope(connection.org_id), pytest.raises(AnswerRefused):
            saml._check_addressed(connection, root, root.get("InResponseTo"))


def test_the_scan_names_what_it_does_not_read(genuine: bytes) -> None:
    with pytest.raises(xml.NotSound, match="CanonicalizationMethod"):
        saml_scan.scanned(genuine.replace(b"xml-exc-c14n#", b"xml-exc-c14n#WithComments"))


@pytest.mark.parametrize("bits", [1024])
def test_o09_a_provider_with_a_short_key_is_not_connected(
    olga: Person, tmp_path_factory: pytest.TempPathFactory, bits: int
) -> None:
    weak = SamlPeer(tmp_path_factory.mktemp("weak"), "weak-idp.example", bits=bits)
    with pytest.raises(Exception, match="weaker"):
        connect_saml(olga, weak)
