"""The shop as the proof knows it: which requests its clients send, and what each of them sets going."""

from stackctl import ports
from stackctl.shop_scenarios.async_steps import async_steps_of_event, async_steps_of_order
from stackctl.shop_scenarios.business import GAINS, SHIPPED, WELCOMED
from stackctl.shop_scenarios.events import (
    EVENTS,
    EXCHANGES,
    SagaMode,
    event_edges,
    events_of_order,
    saga_mode_of,
)
from stackctl.shop_scenarios.kinds import GATEWAY, KINDS, TRAFFIC, Kind, OrderOutcome, calls_of

__all__ = [
    "EVENTS",
    "EXCHANGES",
    "GAINS",
    "GATEWAY",
    "KINDS",
    "SERVICES",
    "SHIPPED",
    "TRAFFIC",
    "WELCOMED",
    "Kind",
    "OrderOutcome",
    "SagaMode",
    "async_steps_of_event",
    "async_steps_of_order",
    "calls_of",
    "edges",
    "event_edges",
    "events_of_order",
    "saga_mode_of",
]

SERVICES = tuple(ports.SERVICES)


def edges(mode: SagaMode) -> frozenset[tuple[str, str]]:
    """Who calls whom: what the service graph must show after mixed traffic."""
    calls = [call for kind in KINDS.values() for call in kind.calls(kind.statuses[0])]
    for order_outcome in OrderOutcome:
        calls += [call for step in async_steps_of_order(order_outcome, mode) for call in step.calls]
    return frozenset((call.caller, call.callee) for call in calls)
