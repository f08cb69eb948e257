"""The deployment's documents and files agree with the code that reads them."""

import re
from pathlib import Path

from config.local.postgres import URL_VARIABLES
from config.local.product import PREPARED_FROM, PROJECT

#: How our settings read a variable: env.str("NAME"), secret("NAME"), folder("NAME"), _database("NAME").
READ = re.compile(r"""(?:\benv(?:\.\w+)?|\bsecret|\bfolder|\b_database)\(\s*"([A-Z][A-Z_]+)\"""")


def read_by_the_code() -> set[str]:
    sources = [path for part in PREPARED_FROM for path in (PROJECT / part).rglob("*.py")]
    return {name for path in sources for name in READ.findall(path.read_text())}


def text_of(*parts: str) -> str:
    return Path(PROJECT, *parts).read_text()


def test_every_variable_is_in_the_deployment_document() -> None:
    found = read_by_the_code()
    assert {"SECRET_KEY", "BASE_URL", *URL_VARIABLES.values()} <= found
    assert sorted(name for name in found if f"`{name}`" not in text_of("docs", "deployment.md")) == []


def test_compose_sets_every_variable_that_has_no_default() -> None:
    compose = text_of("deploy", "compose.yaml")
    required = {"TIDEGATE_ENVIRONMENT", "BASE_URL", "SECRET_KEY", "EMAIL_URL", "CELERY_BROKER_URL"}
    assert sorted(name for name in required | set(URL_VARIABLES.values()) if f"    {name}: " not in compose) == []


def test_the_example_lists_exactly_what_compose_asks_for() -> None:
    asked = set(re.findall(r"\$\{([A-Z_]+)", text_of("deploy", "compose.yaml")))
    listed = set(re.findall(r"^([A-Z_]+)=$", text_of("deploy", "example.env"), re.MULTILINE))
    assert asked == listed


def test_web_and_workers_share_the_keys_and_the_evidence_packs() -> None:
    compose, image = text_of("deploy", "compose.yaml"), text_of("deploy", "Containerfile")
    for name in ("keys", "evidence"):
        assert f"    - {name}:/var/lib/tidegate/{name}\n" in compose.partition("\nservices:")[0]
        assert f"/var/lib/tidegate/{name}" in image


def test_the_keys_that_demo_settings_make_do_not_stay_in_the_image() -> None:
    [made] = [run for run in text_of("deploy", "Containerfile").split("\nRUN ") if "TIDEGATE_ENVIRONMENT=demo" in run]
    assert "rm --recursive /var/lib/tidegate/stripe-sandbox" in made


def test_the_image_carries_no_secret_and_runs_as_nobody_special() -> None:
    lines = text_of("deploy", "Containerfile").splitlines()
    assert [line for line in lines if line.startswith("USER ")] == ["USER 10001"]
    assert not [line for line in lines if re.match(r"(ENV|ARG) .*(SECRET|PASSWORD|TOKEN)", line)]
    assert all(re.fullmatch(r"FROM \S+:\d\S+( AS \w+)?", line) for line in lines if line.startswith("FROM"))
