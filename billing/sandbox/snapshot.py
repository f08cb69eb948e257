"""The state as one file, so that a sandbox that starts again knows what it knew."""

import json
import os
from pathlib import Path

from billing.sandbox.state import State

FORMAT = 1


def save(state: State, path: Path) -> int:
    """Write the state, whole or not at all; return its revision."""
    with state.lock:
        revision = state.revision
        text = json.dumps(
            {
                "format": FORMAT,
                "seed": state.seed,
                "offset": state.clock.offset,
                "counters": state.counters,
                "objects": state.objects,
                "hidden": state.hidden,
            }
        )
    beside = path.with_suffix(".new")
    beside.touch(mode=0o600)
    beside.write_text(text)
    os.replace(beside, path)
    return revision


def load(state: State, path: Path) -> bool:
    """Read a snapshot into a state; return whether there was one."""
    if not path.exists():
        return False
    kept = json.loads(path.read_text())
    if kept["format"] != FORMAT:
        return False
    with state.lock:
        state.seed = kept["seed"]
        state.restore(kept["objects"], kept["hidden"], kept["counters"])
        state.clock.offset = kept["offset"]
    return True
