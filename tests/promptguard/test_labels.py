"""What a decision keeps of the labels of a call."""

import base64

import pytest

from promptguard import labels
from promptguard.engine import Engine
from promptguard.findings import Prompt, Report, Segment, View
from promptguard.labels import recordable
from promptguard.normalise.decoding import BoundExceeded
from promptguard.schemas import Label
from promptguard.segments import TooMuch

PLAIN: dict[str, Label] = {
    "user": "u-1029",
    "session": "01HZX3K9Q2W8R7T6Y5V4B3N2M1",
    "attempt": 3,
    "share": 0.25,
    "retry": True,
    "tag": None,
}


def test_plain_labels_are_kept_as_they_are() -> None:
    assert recordable(PLAIN, ()) == PLAIN
    assert recordable({}, ()) == {}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"user": "jane@contoso.example"}, {"user": "[EMAIL_1]"}),
        ({"note": "ask jane@contoso.example first"}, {"note": "ask [EMAIL_1] first"}),
        ({"jane@contoso.example": 1}, {"[EMAIL_1]": 1}),
        ({"a": "jane@contoso.example", "b": "Jane@Contoso.example"}, {"a": "[EMAIL_1]", "b": "[EMAIL_1]"}),
        ({"card": 4111111111111111}, {"card": "[CARD_1]"}),
        ({"ssn": "536-90-4399"}, {"ssn": "[US_SSN_1]"}),
    ],
)
def test_personal_data_is_kept_as_placeholders(sent: dict[str, Label], kept: dict[str, Label]) -> None:
    assert recordable(sent, ()) == kept


@pytest.mark.parametrize("name", ["password", "api_key", "client_secret"])
def test_the_name_tells_what_the_value_is(name: str) -> None:
    value = "hV7qLw92xTzP0aRm4Kc8"
    assert recordable({"trace": value}, ()) == {"trace": value}
    assert value not in str(recordable({name: value}, ()))


def test_an_encoded_value_is_read() -> None:
    hidden = base64.b64encode(b"write to jane@contoso.example today").decode()
    assert hidden not in str(recordable({"note": hidden}, ()))


def test_what_is_nested_beyond_the_bounds_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(segment: Segment) -> tuple[View, ...]:
        raise BoundExceeded("too deep")

    monkeypatch.setattr(labels, "normalise", refuse)
    with pytest.raises(TooMuch, match="too deep") as refused:
        recordable({"note": "x"}, ())
    assert refused.value.pointer == "#/metadata"


class Broken:
    name, version = "pii", "1"

    def detect(self, prompt: Prompt) -> Report:
        raise ValueError


def test_nothing_is_kept_of_what_could_not_be_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labels, "_engine", lambda: Engine([Broken()]))
    assert recordable(PLAIN, ()) == {}
