"""Runs the detectors over a prompt. A detector that fails makes the whole run fail: nothing unchecked passes."""

import logging
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from uuid import UUID

from promptguard.detectors import encoder, harm_states, load_detectors
from promptguard.detectors.cross_tenant import CrossTenantDetector, TermKind
from promptguard.findings import Detector, Prompt, Report
from promptguard.model_store import ARTIFACTS
from promptguard.schemas import DetectorRun
from tenants.directory import Directory

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the detectors said, how long each took, and whether one of them could not answer."""

    reports: tuple[Report, ...]
    runs: tuple[DetectorRun, ...]
    failed: bool


class Engine:
    """The detectors of one worker process, loaded once."""

    def __init__(self, detectors: Iterable[Detector]) -> None:
        self.detectors = tuple(detectors)

    def run(self, prompt: Prompt, own: Iterable[Detector] = ()) -> Outcome:
        """Let every detector, and the tenant's `own`, look at `prompt`.

        Those after one that has failed too: their reports help to understand.
        """
        reports: list[Report] = []
        runs: list[DetectorRun] = []
        for detector in (*self.detectors, *own):
            started = time.perf_counter()
            error = None
            try:
                reports.append(detector.detect(prompt))
            except Exception as failure:  # any failure at all means: not checked
                log.exception("detector %s failed", detector.name)
                error = type(failure).__name__
            spent = round((time.perf_counter() - started) * 1000, 3)
            runs.append(
                DetectorRun(name=detector.name, version=detector.version, ran=error is None, ms=spent, error=error)
            )
        return Outcome(tuple(reports), tuple(runs), any(run.error for run in runs))


class KnownTenants(Directory):
    """The tenant directory as the cross-tenant detector asks it."""

    def foreign_terms(self, terms: Collection[str], org_id: UUID) -> Mapping[str, TermKind]:
        """Return which terms are another tenant's, and what they are to it."""
        return {term: TermKind(kind) for term, kind in self.foreign_kinds(terms, org_id).items()}


@cache
def directory() -> KnownTenants:
    """Return this worker's copy of the tenant directory."""
    return KnownTenants()


def preload() -> None:
    """Read all models, as a process does before it forks into workers: they share what nobody changes."""
    engine()
    for each in (encoder.shared(ARTIFACTS), harm_states.shared(ARTIFACTS)):
        each.load()


@cache
def engine() -> Engine:
    """Return this worker's engine; loading checks the hash of every artefact."""
    return Engine((*load_detectors(), CrossTenantDetector.load(directory())))
