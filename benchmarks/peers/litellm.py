"""LiteLLM's proxy on loopback, without keys, budgets or logs: bare, or with its content filter in front."""

import json
import os
import socket
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import site
from benchmarks.load import descendants
from benchmarks.peers.asked import PEERS, surroundings

#: The proxy asks for no key here and says so itself: it listens on loopback for a minute.
KEYLESS = {"LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY": "true"}
#: The first example on LiteLLM's page about its content filter.
QUICK_START = ("us_ssn", "email", "aws_access_key")
#: The parts of its catalogue that look for what Tidegate looks for.
ALIKE = ("PII Patterns", "EU PII Patterns", "Payment Card Patterns", "Credential Patterns", "Network Patterns")
CATEGORIES = (
    "prompt_injection_jailbreak",
    "prompt_injection_system_prompt",
    "prompt_injection_data_exfiltration",
    "harmful_violence",
    "harmful_self_harm",
    "harmful_illegal_weapons",
    "harmful_child_safety",
)


def bare() -> dict[str, Any]:
    """Return the settings of a proxy that only passes on."""
    return {}


def quick_start() -> dict[str, Any]:
    """Return the settings of a proxy with the documentation's first content filter: three patterns."""
    return _filter({"patterns": [_masked(name) for name in QUICK_START]})


def alike() -> dict[str, Any]:
    """Return the settings of a proxy that looks for personal data, credentials, injection and harm, as ours does."""
    (catalogue,) = PEERS.glob("lib/python*/site-packages/litellm/**/litellm_content_filter/patterns.json")
    patterns = [one["name"] for one in json.loads(catalogue.read_text())["patterns"] if one["category"] in ALIKE]
    categories = [{"category": name, "enabled": True, "action": "MASK"} for name in CATEGORIES]
    return _filter({"patterns": [_masked(name) for name in patterns], "categories": categories})


def _masked(name: str) -> dict[str, str]:
    return {"pattern_type": "prebuilt", "pattern_name": name, "action": "MASK"}


def _filter(parts: Mapping[str, Any]) -> dict[str, Any]:
    filtering = {"guardrail": "litellm_content_filter", "mode": "pre_call", "default_on": True, **parts}
    return {"guardrails": [{"guardrail_name": "content-filter", "litellm_params": filtering}]}


@contextmanager
def proxy(upstream: int, settings: Mapping[str, Any]) -> Iterator[tuple[int, list[int]]]:
    """Serve with one worker; yield the port and the process ids."""
    port = free_port()
    canned = {"model": "openai/canned", "api_base": f"http://127.0.0.1:{upstream}/v1", "api_key": "none"}
    config = {"model_list": [{"model_name": "canned", "litellm_params": canned}], **settings}
    options = ["--host", "127.0.0.1", "--port", str(port), "--num_workers", "1"]
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory, "config.yaml")
        file.write_text(json.dumps(config | {"litellm_settings": {"telemetry": False}}))
        command = [str(PEERS / "bin" / "litellm"), "--config", str(file), *options]
        with site.serving(command, surroundings() | KEYLESS, f"http://127.0.0.1:{port}/health/liveliness") as process:
            yield port, descendants(process)


@contextmanager
def canned_upstream() -> Iterator[int]:
    """Serve the canned upstream and yield its port."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.peers.upstream", str(port)]
    with site.serving(command, os.environ, f"http://127.0.0.1:{port}/"):
        yield port


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port
