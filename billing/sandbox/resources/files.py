"""/v1/files: dispute evidence, uploaded as a form with a file in it."""

import base64
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from billing.sandbox.clock import DAY
from billing.sandbox.faults import invalid, missing
from billing.sandbox.listing import every, one
from billing.sandbox.objects.payments import FILE
from billing.sandbox.objects.template import Object
from billing.sandbox.params import Params
from billing.sandbox.routing import Route
from billing.sandbox.state import State

#: Bytes of one file, and how long Stripe keeps it.
LARGEST, KEPT = 5_000_000, 270 * DAY
#: First bytes → type, as Stripe looks at what a file is and not at its name.
_SIGNATURES = {b"%PDF-": "pdf", b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg"}


def uploaded(content_type: str, body: bytes) -> dict[str, Any]:
    """Return the parameters of a multipart form; the file is its bytes, under ``file`` and with its ``filename``."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1")
    message: Message[str, str] = BytesParser(policy=HTTP).parsebytes(head + body)
    if not message.is_multipart():
        raise invalid("A file is uploaded as multipart/form-data.", "file")
    values: dict[str, Any] = {}
    for part in message.get_payload():
        if isinstance(part, Message) and (name := part.get_param("name", header="content-disposition")):
            content = part.get_payload(decode=True)
            data = content if isinstance(content, bytes) else b""
            values[str(name)] = data if name == "file" else data.decode(errors="replace")
            if name == "file":
                values["filename"] = part.get_filename()
    return values


def create(state: State, params: Params) -> Object:
    data = params.values.get("file")
    if not isinstance(data, bytes):
        raise missing("file")
    purpose = params.needed("purpose")
    if purpose != "dispute_evidence":
        raise invalid("This sandbox keeps files of the purpose dispute_evidence only.", "purpose")
    if len(data) > LARGEST:
        raise invalid(f"The file exceeds the limit of {LARGEST} bytes.", "file", "file_too_large")
    kind = next((kind for start, kind in _SIGNATURES.items() if data.startswith(start)), None)
    if kind is None:
        raise invalid("Invalid file type: a PDF, JPEG or PNG is accepted.", "file", "invalid_file_type")
    made = state.make(
        FILE,
        expires_at=state.now() + KEPT,
        filename=params.text("filename", 500),
        purpose=purpose,
        size=len(data),
        type=kind,
    )
    made["url"] = f"{state.base_url}/v1/files/{made['id']}/contents"
    state.secrets_of(made["id"])["contents"] = base64.b64encode(data).decode()
    return made


def contents(state: State, key: str) -> bytes:
    """Return what was uploaded."""
    state.get("file", key)
    return base64.b64decode(state.secrets_of(key)["contents"])


ROUTES = [
    Route("POST", "/v1/files", create, "file filename purpose"),
    every("file", "/v1/files", "purpose"),
    one("file", "/v1/files/{}"),
]
