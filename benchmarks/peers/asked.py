"""Asking a peer that runs in an environment of its own."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from config.local.product import PROJECT

PEERS = PROJECT / ".venv-peers"
LLM_GUARD = PROJECT / ".venv-llm-guard"
#: Nothing that a peer would fetch from outside is fetched: what is not loopback goes to a port where nobody listens.
OFFLINE = {
    "HTTP_PROXY": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "NO_PROXY": "127.0.0.1,localhost",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",
}
Ask = Callable[[Any], tuple[int, float]]


def surroundings() -> dict[str, str]:
    """Return the variables a peer sees: ours without our secrets, and none that names a server outside."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | OFFLINE


@contextmanager
def peer(environment: Path, *arguments: str) -> Iterator[Ask]:
    """Yield a function that asks the peer and returns its answer and the CPU microseconds it took."""
    command = [str(environment / "bin" / "python"), "-m", "benchmarks.peers.inside", *arguments]
    process = subprocess.Popen(
        command,
        cwd=PROJECT,
        env=surroundings(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("A peer has no pipes.")
    questions, answers = process.stdin, process.stdout

    def ask(question: object) -> tuple[int, float]:
        questions.write(json.dumps(question) + "\n")
        questions.flush()
        line = answers.readline()
        if not line:
            raise RuntimeError(f"{arguments[0]} ended; try: {' '.join(command)}")
        answer, spent = json.loads(line)
        return answer, spent

    try:
        yield ask
    finally:
        questions.close()
        process.wait()
