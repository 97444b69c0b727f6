"""What requests leave behind, as data: `traffic` sends them, `verify` and tests look for it."""

from stackctl import ports
from stackctl.expectations.business import GAINS, SHIPPED, WELCOMED
from stackctl.expectations.calls import (
    ANY_STATUS,
    CALLED_BESIDES,
    CONVENTIONS,
    Call,
    Protocol,
    Served,
    over_grpc,
    over_http,
    read_served,
)
from stackctl.expectations.consequences import Consequence, consequences_of_event, consequences_of_order
from stackctl.expectations.counters import (
    BUSINESS,
    RISING,
    STOCK,
    WATCHED,
    Counted,
    counted,
    ends_among,
    handled,
    published,
)
from stackctl.expectations.counters import EVENTS as EVENT_COUNTERS
from stackctl.expectations.events import EVENTS, EXCHANGES, SagaMode, event_edges, events_of_order
from stackctl.expectations.kinds import GATEWAY, KINDS, TRAFFIC, Fate, Kind

__all__ = [
    "ANY_STATUS",
    "BUSINESS",
    "CALLED_BESIDES",
    "CONVENTIONS",
    "EVENTS",
    "EVENT_COUNTERS",
    "EXCHANGES",
    "GAINS",
    "GATEWAY",
    "KINDS",
    "RISING",
    "SERVICES",
    "SHIPPED",
    "SIGNALS",
    "STOCK",
    "TRAFFIC",
    "WATCHED",
    "WELCOMED",
    "Call",
    "Consequence",
    "Counted",
    "Fate",
    "Kind",
    "Protocol",
    "SagaMode",
    "Served",
    "consequences_of_event",
    "consequences_of_order",
    "counted",
    "edges",
    "ends_among",
    "event_edges",
    "events_of_order",
    "handled",
    "over_grpc",
    "over_http",
    "published",
    "read_served",
]

SERVICES = tuple(ports.SERVICES)
SIGNALS = ("traces", "logs", "metrics")


def edges(mode: SagaMode) -> frozenset[tuple[str, str]]:
    """Who calls whom: what the service graph must show after mixed traffic."""
    calls = [call for kind in KINDS.values() for call in kind.calls(kind.statuses[0])]
    for fate in Fate:
        calls += [call for consequence in consequences_of_order(fate, mode) for call in consequence.calls]
    return frozenset((call.caller, call.callee) for call in calls)
