"""Whether an object is what the SDK's annotations say: every field known, every value of its type."""

import inspect
import types
import typing
from collections.abc import Iterator
from decimal import Decimal
from importlib import import_module
from typing import Any, Union

import stripe
from stripe import StripeObject, checkout
from stripe._object_classes import OBJECT_CLASSES
from stripe._stripe_object import UntypedStripeObject

CLASSES: dict[str, type[StripeObject]] = {
    kind: getattr(import_module(module), name) for kind, (module, name) in OBJECT_CLASSES.items()
} | {"line_item": stripe.InvoiceLineItem}
"""The SDK's class of each kind of object."""


class _Names(dict[str, Any]):
    """The classes by name; those that the SDK's modules rename (``DisputeResource``) are no part of what we make."""

    def __missing__(self, name: str) -> type[StripeObject]:
        if not name.endswith("Resource"):
            raise KeyError(name)
        return CLASSES.get(name.removesuffix("Resource").lower(), StripeObject)


_NAMES = _Names(
    {
        each.__name__: each
        for each in sorted(CLASSES.values(), key=lambda each: each.__module__.count("."), reverse=True)
    }
    | {"Session": checkout.Session}
)


def fields_of(cls: type[StripeObject]) -> set[str]:
    """Return the names that a class declares."""
    return {name for name in cls.__annotations__ if name != "OBJECT_NAME"}


def faults(value: Any, cls: type[StripeObject], path: str) -> Iterator[str]:  # noqa: ANN401 (JSON)
    """Yield what is wrong with an object."""
    resolved = typing.get_type_hints(cls, localns=_names(cls))
    hints = {name: resolved[name] for name in fields_of(cls)}
    for name in value.keys() - hints.keys():
        yield f"{path}.{name} is unknown to the SDK"
    for name, hint in hints.items():
        if name not in value:
            if not _optional(hint) and "ExpandableField" not in str(hint):
                yield f"{path}.{name} is missing"
        elif not _fits(value[name], hint):
            yield from _inside(value[name], hint, f"{path}.{name}")


def _names(cls: type[StripeObject]) -> dict[str, Any]:
    module = inspect.getmodule(cls)
    return _Names(_NAMES | (vars(module) if module else {}))


def _optional(hint: Any) -> bool:  # noqa: ANN401 (a type)
    return type(None) in typing.get_args(hint)


def _options(hint: Any) -> tuple[Any, ...]:  # noqa: ANN401 (a type)
    return typing.get_args(hint) if typing.get_origin(hint) in {Union, types.UnionType} else (hint,)


def _fits(value: Any, hint: Any) -> bool:  # noqa: ANN401 (JSON, a type)
    return any(not list(_against(value, option, "")) for option in _options(hint))


def _inside(value: Any, hint: Any, path: str) -> Iterator[str]:  # noqa: ANN401 (JSON, a type)
    """Yield why a value fits none of its options: what the one that comes nearest says."""
    yield from min((list(_against(value, option, path)) for option in _options(hint)), key=len)


def _against(value: Any, hint: Any, path: str) -> Iterator[str]:  # noqa: ANN401, C901 (JSON, a type; one case a kind)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is list or origin is stripe.ListObject:
        rows = value if origin is list else (value or {}).get("data") if isinstance(value, dict) else None
        if not isinstance(rows, list):
            yield f"{path} is no list: {value!r}"
            return
        for number, row in enumerate(rows):
            if not _fits(row, arguments[0]):
                yield from _inside(row, arguments[0], f"{path}[{number}]")
    elif origin is typing.Literal:
        if value not in arguments:
            yield f"{path} is not one of {arguments}: {value!r}"
    elif hint is Any or origin is UntypedStripeObject or hint is UntypedStripeObject:
        return
    elif inspect.isclass(hint) and issubclass(hint, StripeObject):
        if not isinstance(value, dict):
            yield f"{path} is no object: {value!r}"
            return
        yield from faults(value, hint, path)
    elif hint is Decimal:
        if not isinstance(value, str):
            yield f"{path} is no decimal: {value!r}"
    elif inspect.isclass(hint) and (not isinstance(value, hint) or (hint is int and isinstance(value, bool))):
        yield f"{path} is no {hint.__name__}: {value!r}"
