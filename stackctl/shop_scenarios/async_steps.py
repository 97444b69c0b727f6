"""What requests set going and nobody waits for: events that are handled, steps of sagas that are taken.

Each is a trace of its own, whose root links to the span that it comes from: the one that has published the
event, or the request that the saga began with.
"""

from collections.abc import Iterator, Mapping, Sequence

from proof.expectations.async_steps import AsyncStep
from proof.expectations.calls import Call, over_grpc, over_http
from stackctl.shop_scenarios.events import EVENTS, EXCHANGES, QUEUES, SagaMode, events_of_order, queues_of
from stackctl.shop_scenarios.kinds import STOCK, OrderOutcome


def _step(name: str, *calls: Call) -> AsyncStep:
    return AsyncStep("orders", f"saga {name}", calls=calls, origin="orders")


def _paying(operation: str, status: int = 200) -> Call:
    return over_http("orders", "payments", operation, status)


def _reserving(method: str, status: str = "OK") -> Call:
    return over_grpc("orders", "inventory", f"{STOCK}/{method}", status)


_AUTHORIZE = _step("authorize", _paying("POST /payments", 201))
_CAPTURE = _step("capture", _paying("GET /payments"), _paying("POST /payments/<payment_id>/capture"))
_GIVE_BACK = _step("give_back", _paying("POST /payments/cancellations"))
_RELEASE = _step("release", _reserving("Release"))

# The coordinator's.
_STEPS: Mapping[OrderOutcome, Sequence[AsyncStep]] = {
    OrderOutcome.CONFIRMED: (
        _AUTHORIZE,
        _step("reserve", _reserving("Reserve")),
        _CAPTURE,
        _step("sell", _reserving("Confirm")),
    ),
    OrderOutcome.PAYMENT_DECLINED: (_AUTHORIZE, _GIVE_BACK, _RELEASE),
    OrderOutcome.OUT_OF_STOCK: (
        _AUTHORIZE,
        _step("reserve", _reserving("Reserve", "FAILED_PRECONDITION")),
        _GIVE_BACK,
        _RELEASE,
    ),
}

# To whom a mail goes is asked when it is sent.
_CALLS = {"notifications": (over_http("notifications", "users", "GET /users/<user_id>", 200),)}


def async_steps_of_order(order_outcome: OrderOutcome, mode: SagaMode) -> Iterator[AsyncStep]:
    for event in events_of_order(order_outcome, mode):
        yield from async_steps_of_event(event, mode)
    if mode is SagaMode.ORCHESTRATION:
        yield from _STEPS[order_outcome]


def async_steps_of_event(event: str, mode: SagaMode) -> Iterator[AsyncStep]:
    exchange = EVENTS[event].exchange
    for queue in queues_of(event, mode):
        calls = _CALLS.get(queue, ())
        yield AsyncStep(QUEUES[queue], f"process {exchange}", event, queue, calls, EXCHANGES[exchange])
