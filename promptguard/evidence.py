"""The guard's detectors as what screens an evidence pack (``billing.evidence.screening``)."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from billing.evidence.screening import Redacted
from promptguard.detectors.pii import PiiDetector
from promptguard.detectors.secrets import SecretsDetector
from promptguard.findings import Category, Channel, Finding, Prompt, Segment
from promptguard.normalise.views import normalise
from promptguard.redaction import Redactor, same_value

CARD = "CARD"


class DetectorScreen:
    """Personal data, card numbers and secrets by the detectors of the guard."""

    def __init__(self) -> None:
        self._pii, self._secrets = PiiDetector.load(), SecretsDetector.load()
        self.version = f"pii {self._pii.version}, secrets {self._secrets.version}"

    def redact(self, texts: Sequence[str], own: Collection[str]) -> Redacted:
        ours = [same_value(value) for value in own]
        redactor, counts, clean = Redactor(texts), Counter[str](), []
        for index, text in enumerate(texts):
            segment = Segment(f"texts[{index}]", Channel.DOCUMENT, text)
            found = [one for one in self._findings(segment) if not _is_ours(text[one.start : one.end], one, ours)]
            result = redactor.redact(segment, found)
            counts.update(placeholder.strip("[]").rpartition("_")[0] for placeholder in result.placeholders)
            clean.append(result.text)
        return Redacted(tuple(clean), dict(sorted(counts.items())))

    def forbidden(self, text: str) -> set[str]:
        found = self._findings(Segment("text", Channel.DOCUMENT, text))
        return {one.kind for one in found if one.category is Category.SECRETS or one.kind == CARD}

    def _findings(self, segment: Segment) -> list[Finding]:
        prompt = Prompt((segment,), normalise(segment))
        reports = (self._pii.detect(prompt), self._secrets.detect(prompt))
        return [one for report in reports for one in report.findings if one.score >= 0.5]


def _is_ours(value: str, finding: Finding, ours: Iterable[str]) -> bool:
    """Tell whether a value is, or is part of, a name or address of the account itself; never of a secret or a card."""
    if finding.category is Category.SECRETS or finding.kind == CARD:
        return False
    plain = same_value(value)
    return any(plain in each for each in ours)
