"""The gazetteer's source: given names and surnames of Faker's person providers (MIT), Latin and Greek scripts."""

import importlib
import pkgutil
from collections.abc import Iterable
from typing import Final

from promptguard.names.candidates import Gazetteer
from promptguard.normalise.vocabulary import words

_GIVEN: Final = ("first_names", "first_names_male", "first_names_female", "first_names_nonbinary")
_FAMILY: Final = ("last_names", "last_names_male", "last_names_female")
_LEAST_LETTERS: Final = 3


def from_faker() -> Gazetteer:
    """Return all names that Faker's locales list, casefolded, without ordinary English words."""
    package = importlib.import_module("faker.providers.person")
    modules = [
        importlib.import_module(f"{package.__name__}.{info.name}") for info in pkgutil.iter_modules(package.__path__)
    ]
    providers = [module.Provider for module in modules]
    given = {name for provider in providers for attribute in _GIVEN for name in _listed(provider, attribute)}
    family = {name for provider in providers for attribute in _FAMILY for name in _listed(provider, attribute)}
    return Gazetteer(_cleaned(given) - words(), _cleaned(family) - words())


def _listed(provider: type, attribute: str) -> Iterable[str]:
    """Return the provider's names; some providers compute them, and are left out."""
    names = getattr(provider, attribute, ())
    return names if isinstance(names, Iterable) else ()


def _cleaned(names: set[str]) -> frozenset[str]:
    parts = {part.casefold() for name in names for part in name.replace("-", " ").split()}
    return frozenset(part for part in parts if len(part) >= _LEAST_LETTERS and part.isalpha() and ord(part[0]) < 0x500)
