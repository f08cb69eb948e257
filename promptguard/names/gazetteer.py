"""Where the lists come from: Faker's names (MIT), phonenumbers' places (Apache-2.0), words of ordinary prompts."""

import importlib
import pkgutil
import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

from phonenumbers.geodata import GEOCODE_DATA

from promptguard.names.lists import Gazetteer
from promptguard.normalise.vocabulary import words

_GIVEN: Final = ("first_names", "first_names_male", "first_names_female", "first_names_nonbinary")
_FAMILY: Final = ("last_names", "last_names_male", "last_names_female")
_ENGLISH: Final = frozenset(("en", "en_US", "en_GB", "en_NZ", "en_IE"))
_LEAST_LETTERS: Final = 3
_LEAST_TEXTS: Final = 3
_LOWER_WORD: Final = re.compile(r"(?<![^\W_])[a-z]{3,}(?![^\W_])")
_PLACE: Final = re.compile(r"[,/(]| - ")
_COUNTRIES: Final = """
    afghanistan albania algeria argentina armenia australia austria azerbaijan bangladesh belarus belgium bolivia bosnia
    brazil bulgaria cambodia cameroon canada chile china colombia croatia cuba cyprus czechia denmark ecuador egypt
    england estonia ethiopia finland france georgia germany ghana greece greenland guatemala haiti honduras hungary
    iceland india indonesia iran iraq ireland israel italy jamaica japan jordan kazakhstan kenya korea kosovo kuwait
    laos latvia lebanon liberia libya lithuania luxembourg madagascar malaysia maldives mali malta mexico moldova monaco
    mongolia montenegro morocco mozambique myanmar namibia nepal netherlands nicaragua niger nigeria norway oman
    pakistan palestine panama paraguay peru philippines poland portugal qatar romania russia rwanda scotland senegal
    serbia
    singapore slovakia slovenia somalia spain sudan sweden switzerland syria taiwan tanzania thailand tunisia turkey
    uganda ukraine uruguay uzbekistan venezuela vietnam wales yemen zambia zimbabwe america europe africa asia
    antarctica alabama alaska arizona arkansas california colorado connecticut delaware florida hawaii idaho illinois
    indiana iowa
    kansas kentucky louisiana maine maryland massachusetts michigan minnesota mississippi missouri montana nebraska
    nevada ohio oklahoma oregon pennsylvania tennessee texas utah vermont virginia washington wisconsin wyoming
    ontario quebec
    manitoba alberta bavaria saxony provence tuscany catalonia andalusia sicily crete bali java sumatra tibet siberia
    london paris berlin madrid rome lisbon amsterdam vienna prague warsaw budapest athens dublin oslo stockholm helsinki
    copenhagen brussels zurich geneva munich hamburg milan barcelona lyon boston chicago seattle denver dallas houston
    austin phoenix atlanta miami toronto montreal vancouver sydney melbourne auckland tokyo osaka kyoto seoul beijing
    shanghai mumbai delhi bangalore karachi dubai cairo nairobi lagos johannesburg istanbul moscow kyiv jakarta bangkok
    manila hanoi lima bogota santiago memphis portland orlando brooklyn manhattan edinburgh glasgow manchester liverpool
    mars venus jupiter saturn mercury neptune uranus pluto
"""


def from_faker() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Return the given names, the surnames and the English given names that Faker's locales list, casefolded."""
    package = importlib.import_module("faker.providers.person")
    given, family, english = set[str](), set[str](), set[str]()
    for info in pkgutil.iter_modules(package.__path__):
        provider = importlib.import_module(f"{package.__name__}.{info.name}").Provider
        names = {name for attribute in _GIVEN for name in _listed(provider, attribute)}
        given |= names
        english |= names if info.name in _ENGLISH else set()
        family |= {name for attribute in _FAMILY for name in _listed(provider, attribute)}
    return _cleaned(given), _cleaned(family), _cleaned(english)


def places() -> frozenset[str]:
    """Return the places of at most two words that telephone numbers belong to, and countries and large cities."""
    named = {re.split(_PLACE, entry["en"])[0].strip() for entry in GEOCODE_DATA.values() if "en" in entry}
    short = {name.casefold() for name in named if len(name.split()) <= 2 and len(name) >= _LEAST_LETTERS}
    return frozenset(short | set(_COUNTRIES.split()))


def ordinary(texts: Iterable[str]) -> frozenset[str]:
    """Return the words that at least three of `texts` use without a capital, though the texts do use capitals."""
    counts = Counter(word for text in texts if not text.islower() for word in set(_LOWER_WORD.findall(text)))
    return frozenset(word for word, count in counts.items() if count >= _LEAST_TEXTS) | words()


def gather(texts: Iterable[str]) -> Gazetteer:
    """Return all lists; the ordinary words are those of `texts`."""
    given, family, english = from_faker()
    return Gazetteer(given, family, english, places(), ordinary(texts))


def _listed(provider: type, attribute: str) -> Iterable[str]:
    """Return the provider's names; some providers compute them, and are left out."""
    names = getattr(provider, attribute, ())
    return names if isinstance(names, Iterable) else ()


def _cleaned(names: set[str]) -> frozenset[str]:
    parts = {part.casefold() for name in names for part in name.replace("-", " ").split()}
    return frozenset(part for part in parts if len(part) >= _LEAST_LETTERS and part.isalpha() and ord(part[0]) < 0x500)
