"""The shop as the proof knows it: which requests its clients send, and what each of them sets going."""

from stackctl import ports
from stackctl.shop_scenarios.async_steps import Consequence, consequences_of_event, consequences_of_order
from stackctl.shop_scenarios.business import GAINS, SHIPPED, WELCOMED
from stackctl.shop_scenarios.events import EVENTS, EXCHANGES, SagaMode, event_edges, events_of_order
from stackctl.shop_scenarios.kinds import GATEWAY, KINDS, TRAFFIC, Fate, Kind

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
    "Consequence",
    "Fate",
    "Kind",
    "SagaMode",
    "consequences_of_event",
    "consequences_of_order",
    "edges",
    "event_edges",
    "events_of_order",
]

SERVICES = tuple(ports.SERVICES)


def edges(mode: SagaMode) -> frozenset[tuple[str, str]]:
    """Who calls whom: what the service graph must show after mixed traffic."""
    calls = [call for kind in KINDS.values() for call in kind.calls(kind.statuses[0])]
    for fate in Fate:
        calls += [call for consequence in consequences_of_order(fate, mode) for call in consequence.calls]
    return frozenset((call.caller, call.callee) for call in calls)
