"""How each signal shows a call, and which counters a run is reconciled with."""

from proof.expectations.async_steps import AsyncStep, ExpectedStep
from proof.expectations.calls import (
    ANY_STATUS,
    CONVENTIONS,
    Call,
    Protocol,
    Served,
    over_grpc,
    over_http,
    read_served,
)
from proof.expectations.counters import (
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
from proof.expectations.counters import EVENTS as EVENT_COUNTERS

SIGNALS = ("traces", "logs", "metrics")

__all__ = [
    "ANY_STATUS",
    "BUSINESS",
    "CONVENTIONS",
    "EVENT_COUNTERS",
    "RISING",
    "SIGNALS",
    "STOCK",
    "WATCHED",
    "AsyncStep",
    "Call",
    "Counted",
    "ExpectedStep",
    "Protocol",
    "Served",
    "counted",
    "ends_among",
    "handled",
    "over_grpc",
    "over_http",
    "published",
    "read_served",
]
