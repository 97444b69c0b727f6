"""What requests leave behind, as data: `traffic` sends them, `verify` and tests look for it."""

from stackctl import ports
from stackctl.expectations.calls import (
    ANY_STATUS,
    CONVENTIONS,
    Call,
    Protocol,
    Served,
    over_grpc,
    over_http,
    read_served,
)
from stackctl.expectations.kinds import GATEWAY, KINDS, TRAFFIC, Fate, Kind

__all__ = [
    "ANY_STATUS",
    "CONVENTIONS",
    "EDGES",
    "GATEWAY",
    "KINDS",
    "SERVICES",
    "SIGNALS",
    "TRAFFIC",
    "Call",
    "Fate",
    "Kind",
    "Protocol",
    "Served",
    "over_grpc",
    "over_http",
    "read_served",
]

SERVICES = tuple(ports.SERVICES)
SIGNALS = ("traces", "logs", "metrics")

# Who calls whom: what the service graph must show after mixed traffic.
EDGES = frozenset(
    (call.caller, call.callee) for kind in KINDS.values() for call in kind.calls(kind.statuses[0])
)
