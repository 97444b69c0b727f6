"""The service level objectives: for each the events that count, and those of them that were bad.

An SLI is a share of events per second: `errors` / `total`, both PromQL with production's windows in angle
brackets (profiles.py). Rules, alerts and dashboard panels all come from SLOS.
"""

from dataclasses import dataclass
from typing import Final

AVAILABILITY: Final = "availability"
LATENCY: Final = "latency"
ORDER_JOURNEY: Final = "order-journey"

# The error budget is that of so many days, and Prometheus keeps as many (prometheus.yml).
PERIOD: Final = "30d"

# An order that has no end after so many seconds is a bad one; a bound of shop_saga_duration_seconds.
JOURNEY_WITHIN_S: Final = 10


@dataclass(frozen=True)
class Slo:
    """`objective` is the share of good events. `bound_s`: the longest that a good event takes, where that
    counts."""

    name: str
    service: str
    objective: float
    description: str
    errors: str
    total: str
    bound_s: float | None = None

    @property
    def budget(self) -> float:
        """The share of events that may be bad."""
        return round(1 - self.objective, 6)

    @property
    def labels(self) -> dict[str, str]:
        """On every series and alert of this objective."""
        return {"slo": self.name, "service_name": self.service}


def _availability(service: str, objective: float, counter: str, bad: str, counted: str = "") -> Slo:
    """`bad` selects, of the events that `counted` selects, those that failed on our side."""
    own = f'service_name="{service}"' + (f", {counted}" if counted else "")
    total = f"sum(rate({counter}{{{own}}}[<5m>]))"
    return Slo(
        AVAILABILITY,
        service,
        objective,
        f"{objective:.1%} of what {service} is asked for does not fail on our side",
        # Nothing bad has happened yet, and the series of it is not there: then there were none.
        f'sum(rate({counter}{{service_name="{service}", {bad}}}[<5m>])) or {total} * 0',
        total,
    )


def _latency(service: str, objective: float, histogram: str, bound_s: float, counted: str = "") -> Slo:
    """`bound_s` is a bucket's bound, so that the share is exact."""
    own = f'service_name="{service}"' + (f", {counted}" if counted else "")
    total = f"sum(rate({histogram}_count{{{own}}}[<5m>]))"
    good = f'sum(rate({histogram}_bucket{{{own}, le="{bound_s:g}"}}[<5m>]))'
    return Slo(
        LATENCY,
        service,
        objective,
        f"{objective:.1%} of what {service} is asked for is done within {bound_s:g} s",
        f"clamp_min({total} - {good}, 0)",
        total,
        bound_s,
    )


_HTTP: Final = "http_server_request_duration_seconds"
_GRPC: Final = "rpc_server_call_duration_seconds"
_MESSAGES: Final = "messaging_client_consumed_messages_total"
_HANDLING: Final = "messaging_process_duration_seconds"
_FAILED_5XX: Final = 'http_response_status_code=~"5.."'
_FAILED_RPC: Final = 'rpc_response_status_code=~"INTERNAL|UNKNOWN|UNAVAILABLE|DEADLINE_EXCEEDED|DATA_LOSS"'
_FAILED_MESSAGE: Final = 'event_outcome=~"retried|dead"'
_ANY_MESSAGE: Final = 'event_outcome=~"handled|retried|dead"'

# What comes of an order is the customer's business (a declined card, nothing in stock), but for what timed
# out.
_PLACED: Final = 'sum(rate(shop_orders_total{status="PENDING"}[<5m>]))'
_ENDED_IN_TIME: Final = (
    f'sum(rate(shop_saga_duration_seconds_bucket{{outcome!="timed_out", le="{JOURNEY_WITHIN_S}"}}[<5m>]))'
)

SLOS: Final = (
    *(
        _availability(service, 0.995, f"{_HTTP}_count", _FAILED_5XX)
        for service in ("gateway", "users", "products", "orders")
    ),
    _availability("payments", 0.995, _MESSAGES, _FAILED_MESSAGE, _ANY_MESSAGE),
    _availability("inventory", 0.995, f"{_GRPC}_count", _FAILED_RPC),
    _availability("notifications", 0.99, "notifications_emails_total", 'outcome=~"failed|refused"'),
    _latency("gateway", 0.99, _HTTP, 1),
    *(_latency(service, 0.99, _HTTP, 0.5) for service in ("users", "products", "orders")),
    _latency("payments", 0.99, _HANDLING, 0.5),
    _latency("inventory", 0.99, _GRPC, 0.5),
    _latency("notifications", 0.99, _HANDLING, 2.5),
    Slo(
        ORDER_JOURNEY,
        "orders",
        0.99,
        f"99.0% of the orders placed are decided, one way or the other, within {JOURNEY_WITHIN_S} s",
        f"clamp_min({_PLACED} - {_ENDED_IN_TIME}, 0)",
        _PLACED,
        JOURNEY_WITHIN_S,
    ),
)
