"""Stripe Checkout, as a person sees it: what is bought, and a choice of test cards by name."""

from billing.sandbox import checking_out
from billing.sandbox.exchange import Request, Response, redirect
from billing.sandbox.faults import ApiError
from billing.sandbox.objects.template import Object
from billing.sandbox.pages.drawing import draw, money
from billing.sandbox.state import State

_VERBS = {"payment": "Pay", "setup": "Save card", "subscription": "Subscribe"}


def answer(state: State, request: Request, rest: list[str]) -> Response:
    """Answer ``/checkout/<session>`` and ``/checkout/<session>/back``, where a bank sends people back to."""
    session = state.get("checkout.session", rest[0])
    try:
        if request.method == "POST":
            form = request.form()
            return redirect(checking_out.pay(state, session, form.get("card", ""), form.get("email")))
        if rest[1:] == ["back"]:
            return redirect(checking_out.go_on(state, session))
    except ApiError as error:
        return _draw(state, session, error)
    return _draw(state, session)


def _draw(state: State, session: Object, error: ApiError | None = None) -> Response:
    rows = [row for row in state.every("item") if state.secrets_of(row["id"])["session"] == session["id"]]
    lines = [(row["description"], row["quantity"], money(row["amount_total"], row["currency"])) for row in rows]
    customer = state.get("customer", session["customer"]) if session["customer"] else None
    hidden = state.secrets_of(session["id"])
    return draw(
        "checkout",
        error.status if error else 200,
        session["success_url"],
        title="Checkout",
        session=session,
        lines=lines,
        total=money(session["amount_total"] or 0, session["currency"] or "usd"),
        trial=hidden["trial_days"] or hidden["trial_end"],
        days=hidden["trial_days"],
        email=(customer and customer["email"]) or session["customer_email"],
        verb=_VERBS[session["mode"]],
        error=error,
        back=checking_out.returning(session),
    )
