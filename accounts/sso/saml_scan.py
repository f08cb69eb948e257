"""What a SAML response must look like before anything in it is verified.

The library that verifies follows what the document says: transforms are run before a signature is looked at, and what
is found depends on where it stands. So the shape is fixed first, by lists of what may be there: one Response with one
Assertion in it and nothing else, one signature on each, made over that very element with strong algorithms and nothing
transformed but the usual two. Everything else is refused alike, in well under a millisecond.
"""

from accounts.sso import xml
from accounts.sso.xml import DS, SAML, SAMLP, Element, NotSound

EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED = f"{DS}enveloped-signature"
_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
_ENC = "http://www.w3.org/2001/04/xmlenc#"
SIGNATURES = {f"{_MORE}{kind}-{hash_}" for kind in ("rsa", "ecdsa") for hash_ in ("sha256", "sha384", "sha512")}
DIGESTS = {f"{_ENC}sha256", f"{_MORE}sha384", f"{_ENC}sha512"}
_NAMESPACES = {SAML, SAMLP, DS, EXCLUSIVE}
_ALGORITHMS = {
    "Transform": {ENVELOPED, EXCLUSIVE},
    "CanonicalizationMethod": {EXCLUSIVE},
    "SignatureMethod": SIGNATURES,
    "DigestMethod": DIGESTS,
}
_SIGNED = ["SignedInfo", "SignatureValue", "KeyInfo"]
_REFERENCE = ["Transforms", "DigestMethod", "DigestValue"]
_ROOT = {f"{{{SAML}}}Issuer", f"{{{DS}}}Signature", f"{{{SAMLP}}}Status", f"{{{SAML}}}Assertion"}
_KEY_INFO = {"X509Data", "KeyName", "KeyValue"}


def scanned(document: bytes) -> Element:
    """Return the root of a response of the only shape that is looked at further; raises `NotSound`."""
    root = xml.parsed(document)
    if root.tag != f"{{{SAMLP}}}Response":
        raise NotSound("The answer is not a SAML response.")
    children = [child.tag for child in root]
    if not set(children) <= _ROOT or len(children) != len(set(children)):
        raise NotSound("The response holds something that does not belong in it.")
    assertion = root.find(f"{{{SAML}}}Assertion")
    if assertion is None:
        raise NotSound("The response holds no assertion that can be read; encrypted ones are not accepted.")
    _check_elements(root)
    _check_ids(root)
    signatures = list(root.iter(f"{{{DS}}}Signature"))
    if len(signatures) != 2:
        raise NotSound("The response and the assertion must be signed, each once.")
    for signed in (root, assertion):
        _check_signature(signed)
    return root


def _check_elements(root: Element) -> None:
    """Only names of SAML and of signatures; each algorithm from its list; one of what there may be one of."""
    for element in root.iter():
        namespace, _, name = str(element.tag)[1:].partition("}")
        if namespace not in _NAMESPACES:
            raise NotSound("The response holds elements of another vocabulary.")
        if namespace == DS and name in {"Object", "Manifest", "RetrievalMethod", "XPath", "SPKIData", "PGPData"}:
            raise NotSound(f"A signature with {name} is not accepted.")
        allowed = _ALGORITHMS.get(name) if namespace == DS else None
        if allowed is not None and element.get("Algorithm") not in allowed:
            raise NotSound(f"The {name} is not one of those accepted.")
    for name in ("Assertion", "Subject", "NameID", "Conditions", "AuthnStatement"):
        tag = f"{{{SAML}}}{name}"
        if sum(1 for _ in root.iter(tag)) > 1:
            raise NotSound(f"The response holds more than one {name}.")


def _check_ids(root: Element) -> None:
    """Every ID is one element's, whatever the attribute is called."""
    seen: set[str] = set()
    for element in root.iter():
        for attribute, value in element.attrib.items():
            if str(attribute).rpartition("}")[2].lower() == "id":
                if not value or value in seen:
                    raise NotSound("Two elements have the same ID.")
                seen.add(str(value))


def _check_signature(signed: Element) -> None:
    """A signature stands right in what it signs, and signs it whole."""
    signature = signed.find(f"{{{DS}}}Signature")
    if signature is None:
        raise NotSound("The response and the assertion must be signed, each once.")
    _check_children(signature, _SIGNED)
    info = signature[0]
    _check_children(info, ["CanonicalizationMethod", "SignatureMethod", "Reference"])
    reference = info[2]
    _check_children(reference, _REFERENCE)
    transforms = [each.get("Algorithm") for each in reference[0]]
    if reference.get("URI") != f"#{signed.get('ID')}" or transforms != [ENVELOPED, EXCLUSIVE]:
        raise NotSound("A signature is made over something other than the element it stands in.")
    for part in signature[2:]:
        if not {str(each.tag).rpartition("}")[2] for each in part} <= _KEY_INFO:
            raise NotSound("A signature names its key in a way that is not read here.")


def _check_children(element: Element, names: list[str]) -> None:
    """The last of `names` may be missing where it is the key's name, which nothing here believes."""
    found = [str(child.tag) for child in element]
    wanted = [f"{{{DS}}}{name}" for name in names]
    if found != wanted and not (names is _SIGNED and found == wanted[:-1]):
        raise NotSound("A signature is not built as it must be.")
