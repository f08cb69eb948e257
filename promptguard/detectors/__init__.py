"""The detectors of the guard. Loading one checks the hash of every artefact it reads."""

from promptguard.detectors.exfiltration import ExfiltrationDetector
from promptguard.detectors.injection import InjectionDetector
from promptguard.detectors.moderation import ModerationDetector
from promptguard.detectors.pii import PiiDetector
from promptguard.detectors.secrets import SecretsDetector
from promptguard.findings import Detector


def load_detectors() -> tuple[Detector, ...]:
    """Return the detectors that need nothing but their own artefacts, in the order they run."""
    return (
        InjectionDetector.load(),
        ModerationDetector.load(),
        PiiDetector.load(),
        SecretsDetector.load(),
        ExfiltrationDetector.load(),
    )
