"""What a hostile SAML answer costs before it is refused, beside what the library alone would spend on it.

The bomb is two kilobytes of XSLT transforms in an unsigned answer, each of which doubles what the one before made. The
library runs them before it looks at a signature; the scan reads their names and refuses.
"""

import base64
import time
from collections.abc import Callable
from functools import partial

import xmlsec
from lxml import etree

from accounts.sso import saml_scan, xml

DS = "http://www.w3.org/2000/09/xmldsig#"
STEPS = (2, 4, 6)
ROUNDS = 50
_STEP = (
    '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"><x:stylesheet '
    'xmlns:x="http://www.w3.org/1999/XSL/Transform" version="1.0"><x:template match="/"><a><x:copy-of select="."/>'
    '<x:copy-of select="."/></a></x:template></x:stylesheet></ds:Transform>'
)


def bomb(steps: int) -> bytes:
    """Return an answer whose one signature asks for that many doublings."""
    return (
        f'<p:Response xmlns:p="{xml.SAMLP}" xmlns:ds="{DS}" ID="_r"><a:Assertion xmlns:a="{xml.SAML}" ID="_a">'
        "<ds:Signature><ds:SignedInfo>"
        f'<ds:CanonicalizationMethod Algorithm="{saml_scan.EXCLUSIVE}"/>'
        '<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>'
        f'<ds:Reference URI="#_a"><ds:Transforms>{_STEP * steps}</ds:Transforms>'
        '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue>AAAA</ds:DigestValue>'
        f"</ds:Reference></ds:SignedInfo><ds:SignatureValue>{base64.b64encode(bytes(256)).decode()}</ds:SignatureValue>"
        "</ds:Signature></a:Assertion></p:Response>"
    ).encode()


def seconds(act: Callable[[], object], rounds: int = 1) -> float:
    """Return the processor time of `act`, on average."""
    start = time.process_time()
    for _ in range(rounds):
        act()
    return (time.process_time() - start) / rounds


def scanned(document: bytes) -> None:
    try:
        saml_scan.scanned(document)
    except xml.NotSound:
        return
    raise AssertionError("the bomb was let through")


def verified_alone(document: bytes) -> None:
    """Verify as the library does, without the scan."""
    root = etree.fromstring(document)
    xmlsec.tree.add_ids(root, ["ID"])
    context = xmlsec.SignatureContext()
    kinds = xmlsec.constants
    context.key = xmlsec.Key.generate(kinds.KeyDataRsa, 2048, kinds.KeyDataTypeSession)
    try:
        context.verify(next(root.iter(f"{{{DS}}}Signature")))
    except xmlsec.Error:
        return
    raise AssertionError("a signature of zeros was believed")


def main() -> None:
    for steps in STEPS:
        document = bomb(steps)
        alone = seconds(partial(verified_alone, document))
        ours = seconds(partial(scanned, document), ROUNDS)
        print(
            f"  {len(document):5} bytes, {steps} steps: library alone {alone * 1e3:8.1f} ms, scan {ours * 1e3:6.3f} ms"
        )
