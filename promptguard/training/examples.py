"""Reading the public data: rows become `Example`s that know their source, channel and where the attack stands."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from promptguard.findings import Channel
from promptguard.normalise.folding import fold

INJECTION_FILES = ("injection.jsonl", "injection_more.jsonl", "benign.jsonl", "own.jsonl")
_CHANNELS = {"document": Channel.DOCUMENT, "tool_output": Channel.TOOL, "system": Channel.SYSTEM}


@dataclass(frozen=True, slots=True)
class Example:
    """One text to learn from. `group` is what is left out together: its source, and for generated rows its family."""

    text: str
    attack: bool
    source: str
    group: str
    kind: str
    channel: Channel = Channel.USER
    language: str = "en"
    system: str = ""
    needs_system: bool = False
    injected: str = ""


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a JSONL file."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def public_examples(directory: Path) -> list[Example]:
    """Return every injection row of the public data in `directory`, folded as serving reads it."""
    return [_example(row) for file in INJECTION_FILES for row in rows(directory / file) if row["text"].strip()]


def _example(row: dict[str, Any]) -> Example:
    source = row.get("source", "own").split(" (in PyPI")[0]
    kind = row.get("family", row.get("kind", ""))
    return Example(
        text=fold(row["text"]).text,
        attack=bool(row["label"]),
        source=source,
        group=f"own/{kind.removesuffix('_twin')}" if source == "own" else source,
        kind=kind,
        channel=_CHANNELS.get(row.get("channel", ""), Channel.USER),
        language=row.get("lang", "en"),
        system=row.get("system", ""),
        needs_system=bool(row.get("needs_system")),
        injected=fold(row.get("inj", "")).text,
    )


def is_document(example: Example) -> bool:
    """Return whether an example is read with the thresholds of documents and tool output."""
    return example.channel in (Channel.DOCUMENT, Channel.TOOL)


def folds(examples: list[Example], count: int) -> list[int]:
    """Return the fold of each example, whole groups together, folds about equally large."""
    sizes: dict[str, int] = {}
    for example in examples:
        sizes[example.group] = sizes.get(example.group, 0) + 1
    load, chosen = [0] * count, {}
    for group in sorted(sizes, key=lambda name: (-sizes[name], name)):
        chosen[group] = load.index(min(load))
        load[chosen[group]] += sizes[group]
    return [chosen[example.group] for example in examples]
