"""Every template compiles, every icon it names exists, and stylesheets keep to the tokens."""

import re
from pathlib import Path

import lucide
import pytest
from django.conf import settings
from django.template.loader import get_template

from accounts.templatetags.devices import device_icon
from accounts.templatetags.ui import ACTIONS, MESSAGE_ICONS, svg_icon

ROOT: Path = settings.BASE_DIR / "templates"
TEMPLATES = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*") if path.suffix in {".html", ".txt"})
ICON = re.compile(r"""(?:\{% icon |icon_name=|icon_name\|default:)"([a-z0-9-]+)\"""")


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_compiles(name: str) -> None:
    assert get_template(name).template.source == (ROOT / name).read_text()  # type: ignore[attr-defined]  # more than the stubs know


def test_every_icon_exists() -> None:
    named = {icon for name in TEMPLATES for icon in ICON.findall((ROOT / name).read_text())}
    named |= {icon for _, icon in ACTIONS.values()} | set(MESSAGE_ICONS.values())
    named |= {device_icon(agent) for agent in ("iPhone", "Linux")}
    assert len(named) > 50
    for icon in named:
        svg_icon(icon)


def test_an_unknown_icon_is_an_error() -> None:
    with pytest.raises(lucide.IconDoesNotExist):
        svg_icon("no-such-icon")


def test_a_decorative_icon_is_hidden_and_a_named_one_is_not() -> None:
    assert 'aria-hidden="true"' in svg_icon("key")
    assert 'role="img"' in svg_icon("key", label="API key")
    assert "&lt;" in svg_icon("key", label="<b>")


@pytest.mark.parametrize("path", sorted((settings.BASE_DIR / "static").rglob("*.css")), ids=lambda path: path.name)
def test_a_stylesheet_is_short_and_loads_nothing(path: Path) -> None:
    css = path.read_text()
    assert len(css.splitlines()) <= 300
    assert "url(" not in css
    assert "@import" not in css
    assert css.count("{") == css.count("}")


def test_colours_are_said_in_tokens_only() -> None:
    for path in (settings.BASE_DIR / "static" / "css").glob("*.css"):
        if path.name != "tokens.css":
            assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b", path.read_text())) <= {"#fff"}, path.name


def test_every_token_that_is_used_is_defined() -> None:
    css = {path.name: path.read_text() for path in (settings.BASE_DIR / "static" / "css").glob("*.css")}
    defined = set(re.findall(r"(--[\w-]+):", css["tokens.css"]))
    used = {name for text in css.values() for name in re.findall(r"var\((--[\w-]+)\)", text)}
    assert used <= defined
