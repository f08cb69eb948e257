"""/v1/subscription_schedules"""

from billing.sandbox import scheduling
from billing.sandbox.events import changing
from billing.sandbox.faults import invalid
from billing.sandbox.listing import every, one
from billing.sandbox.objects.template import Object
from billing.sandbox.params import Params
from billing.sandbox.periods import period_end
from billing.sandbox.resources.subscriptions import price_and_quantity
from billing.sandbox.routing import Route
from billing.sandbox.state import State


def create(state: State, params: Params) -> Object:
    key = params.needed("from_subscription")
    schedule = scheduling.begin(state, state.get("subscription", key, "from_subscription"))
    schedule["metadata"] = params.metadata()
    return schedule


def update(state: State, params: Params, key: str) -> Object:
    schedule = state.get("subscription_schedule", key)
    if schedule["status"] != "active":
        raise invalid(f"You cannot update a subscription schedule that is {schedule['status']}.", "id")
    with changing(state, "subscription_schedule.updated", schedule):
        schedule["metadata"] = params.metadata(schedule["metadata"])
        schedule["end_behavior"] = params.choice("end_behavior", "cancel release", schedule["end_behavior"])
        if phases := list(params.parts("phases")):
            schedule["phases"] = _phases(state, schedule, phases)
    return schedule


def _phases(state: State, schedule: Object, given: list[Params]) -> list[Object]:
    """Return the phases in full: each begins where the one before it ends, the first one with the present one."""
    start, made = schedule["current_phase"]["start_date"], []
    for each in given:
        if each.text("start_date") not in {None, str(start)}:
            raise invalid("Phases must be contiguous, and the first one is the present one.", each.at("start_date"))
        phase = _phase(state, schedule, each, start)
        made.append(phase)
        start = phase["end_date"]
    if made[0]["end_date"] != schedule["current_phase"]["end_date"]:
        raise invalid("The present phase ends with the present period.", given[0].at("end_date"))
    return made


def _phase(state: State, schedule: Object, given: Params, start: int) -> Object:
    items = [price_and_quantity(state, each) for each in given.parts("items")]
    if not items:
        raise invalid("A phase has items.", given.at("items"), "parameter_missing")
    end = given.integer("end_date", start + 1)
    if end is None:
        end = start
        for _ in range(given.integer("iterations", 1) or 1):
            end = period_end(end, items[0][0]["recurring"], start)
    rows = [(price["id"], quantity) for price, quantity in items]
    return scheduling.phase(rows, schedule["phases"][0]["currency"], start, end)


def release(state: State, params: Params, key: str) -> Object:
    schedule = state.get("subscription_schedule", key)
    scheduling.finish(state, schedule, "released")
    return schedule


def cancel(state: State, params: Params, key: str) -> Object:
    schedule = state.get("subscription_schedule", key)
    scheduling.finish(state, schedule, "canceled")
    return schedule


ROUTES = [
    Route("POST", "/v1/subscription_schedules", create, "from_subscription metadata"),
    every("subscription_schedule", "/v1/subscription_schedules", "customer"),
    one("subscription_schedule", "/v1/subscription_schedules/{}"),
    Route("POST", "/v1/subscription_schedules/{}", update, "end_behavior metadata phases proration_behavior"),
    Route("POST", "/v1/subscription_schedules/{}/release", release),
    Route("POST", "/v1/subscription_schedules/{}/cancel", cancel),
]
