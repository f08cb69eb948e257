"""The plans of ``plans.toml`` as rows, each version once and for ever, and the newest of each."""

import tomllib
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from billing.catalogue.models import PlanVersion

FILE = Path(__file__).parent / "plans.toml"
FREE = "free"
"""The plan of whoever pays for none."""
LONGEST_TRIAL = 90
_MOST = 10**15
"""Some 380 million calls a second all month, and a million US dollars in nanos."""

Amount = Annotated[int, Field(ge=0, le=_MOST)]
Text = Annotated[str, Field(min_length=1, max_length=100)]


class PlanChanged(Exception):
    """The file says something else of a version than it said when that was loaded."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Limited(_Strict):
    """What a plan holds; see the head of ``plans.toml``."""

    requests: Amount | None = None
    tokens: Amount | None = None
    spend_nanos: Amount | None = None
    seats: Annotated[int, Field(ge=1, le=10**6)] | None = None
    models: Annotated[list[Text], Field(min_length=1)] | None = None
    retention_days: Annotated[int, Field(ge=1, le=3_650)]
    requests_per_minute: Annotated[int, Field(ge=1, le=10**7)]


class Listed(_Strict):
    """A plan as the file says it."""

    code: Annotated[str, Field(pattern=r"^[a-z]{2,20}$")]
    version: Annotated[int, Field(ge=1, le=10**6)]
    name: Annotated[str, Field(min_length=1, max_length=40)]
    summary: Annotated[str, Field(min_length=1, max_length=200)]
    features: list[Text]
    currency: Annotated[str, Field(pattern=r"^[a-z]{3}$")]
    monthly_cents: Amount
    yearly_cents: Amount
    trial_days: Annotated[int, Field(ge=0, le=LONGEST_TRIAL)]
    limits: Limited


class _File(_Strict):
    plan: Annotated[list[Listed], Field(min_length=1)]


def listed(file: Path = FILE) -> list[dict[str, Any]]:
    """Return the rows that a file's plans make; raises pydantic's `ValidationError` by the field at fault."""
    rows = []
    for rank, each in enumerate(_File.model_validate(tomllib.loads(file.read_text())).plan):
        limits = each.limits.model_dump()
        limits["models_allowed"] = limits.pop("models")
        rows.append({**each.model_dump(exclude={"limits"}), **limits, "rank": rank})
    return rows


def load(model: type[PlanVersion], using: str, file: Path = FILE) -> int:
    """Add the versions that are not there yet, as the owner; returns how many. Raises `PlanChanged` and adds none."""
    kept = {(row.code, row.version): row for row in model.objects.using(using).all()}
    new = []
    for values in listed(file):
        row = kept.get((values["code"], values["version"]))
        if row is None:
            new.append(model(**values))
        elif changed := sorted(name for name, value in values.items() if getattr(row, name) != value):
            raise PlanChanged(
                f"{values['code']} version {values['version']} was loaded with another {', '.join(changed)}. "
                "A version never changes: give the plan the next number."
            )
    return len(model.objects.using(using).bulk_create(new))


def plan(code: str) -> PlanVersion:
    """Return the newest version of a plan; raises `PlanVersion.DoesNotExist`."""
    return PlanVersion.objects.filter(code=code).latest("version")


def offered() -> list[PlanVersion]:
    """Return the newest version of every plan, smallest first."""
    newest = PlanVersion.objects.order_by("code", "-version").distinct("code")
    return sorted(newest, key=lambda each: each.rank)
