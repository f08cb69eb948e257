"""Where an IP address is: a country, and a city where the table knows one. Never more than a reason to ask."""

import math
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import maxminddb
from django.conf import settings

SHIPPED = Path(__file__).parent / "tables" / "countries.mmdb"
EARTH_RADIUS_KM = 6371.0088
"""Mean radius (IUGG)."""
_ISO_6709 = re.compile(r"([+-])(\d{2})(\d{2})(?:\d{2})?([+-])(\d{3})(\d{2})(?:\d{2})?")


@dataclass(frozen=True, slots=True)
class Place:
    """A place: ISO 3166 `country`, its `name`, a `city` or "", and coordinates in degrees."""

    country: str
    name: str
    city: str
    latitude: float
    longitude: float

    def __str__(self) -> str:
        return f"{self.city}, {self.name}" if self.city else self.name


def place_of(address: str) -> Place | None:
    """Return where `address` is; `None` for private, unknown and malformed ones."""
    try:
        found: Any = _table().get(address)
    except ValueError:
        return None
    if not found:
        return None
    return _place(found)


def distance_km(one: Place, other: Place) -> float:
    """Return the distance along a great circle (haversine)."""
    lat1, lat2 = math.radians(one.latitude), math.radians(other.latitude)
    half_lat, half_lon = (lat2 - lat1) / 2, math.radians(other.longitude - one.longitude) / 2
    part = math.sin(half_lat) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(part))


@cache
def _table() -> Any:  # noqa: ANN401 (the reader has no types)
    return maxminddb.open_database(settings.PLACES_DATABASE or SHIPPED, maxminddb.MODE_MMAP)


def _place(found: dict[str, Any]) -> Place | None:
    """Read a row of either shape: DB-IP's and MaxMind's city tables, or a country alone."""
    country = found.get("country_code") or (found.get("country") or {}).get("iso_code", "")
    known = _countries().get(country)
    if known is None:
        return None
    name, latitude, longitude = known
    city = found.get("city") or ""
    city = city if isinstance(city, str) else (city.get("names") or {}).get("en", "")
    where = found.get("location") or found
    if "latitude" in where and "longitude" in where:
        latitude, longitude = float(where["latitude"]), float(where["longitude"])
    return Place(country, name, city, latitude, longitude)


@cache
def _countries() -> dict[str, tuple[str, float, float]]:
    """Return each country's name and the coordinates of the first of its time zones (IANA lists the largest first)."""
    zones: dict[str, tuple[float, float]] = {}
    for country, where, *_ in _rows("zone.tab"):
        zones.setdefault(country, _degrees(where))
    return {code: (name, *zones[code]) for code, name in _rows("iso3166.tab") if code in zones}


def _rows(table: str) -> list[list[str]]:
    lines = files("tzdata").joinpath("zoneinfo", table).read_text("utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


def _degrees(where: str) -> tuple[float, float]:
    """Return latitude and longitude of ``±DDMM±DDDMM`` or ``±DDMMSS±DDDMMSS`` (ISO 6709)."""
    match = _ISO_6709.fullmatch(where)
    if match is None:
        raise ValueError(f"Not coordinates: {where}")
    south, lat, lat_minutes, west, lon, lon_minutes = match.groups()
    latitude = (int(lat) + int(lat_minutes) / 60) * (-1 if south == "-" else 1)
    longitude = (int(lon) + int(lon_minutes) / 60) * (-1 if west == "-" else 1)
    return latitude, longitude
