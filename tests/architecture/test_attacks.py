"""The threat model's table of attacks names tests that there are."""

import re
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
ROW = re.compile(r"^\| ([A-Z]\d\d)(?:, \w+)? \|.*\| ([^|]+) \|$", re.MULTILINE)
TEST = re.compile(r"^def (test_\w+)", re.MULTILINE)


def _named(place: str, attack: str) -> bool:
    paths = (ROOT / place).rglob("test_*.py") if place.endswith("/") else [ROOT / place]
    names = [name for path in paths for name in TEST.findall(path.read_text())]
    return any(attack.lower() in name.split("_") for name in names)


def test_every_attack_is_tried_where_the_threat_model_says() -> None:
    rows = ROW.findall((ROOT / "docs" / "threat-model.md").read_text())
    assert len(rows) > 10
    places = [(attack, place) for attack, where in rows for place in re.findall(r"`([^`]+)`", where)]
    assert [(attack, place) for attack, place in places if not _named(place, attack)] == []
