"""Train or measure the name tagger: ``python -m promptguard.detectors.pii.names_training DATA_DIRECTORY [--measure]``.

Measuring leaves templates and harmless sources out in turn (two to four minutes). Both need requirements-train.txt
(Faker, for its lists of names); serving does not.
"""

import argparse
import sys
from pathlib import Path

from promptguard.detectors.pii.detector import other_data
from promptguard.names.gazetteer import gather
from promptguard.names.measuring import leave_out
from promptguard.names.training import from_benign, from_pii, save, train


def main(directory: Path, *, measure: bool) -> None:
    """Train on everything in `directory` and write the artefact, or print the figures of what is left out."""
    rows, plain = from_pii(directory / "pii.jsonl"), from_benign(directory / "benign.jsonl")
    gazetteer = gather(row.text for row in plain)
    if not measure:
        save(train(rows, plain, gazetteer, other_data), gazetteer, len(rows))
        return
    found = leave_out(rows, plain, gazetteer, other_data)
    sys.stdout.write(f"templates left out: {found.templates}\n")
    for source, share in found.harmless.items():
        sys.stdout.write(f"{share:.4f} of harmless texts hit: {source}\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--measure", action="store_true")
    given = parser.parse_args()
    main(given.directory, measure=given.measure)
