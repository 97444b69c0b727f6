"""The limits that panels are coloured by: those of objectives and alerts. Red is where a person is told.

What is red without one of these is an estimate, and stands with its panel.
"""

from collections.abc import Mapping

from alerts.slos import AVAILABILITY, JOURNEY_WITHIN_S, LATENCY, SLOS, Slo
from alerts.windows import BURNS
from dashboards.thresholds import Steps, bad_above, bad_below

# From which value on these alerts fire; tests/config compares them with the alerts' expressions.
FIRES_ABOVE: Mapping[str, float] = {
    "ConsumerLagging": 300,
    "DatabaseSlow": 0.25,
    "EmailsFailing": 0.2,
    "OutboxLagging": 120,
    "PaymentsDeclined": 0.5,
    "PoolExhausted": 0.9,
}

# Overdrawn is red; from the half on that is gone, what is risky is thought over.
BUDGET_LEFT: Steps = bad_below(0, 0.5)
# Of the fastest window: 1 uses up the budget in exactly its period, red is where a person is paged.
BURN_RATE: Steps = bad_above(1, BURNS[0].factor)
CONNECTIONS: Steps = bad_above(0.6, FIRES_ABOVE["PoolExhausted"])
DATABASE: Steps = bad_above(0.1, FIRES_ABOVE["DatabaseSlow"])
EMAILS_FAILING: Steps = bad_above(0.05, FIRES_ABOVE["EmailsFailing"])
DECLINED: Steps = bad_above(0.2, FIRES_ABOVE["PaymentsDeclined"])
MESSAGE_AGE: Steps = bad_above(30, FIRES_ABOVE["ConsumerLagging"])
OUTBOX_LAG: Steps = bad_above(15, FIRES_ABOVE["OutboxLagging"])


def _slo(name: str, service: str) -> Slo:
    return next(slo for slo in SLOS if (slo.name, slo.service) == (name, service))


def _half_and_whole(limit: float) -> Steps:
    return bad_above(limit / 2, limit)


def _bound_s(service: str) -> float:
    bound_s = _slo(LATENCY, service).bound_s
    assert bound_s is not None, f"{service} has a latency objective without a bound"
    return bound_s


# Of any one service, and of what clients see. A service's slow traces begin at its bound.
LATENCY_S = _bound_s("orders")
SERVICE_LATENCY: Steps = _half_and_whole(LATENCY_S)
SERVICE_ERRORS: Steps = _half_and_whole(_slo(AVAILABILITY, "orders").budget)
GATEWAY_LATENCY: Steps = _half_and_whole(_bound_s("gateway"))
GATEWAY_ERRORS: Steps = _half_and_whole(_slo(AVAILABILITY, "gateway").budget)
ORDER_JOURNEY: Steps = _half_and_whole(JOURNEY_WITHIN_S)
