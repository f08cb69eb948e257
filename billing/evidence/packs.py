"""A pack from facts: texts, files, rows and a signed manifest, in one archive. The same input makes the same bytes.

What is in it, in this order: manifest.json (RFC 8785), manifest.sig, README.txt, verify_pack.py, enhanced.json where
Visa's programme applies, fields/, files/, sources/. Nothing is compressed and nothing is dated: every byte is checked
by `verify_pack`, and nothing can unfold.
"""

import hashlib
import shutil
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import orjson
import rfc8785

from billing.evidence import verify_pack
from billing.evidence.eligibility import Eligibility, eligibility, enhanced
from billing.evidence.facts import Facts
from billing.evidence.fields import LARGEST_FILE, LARGEST_TOGETHER, LONGEST, LONGEST_TOGETHER, MOST_PAGES, wanted
from billing.evidence.screening import Screen, check_clean
from billing.evidence.texts import PRODUCT, texts_of

if TYPE_CHECKING:
    from billing.evidence.typeset import Document

SCHEMA = "tidegate.evidence/1"
VERSION = "1"
_HERE = Path(__file__).parent
README = """Evidence for the dispute {dispute} (case {case}).

manifest.json lists every file here with its SHA-256; manifest.sig is Tidegate's Ed25519 signature of it.
fields/ and files/ are what goes to the card network, by the name of the field. sources/ are the rows behind them.
approval.json, where it is there, is the second person's approval, signed by their passkey.

To check all of it, with Python 3.11 and the package cryptography:

    python verify_pack.py PACK.zip --key KEY.pem --org {org} --dispute {dispute}

Take KEY.pem from Tidegate's address /.well-known/evidence-keys.json, and verify_pack.py from somebody you trust: those
that come with a pack prove nothing about it.
"""


class TooLarge(Exception):
    """The files do not fit into the bounds of the networks, however short they are cut."""


@dataclass(frozen=True, slots=True)
class Source:
    """Rows of one kind as they were read: a file of JSON lines in the checkpoint."""

    name: str
    rows: int
    bytes: int
    sha256: str
    first: str
    last: str


def write_source(path: Path, rows: Iterable[Mapping[str, Any]]) -> Source:
    """Write rows (each has ``at``, a time) as JSON lines and return what they are."""
    sha, count, size = hashlib.sha256(), 0, 0
    times: list[datetime] = []
    with path.open("wb") as file:
        for row in rows:
            line = orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)
            file.write(line)
            sha.update(line)
            count, size = count + 1, size + len(line)
            at = row["at"]
            times = [min(times[0], at), max(times[1], at)] if times else [at, at]
    first, last = (each.isoformat() for each in times) if times else ("", "")
    return Source(path.stem, count, size, sha.hexdigest(), first, last)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """All that a pack is made of: redacted facts, what was taken out of them, and the rows in a folder."""

    facts: Facts
    redactions: Mapping[str, int]
    sources: tuple[Source, ...]
    folder: Path


@dataclass(frozen=True, slots=True)
class Contents:
    """What goes to the network, and the manifest that lists it. `enhanced` is empty where nothing qualifies."""

    texts: Mapping[str, str]
    documents: Mapping[str, "Document"]
    eligibility: Eligibility
    enhanced: Mapping[str, object]
    others: Mapping[str, bytes]
    manifest: bytes = field(default=b"")

    @property
    def sha256(self) -> str:
        """The hash of the manifest: it stands for the whole pack."""
        return hashlib.sha256(self.manifest).hexdigest()


def compose(checkpoint: Checkpoint, screen: Screen) -> Contents:
    """Return what the checkpoint says, searched and within bounds; raises `Unclean`, `TooLarge`."""
    from billing.evidence.documents import documents_of, exceeded  # noqa: PLC0415  (12 MB that the web never loads)

    facts = checkpoint.facts
    found = eligibility(facts)
    fields = wanted(facts.case.reason)
    texts = texts_of(facts, found, fields)
    check_clean(_searched(facts, texts), screen)
    documents = documents_of(facts, found, fields)
    if too_large := exceeded(documents):
        raise TooLarge(" ".join(too_large))
    more = _enhanced(facts, found)
    contents = Contents(texts, documents, found, more, _others(facts, more))
    manifest = rfc8785.dumps(_manifest(checkpoint, contents, screen))
    return Contents(texts, documents, found, more, contents.others, manifest)


def _enhanced(facts: Facts, found: Eligibility) -> dict[str, object]:
    programme = enhanced(facts, found, PRODUCT) if found.qualified else {}
    return programme | ({facts.case.fee: {"fee_acknowledged": True}} if facts.case.fee else {})


def _searched(facts: Facts, texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield what people wrote of all that leaves; ids and numbers of ours would only be mistaken for something."""
    yield "The account's name", facts.account.name
    for person in facts.account.people:
        yield "A person of the account", f"{person.name} <{person.email}>"
    for name in ("uncategorized_text", "customer_name", "customer_email_address"):
        yield f"The field {name}", texts.get(name, "").replace(facts.case.charge, "")
    for key in facts.keys:
        yield f"The name of the key {key.id}", key.name
    for charge in facts.charges:
        yield f"The description of {charge.id}", charge.description
    for invoice in facts.invoices:
        for line in invoice.lines:
            yield f"A line of the invoice {invoice.id}", line.description
    for email in (*(one.email for one in facts.checkouts), *(one.email for one in facts.mails)):
        yield "An address of a mail or purchase", email


def _others(facts: Facts, more: Mapping[str, object]) -> dict[str, bytes]:
    readme = README.format(dispute=facts.case.dispute, case=facts.case.id, org=facts.account.org_id)
    others = {"README.txt": readme.encode(), "verify_pack.py": Path(verify_pack.__file__).read_bytes()}
    return others | ({"enhanced.json": rfc8785.dumps(dict(more))} if more else {})  # type: ignore[arg-type]  # JSON


def _manifest(checkpoint: Checkpoint, contents: Contents, screen: Screen) -> dict[str, Any]:
    facts, redactions = checkpoint.facts, checkpoint.redactions
    return {
        "schema": SCHEMA,
        "case": facts.case.id,
        "dispute": facts.case.dispute,
        "charge": facts.case.charge,
        "reason": facts.case.reason,
        "org": facts.account.org_id,
        "built_at": facts.as_of.isoformat(),
        "builder": {"version": VERSION, "sha256": builder_hash(), "screen": screen.version},
        "compelling_evidence": {
            "qualified": contents.eligibility.qualified,
            "shared": list(contents.eligibility.shared),
        },
        "sources": [_of_source(source) for source in checkpoint.sources],
        "texts": [_of_text(name, text) for name, text in contents.texts.items()],
        "files": [_of_file(name, document) for name, document in contents.documents.items()],
        "others": [_of_bytes(name, content) for name, content in contents.others.items()],
        "redactions": {"total": sum(redactions.values()), "kinds": dict(redactions)},
        "limits": _limits(contents),
    }


def _limits(contents: Contents) -> dict[str, list[int]]:
    """Return what there is and what there may be, of each bound."""
    lengths = [len(text) for text in contents.texts.values()]
    sizes = [len(document.content) for document in contents.documents.values()]
    return {
        "longest_text": [max(lengths, default=0), LONGEST],
        "texts": [sum(lengths), LONGEST_TOGETHER],
        "largest_file": [max(sizes, default=0), LARGEST_FILE],
        "files": [sum(sizes), LARGEST_TOGETHER],
        "pages": [sum(document.pages for document in contents.documents.values()), MOST_PAGES],
    }


def _of_bytes(name: str, content: bytes) -> dict[str, Any]:
    return {"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def _of_text(name: str, text: str) -> dict[str, Any]:
    return {"field": name, "characters": len(text), **_of_bytes(f"fields/{name}.txt", text.encode())}


def _of_file(name: str, document: "Document") -> dict[str, Any]:
    return {"field": name, "pages": document.pages, **_of_bytes(f"files/{name}.pdf", document.content)}


def _of_source(source: Source) -> dict[str, Any]:
    return {
        "name": f"sources/{source.name}.jsonl",
        "rows": source.rows,
        "bytes": source.bytes,
        "sha256": source.sha256,
        "first": source.first,
        "last": source.last,
    }


@cache
def builder_hash() -> str:
    """Return the hash of what makes packs: this room's sources and the version of what sets its PDFs."""
    sha = hashlib.sha256(version("reportlab").encode())
    for path in sorted(_HERE.glob("*.py")):
        sha.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return sha.hexdigest()


def write(out: BinaryIO, contents: Contents, checkpoint: Checkpoint, signature: bytes) -> None:
    """Write the archive; raises `OSError` where a row's file is gone."""
    with zipfile.ZipFile(out, "w") as archive:
        add(archive, "manifest.json", contents.manifest)
        add(archive, "manifest.sig", signature)
        for name, content in contents.others.items():
            add(archive, name, content)
        for name, text in contents.texts.items():
            add(archive, f"fields/{name}.txt", text.encode())
        for name, document in contents.documents.items():
            add(archive, f"files/{name}.pdf", document.content)
        for source in checkpoint.sources:
            path, info = checkpoint.folder / f"{source.name}.jsonl", _info(f"sources/{source.name}.jsonl")
            with path.open("rb") as rows, archive.open(info, "w") as target:
                shutil.copyfileobj(rows, target, 1 << 20)


def add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    """Put a file into an archive in the one form that packs have."""
    archive.writestr(_info(name), content)


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.create_system, info.external_attr = 3, 0o100644 << 16
    return info
