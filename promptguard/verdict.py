"""The verdict: findings and a policy in, an action with its reasons out. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from audit.reasons import Reason
from promptguard.findings import Finding, Report
from promptguard.policy import Action, Rules


@dataclass(frozen=True, slots=True)
class Judged:
    """A finding and what the policy says of it."""

    finding: Finding
    action: Action


@dataclass(frozen=True, slots=True)
class Verdict:
    """The most severe action of all findings, the reasons (most severe first) and the scores by category and kind."""

    action: Action
    reasons: tuple[Reason, ...]
    judged: tuple[Judged, ...]
    scores: Mapping[str, float]

    def acted_on(self) -> tuple[Finding, ...]:
        """Return the findings whose text should not go on: what is masked, quarantined or blocked."""
        return tuple(item.finding for item in self.judged if item.action.severity >= Action.REDACT.severity)


def judge(reports: Iterable[Report], rules: Rules) -> Verdict:
    """Apply `rules` to what the detectors found; findings below their threshold, or allowed, are left out."""
    judged: list[Judged] = []
    scores: dict[str, float] = {}
    for report in reports:
        for name, score in report.scores.items():
            scores[name] = max(score, scores.get(name, 0.0))
        for finding in report.findings:
            rule = rules.rule_for(finding.category, finding.kind)
            if finding.score >= rule.threshold and rule.action is not Action.ALLOW:
                judged.append(Judged(finding, rule.action))
    judged.sort(key=lambda item: (-item.action.severity, -item.finding.score, item.finding.source, item.finding.start))
    if not judged:
        return Verdict(Action.ALLOW, (Reason.CLEAN,), (), scores)
    reasons = tuple(dict.fromkeys(item.finding.reason for item in judged))
    return Verdict(judged[0].action, reasons, tuple(judged), scores)
