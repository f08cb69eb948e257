"""One peer in an environment of its own: ``.venv-peers/bin/python -m benchmarks.peers.inside presidio``.

Each line of the standard input is a question as JSON, each line of the output ``[answer, CPU microseconds]``. What a
peer writes itself goes to the standard error output.
"""

import importlib.util
import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import Any

Peer = Callable[[Any], int]
FOR_GOOD = ExitStack()
CASBIN_MODEL = """
[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act
[role_definition]
g = _, _
g2 = _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.act == p.act && g(r.sub, p.sub) && g2(r.obj, p.obj)
"""


def presidio() -> Peer:
    """Return the number of findings of its recognisers for English, without a language model behind them."""
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry  # noqa: PLC0415
    from presidio_analyzer.nlp_engine import NoOpNlpEngine  # noqa: PLC0415

    engine = NoOpNlpEngine([{"lang_code": "en", "model_name": "no_op"}])
    engine.load()
    registry = RecognizerRegistry(supported_languages=["en"])
    registry.load_predefined_recognizers(languages=["en"], nlp_engine=engine)
    analyzer = AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=["en"])
    return lambda text: len(analyzer.analyze(text, language="en"))


def detect_secrets() -> Peer:
    """Return the number of findings of its default plugins."""
    from detect_secrets.core.scan import scan_line  # noqa: PLC0415
    from detect_secrets.settings import default_settings  # noqa: PLC0415

    FOR_GOOD.enter_context(default_settings())
    return lambda text: sum(len(list(scan_line(line))) for line in text.splitlines())


def llm_guard_secrets() -> Peer:
    """Return 1 where its Secrets scanner refuses.

    Importing the package itself imports every scanner, and with some of them torch, which this one does not use: its
    module is loaded alone.
    """
    import structlog  # noqa: PLC0415

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    spec = importlib.util.find_spec("llm_guard")
    if spec is None or spec.origin is None:
        raise ImportError("llm_guard")
    for name in ("llm_guard", "llm_guard.input_scanners"):
        package = ModuleType(name)
        package.__path__ = [str(Path(spec.origin).parent.joinpath(*name.split(".")[1:]))]
        sys.modules[name] = package
    from llm_guard.input_scanners.secrets import Secrets  # noqa: PLC0415

    scanner = Secrets()
    return lambda text: int(not scanner.scan(text)[1])


def casbin(policies: str, objects: str) -> Peer:
    """Return 1 where one of `policies` rules lets a role act on one of `objects` objects (roles on both sides)."""
    from casbin import Enforcer, Model  # noqa: PLC0415

    model = Model()
    model.load_model_from_text(CASBIN_MODEL)
    enforcer = Enforcer(model)
    for number in range(int(policies)):
        enforcer.add_policy(f"role{number % 10}", f"kind{number // 10 % 5}", f"action{number // 50}")
    for number in range(int(objects)):
        enforcer.add_named_grouping_policy("g2", f"object{number}", f"kind{number % 5}")
    for number in range(10):
        enforcer.add_grouping_policy(f"person{number}", f"role{number}")
    return lambda question: int(enforcer.enforce_ex(*question)[0])


PEERS: dict[str, Callable[..., Peer]] = {
    "presidio": presidio,
    "detect-secrets": detect_secrets,
    "llm-guard-secrets": llm_guard_secrets,
    "casbin": casbin,
}


def main() -> None:
    """Answer until the input ends."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    peer = PEERS[sys.argv[1]](*sys.argv[2:])
    for line in sys.stdin:
        question = json.loads(line)
        started = time.thread_time_ns()
        answer = peer(question)
        spent = (time.thread_time_ns() - started) / 1000
        answers.write(json.dumps([answer, spent]) + "\n")


if __name__ == "__main__":
    main()
