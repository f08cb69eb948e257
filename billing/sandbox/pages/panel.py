"""The control panel: what can be simulated for each customer, the clock, and the deliveries."""

from billing.sandbox import due
from billing.sandbox.cards import DECLINES
from billing.sandbox.clock import DAY
from billing.sandbox.courier import Courier
from billing.sandbox.exchange import Request, Response, redirect
from billing.sandbox.faults import invalid
from billing.sandbox.objects.template import Object
from billing.sandbox.pages.drawing import day, draw, money
from billing.sandbox.simulate import REASONS, simulate
from billing.sandbox.state import State

#: Days that the clock can be moved by.
STEPS = (1, 7, 30)
MOST = 100


class Panel:
    def __init__(self, state: State, courier: Courier) -> None:
        self.state = state
        self.courier = courier

    def answer(self, request: Request) -> Response:
        """Answer ``/`` and its forms."""
        if request.method == "POST":
            self._do(request.form())
            return redirect("/")
        return self._draw()

    def _do(self, form: dict[str, str]) -> None:
        act = form.get("do")
        if act == "simulate":
            simulate(self.state, form)
        elif act == "clock" and form.get("days") in {str(step) for step in STEPS}:
            due.advance(self.state, int(form["days"]) * DAY)
        elif act == "resend":
            self.courier.publish(self.state.get("event", form.get("event", "")))
        else:
            raise invalid("The panel knows no such act.", status=404)

    def _draw(self) -> Response:
        customers = self.state.every("customer")[::-1][:MOST]
        return draw(
            "panel",
            title="Control panel",
            now=day(self.state.now()),
            steps=STEPS,
            reasons=REASONS,
            case_types=("chargeback", "inquiry", "compliance"),
            codes=list(DECLINES),
            customers=[self._customer(each) for each in customers],
            disputes=[self._dispute(each) for each in self.state.every("dispute")[::-1][:MOST]],
            deliveries=self.courier.shown(MOST),
            pending=self.courier.pending(),
        )

    def _customer(self, customer: Object) -> Object:
        subscriptions = self.state.every("subscription", customer=customer["id"])
        paid = self.state.every("charge", customer=customer["id"], status="succeeded")
        return {
            "it": customer,
            "subscriptions": subscriptions,
            "trial": any(each["status"] == "trialing" for each in subscriptions),
            "paid": money(sum(each["amount"] for each in paid), customer["currency"] or "usd"),
            "disputable": any(not each["disputed"] for each in paid),
            "declines": self.state.secrets_of(customer["id"]).get("declines", []),
        }

    def _dispute(self, dispute: Object) -> Object:
        closed = dispute["status"] in {"won", "lost", "warning_closed", "prevented"}
        return {
            "it": dispute,
            "amount": money(dispute["amount"], dispute["currency"]),
            "due": day(dispute["evidence_details"]["due_by"]),
            "closed": closed,
        }
