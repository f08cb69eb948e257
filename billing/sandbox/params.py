"""Form-encoded parameters with brackets (``items[0][price]=…``), read by name and type."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

from billing.sandbox.faults import invalid, missing

MOST_FIELDS, DEEPEST = 1_000, 6
_KEY = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
_PART = re.compile(r"\[([^\[\]]*)\]")
_WHOLE = re.compile(r"-?[0-9]{1,15}")


def decode(text: str) -> dict[str, Any]:
    """Return the nested parameters of a query or a form; lists come as ``[]`` or with numbers."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError:
        raise invalid("The form is not one, or has too many fields.") from None
    tree: dict[str, Any] = {}
    for key, value in pairs:
        _put(tree, key, value)
    return {name: _with_lists(value) for name, value in tree.items()}


def _put(tree: dict[str, Any], key: str, value: str) -> None:
    if not (match := _KEY.match(key)):
        raise invalid(f"Invalid parameter name: {key[:100]}", key[:100])
    path = [match[1], *_PART.findall(match[2])]
    if len(path) > DEEPEST:
        raise invalid(f"Nested too deeply: {key[:100]}", key[:100])
    for part in path[:-1]:
        tree = tree.setdefault(part or str(len(tree)), {})
        if not isinstance(tree, dict):
            raise invalid(f"Both a value and a hash: {key[:100]}", key[:100])
    tree[path[-1] or str(len(tree))] = value


def _with_lists(value: Any) -> Any:  # noqa: ANN401 (nested)
    if not isinstance(value, dict):
        return value
    if value and all(name.isdigit() for name in value):
        return [_with_lists(value[name]) for name in sorted(value, key=int)]
    return {name: _with_lists(each) for name, each in value.items()}


class Params:
    """Parameters of a request or of a part of one; `path` is where in the request it stands."""

    def __init__(self, values: dict[str, Any], path: str = "") -> None:
        self.values = values
        self.path = path

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def at(self, name: str) -> str:
        """Return a parameter's name as errors say it."""
        return f"{self.path}[{name}]" if self.path else name

    def text(self, name: str, longest: int = 5_000) -> str | None:
        """Return a string; an empty one is nothing, by which Stripe unsets."""
        value = self.values.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            raise invalid(f"Invalid string: {self.at(name)}", self.at(name))
        if len(value) > longest:
            text = f"Invalid string: {self.at(name)} must be at most {longest} characters"
            raise invalid(text, self.at(name), "string_too_long")
        return value

    def needed(self, name: str) -> str:
        """Return a string that must be there."""
        if (value := self.text(name)) is None:
            raise missing(self.at(name))
        return value

    def integer(self, name: str, least: int = 0) -> int | None:
        """Return a whole number."""
        if (value := self.text(name)) is None:
            return None
        if not _WHOLE.fullmatch(value):
            raise invalid(f"Invalid integer: {value[:100]}", self.at(name), "parameter_invalid_integer")
        if int(value) < least:
            raise invalid(f"Must be at least {least}: {self.at(name)}", self.at(name), "parameter_invalid_integer")
        return int(value)

    def flag(self, name: str) -> bool | None:
        """Return true or false."""
        value = self.text(name)
        if value not in {None, "true", "false"}:
            raise invalid(f"Invalid boolean: {self.at(name)}", self.at(name))
        return None if value is None else value == "true"

    def choice(self, name: str, options: str, default: str | None = None) -> str | None:
        """Return one of the words in `options`."""
        value = self.text(name)
        if value is not None and value not in options.split():
            raise invalid(f"Invalid {self.at(name)}: must be one of {', '.join(options.split())}", self.at(name))
        return value or default

    def part(self, name: str) -> "Params":
        """Return what is nested under a name, empty when there is nothing."""
        value = self.values.get(name) or {}
        if not isinstance(value, dict):
            raise invalid(f"Invalid hash: {self.at(name)}", self.at(name))
        return Params(value, self.at(name))

    def parts(self, name: str) -> "Iterator[Params]":
        """Yield the hashes of a list."""
        for number, value in enumerate(self._list(name)):
            where = f"{self.at(name)}[{number}]"
            if not isinstance(value, dict):
                raise invalid(f"Invalid hash: {where}", where)
            yield Params(value, where)

    def texts(self, name: str) -> list[str]:
        """Return the strings of a list."""
        return [str(value) for value in self._list(name)]

    def _list(self, name: str) -> list[Any]:
        value = self.values.get(name) or []
        if not isinstance(value, list):
            raise invalid(f"Invalid array: {self.at(name)}", self.at(name))
        return value

    def metadata(self, former: dict[str, str] | None = None) -> dict[str, str]:
        """Return the metadata with what this request changes of it: an empty value takes a key away."""
        kept = dict(former or {})
        if self.values.get("metadata") == "":
            return {}
        given = self.part("metadata")
        for key in given.values:
            if len(key) > 40:
                raise invalid(f"Metadata keys have at most 40 characters: {key[:60]}", "metadata")
            kept[key] = given.text(key, 500) or ""
        kept = {key: value for key, value in kept.items() if value}
        if len(kept) > 50:
            raise invalid("Metadata has at most 50 keys.", "metadata")
        return kept
