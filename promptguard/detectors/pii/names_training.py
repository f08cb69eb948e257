"""Train the name tagger: ``python -m promptguard.detectors.pii.names_training DATA_DIRECTORY``.

Needs requirements-train.txt (Faker, for its lists of names); serving does not.
"""

import sys
from pathlib import Path

from promptguard.detectors.pii.detector import other_data
from promptguard.names.gazetteer import gather
from promptguard.names.training import from_benign, from_pii, save, train


def main(directory: Path) -> None:
    """Train on everything in `directory` and write the artefact."""
    rows, plain = from_pii(directory / "pii.jsonl"), from_benign(directory / "benign.jsonl")
    gazetteer = gather(row.text for row in plain)
    save(train(rows, plain, gazetteer, other_data), gazetteer, len(rows))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
