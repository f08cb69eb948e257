"""The control API, for tests: clock, acts, chaos, forged events and the log of deliveries, as JSON under the key."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from billing.sandbox import due, keys
from billing.sandbox.api import Api
from billing.sandbox.courier import Courier
from billing.sandbox.exchange import Request, Response
from billing.sandbox.faults import ApiError, invalid, unauthorized
from billing.sandbox.rendering import shown
from billing.sandbox.signing import FORGED
from billing.sandbox.simulate import simulate

#: The furthest that the clock is moved at once, and the longest wait for deliveries, in seconds.
FURTHEST, PATIENCE = 400 * 86_400, 60.0


@dataclass
class Control:
    """`api` has the state, `courier` delivers."""

    api: Api
    courier: Courier

    def answer(self, request: Request) -> Response:
        """Answer ``/control/…``; never raises for what a caller did."""
        try:
            if not keys.is_one(request.bearer() or "", self.api.key):
                raise unauthorized("The control API takes the sandbox's secret key.")
            act = self._acts().get((request.method, request.path.removeprefix("/control/")))
            if act is None:
                raise invalid("There is no such control.", status=404)
            return _json(200, act(_said(request)))
        except ApiError as error:
            return _json(error.status, error.body("control"))

    def _acts(self) -> dict[tuple[str, str], Callable[[dict[str, Any]], Any]]:
        return {
            ("POST", "clock"): self._clock,
            ("POST", "simulate"): self._simulate,
            ("POST", "chaos"): self._chaos,
            ("POST", "forge"): self._forge,
            ("POST", "resend"): self._resend,
            ("POST", "drain"): self._drain,
            ("GET", "deliveries"): lambda _: {"pending": self.courier.pending(), "data": self.courier.shown()},
        }

    def _clock(self, said: dict[str, Any]) -> Any:  # noqa: ANN401 (JSON)
        seconds = said.get("advance", 0)
        if not isinstance(seconds, int) or not 0 <= seconds <= FURTHEST:
            raise invalid("advance is a number of seconds, at most 400 days; the clock does not go back.", "advance")
        with self.api.state.lock:
            done = due.advance(self.api.state, seconds)
            return {"now": self.api.state.now(), "done": done}

    def _simulate(self, said: dict[str, Any]) -> Any:  # noqa: ANN401 (JSON)
        with self.api.state.lock:
            return shown(self.api.state, simulate(self.api.state, said))

    def _chaos(self, said: dict[str, Any]) -> Any:  # noqa: ANN401 (JSON)
        try:
            self.api.chaos.set(said)
        except ValueError as error:
            raise invalid(str(error)) from error
        return self.api.chaos.shown()

    def _event(self, said: dict[str, Any]) -> Any:  # noqa: ANN401 (JSON)
        return self.api.state.get("event", str(said.get("event", "")), "event")

    def _forge(self, said: dict[str, Any]) -> Any:  # noqa: ANN401 (JSON)
        kind = said.get("kind")
        if kind not in FORGED:
            raise invalid(f"kind must be one of {', '.join(FORGED)}.", "kind")
        with self.api.state.lock:
            self.courier.forge(kind, self._event(said))
        return {"forged": kind}

    def _resend(self, said: dict[str, Any]) -> Any:  # noqa: ANN401 (JSON)
        with self.api.state.lock:
            self.courier.publish(self._event(said))
        return {"pending": self.courier.pending()}

    def _drain(self, said: dict[str, Any]) -> Any:  # noqa: ANN401 (JSON)
        return {"drained": self.courier.drain(PATIENCE)}


def _said(request: Request) -> dict[str, Any]:
    try:
        said = json.loads(request.body or b"{}")
    except ValueError:
        raise invalid("The body is no JSON.") from None
    if not isinstance(said, dict):
        raise invalid("The body is a JSON object.")
    return said


def _json(status: int, body: Any) -> Response:  # noqa: ANN401 (JSON)
    return Response(status, json.dumps(body).encode(), "application/json")
