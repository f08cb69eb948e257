"""Outside the tests, pages need the static files of their release collected; `/readyz` says where they are not."""

from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

MANIFEST = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
pytestmark = pytest.mark.django_db


@pytest.fixture
def root(settings: Settings, tmp_path: Path) -> Path:
    """A production's storage over an empty folder."""
    settings.STORAGES = settings.STORAGES | {"staticfiles": MANIFEST}
    settings.STATIC_ROOT = tmp_path
    return tmp_path


def _started_again(settings: Settings) -> None:
    settings.STATIC_ROOT = Path(settings.STATIC_ROOT)


def _ready() -> tuple[int, bool]:
    answer = Client().get("/readyz")
    return answer.status_code, answer.json()["static"]


def test_it_is_not_ready_until_they_are_collected_and_it_starts_with_them(root: Path, settings: Settings) -> None:
    assert _ready() == (503, False)
    call_command("collectstatic", interactive=False, verbosity=0)
    _started_again(settings)
    assert _ready() == (200, True)
    assert Client().get("/accounts/login/").status_code == 200


@pytest.mark.parametrize("lost", ["css/tokens.*.css", "staticfiles.json"])
def test_it_is_not_ready_without_one_of_them(root: Path, settings: Settings, lost: str) -> None:
    call_command("collectstatic", interactive=False, verbosity=0)
    for path in root.glob(lost):
        path.unlink()
    _started_again(settings)
    assert _ready() == (503, False)
