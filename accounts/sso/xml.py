"""XML from outside: parsed without DTD, entities, network or comments, and within bounds of size, depth and number.

Bounds are looked at before the tree is built (bytes) and while it is walked (depth, elements).
"""

from typing import Any

from lxml import etree

LARGEST = 200_000  # bytes; the largest real response seen, with hundreds of groups, has about 60 000
DEEPEST = 24
MOST_ELEMENTS = 4_000
MOST_ATTRIBUTES = 40
DS = "http://www.w3.org/2000/09/xmldsig#"
MD = "urn:oasis:names:tc:SAML:2.0:metadata"
SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
Element = Any  # lxml comes without types


class NotSound(Exception):
    """The document is not XML that is read here; the text says why and may be shown to an admin."""


def parsed(document: bytes) -> Element:
    """Return the root of a document that is within bounds; raises `NotSound`."""
    if len(document) > LARGEST:
        raise NotSound(f"The document is larger than {LARGEST // 1000} kB.")
    if b"\x00" in document or not _is_utf8(document):
        raise NotSound("The document is not in UTF-8.")
    if b"<!" in document.replace(b"<!--", b"").replace(b"<![CDATA[", b""):
        raise NotSound("A document type declaration is not read here.")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
        remove_pis=False, remove_comments=False, collect_ids=False,
    )  # fmt: skip
    try:
        root = etree.fromstring(document, parser)
    except etree.XMLSyntaxError as error:
        raise NotSound("The document is not well-formed XML.") from error
    about = root.getroottree().docinfo
    if about.doctype or (about.encoding or "UTF-8").upper() != "UTF-8":
        raise NotSound("Only UTF-8 without a document type declaration is read here.")
    _check_bounds(root)
    return root


def _is_utf8(document: bytes) -> bool:
    """Tell whether every reader takes the same characters for the bytes."""
    try:
        document.decode()
    except UnicodeDecodeError:
        return False
    return True


def _check_bounds(root: Element) -> None:
    """Walk without recursion; comments and instructions inside texts have split values before, so none is allowed."""
    depth, seen = 0, 0
    for event, node in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        if event in {"comment", "pi"}:
            raise NotSound("Comments and processing instructions are not read here.")
        depth += 1 if event == "start" else -1
        seen += event == "start"
        if depth > DEEPEST or seen > MOST_ELEMENTS or len(node.attrib) > MOST_ATTRIBUTES:
            raise NotSound("The document is nested too deeply or has too many elements.")


def text_of(element: Element | None) -> str:
    """Return the text of an element without children, "" otherwise."""
    return (element.text or "").strip() if element is not None and len(element) == 0 else ""
