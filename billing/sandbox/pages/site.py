"""Which page a path is."""

from billing.sandbox.courier import Courier
from billing.sandbox.exchange import Request, Response
from billing.sandbox.faults import ApiError
from billing.sandbox.pages import checkout, invoice, panel, portal, secure, styles
from billing.sandbox.pages.drawing import draw
from billing.sandbox.state import State


class Pages:
    """Pages and what their forms do. A form of another site is refused, whatever it says."""

    def __init__(self, state: State, courier: Courier) -> None:
        self.state = state
        self.panel = panel.Panel(state, courier)
        self._pages = {
            "checkout": checkout.answer,
            "3ds": secure.answer,
            "portal": portal.answer,
            "invoice": invoice.answer,
        }

    def answer(self, request: Request) -> Response:
        """Answer a request for a page; never raises for what a person did."""
        origin = request.header("origin")
        if request.method == "POST" and origin not in {None, self.state.base_url}:
            return Response(403, b"This form is of another site.", "text/plain")
        try:
            return self._answer(request)
        except ApiError as error:
            return draw("problem", error.status, title="That is not possible", text=str(error))

    def _answer(self, request: Request) -> Response:
        area, *rest = request.path.strip("/").split("/")
        if area == "healthz":
            return Response(200, b"ok", "text/plain")
        if area == "static":
            return styles.answer(request.path)
        with self.state.lock:
            if area in self._pages and rest:
                return self._pages[area](self.state, request, rest)
            if not area:
                return self.panel.answer(request)
        return draw("problem", 404, title="There is no such page", text="The address is none of this sandbox.")
