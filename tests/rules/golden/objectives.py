"""Objectives and alerts, from what the rules record. Users is not chosen."""

from dashboards.queries import alerts, slos
from tests.rules.golden.worlds import Golden, Topic, World

_ORDERS = 'service_name="orders", slo="availability"'
_PAYMENTS = 'service_name="payments", slo="latency"'
_USERS = 'service_name="users", slo="availability"'

_DEAD = 'alertname="DeadLetters", alertstate="firing", severity="ticket", service_name="orders"'
_FAST = 'alertname="LatencyBudgetBurn", alertstate="firing", severity="page", service_name="users"'
_SLOW = 'alertname="LatencyBudgetBurn", alertstate="pending", severity="ticket", service_name="orders"'


def _recorded(name: str, orders: float, payments: float, users: float) -> dict[str, float]:
    return {f"{name}{{{_ORDERS}}}": orders, f"{name}{{{_PAYMENTS}}}": payments, f"{name}{{{_USERS}}}": users}


def _of(orders: float, payments: float) -> dict[str, float]:
    return {f"{{{_ORDERS}}}": orders, f"{{{_PAYMENTS}}}": payments}


_BURN = "slo:burn_rate:ratio_rate"
WORLD = World(
    gauges={
        **_recorded("slo:objective:ratio", 0.995, 0.99, 0.5),
        **_recorded("slo:sli_error:ratio_rate5m", 0.01, 0.2, 0.9),
        **_recorded("slo:error_budget_remaining:ratio", 0.4, -0.2, -5),
        **_recorded(f"{_BURN}5m", 3, 1, 90),
        **_recorded(f"{_BURN}30m", 4, 8, 90),
        **_recorded(f"{_BURN}1h", 2, 20, 50),
        **_recorded(f"{_BURN}2h", 5, 6, 90),
        **_recorded(f"{_BURN}6h", 7, 1.5, 90),
        **_recorded(f"{_BURN}1d", 0.5, 9, 90),
        **_recorded(f"{_BURN}3d", 8, 0.25, 90),
        **_recorded("slo:sli_total:rate5m", 20, 10, 99),
        **_recorded("slo:sli_error:rate5m", 0.2, 2, 99),
        'alerts:profile:info{profile="demo"}': 1,
        'ALERTS{alertname="Watchdog", alertstate="firing", severity="none"}': 1,
        f"ALERTS{{{_DEAD}}}": 1,
        f'ALERTS{{{_FAST}, slo="latency"}}': 1,
        f'ALERTS{{{_SLOW}, slo="latency"}}': 1,
    },
    chosen={"service": "orders|payments"},
)

TOPIC = Topic(
    "objectives",
    WORLD,
    [
        Golden(slos.objective(), _of(0.995, 0.99)),
        Golden(slos.good(), _of(0.99, 0.8)),
        Golden(slos.budget_left(), _of(0.4, -0.2)),
        Golden(slos.least_budget_left(), {"{}": -5}),
        Golden(slos.burn_rate("1h"), _of(2, 20)),
        Golden(slos.lower_burn_rate("1h", "5m"), _of(2, 1)),
        Golden(slos.lower_burn_rate("6h", "30m"), _of(4, 1.5)),
        Golden(slos.lower_burn_rate("1d", "2h"), _of(0.5, 6)),
        Golden(slos.lower_burn_rate("3d", "6h"), _of(7, 0.25)),
        Golden(slos.every_budget_left(), {**_of(0.4, -0.2), f"{{{_USERS}}}": -5}),
        Golden(slos.every_burn_rate("1h"), {**_of(2, 20), f"{{{_USERS}}}": 50}),
        Golden(slos.fastest_burn("1h"), {"{}": 50}),
        Golden(slos.events(), _of(20, 10)),
        Golden(slos.bad_events(), _of(0.2, 2)),
        Golden(slos.profile(), {'{profile="demo"}': 1}),
        Golden(alerts.firing(), {"{}": 2}, empty={"{}": 0}),
        Golden(alerts.burning(), {"{}": 1}, empty={"{}": 0}),
        Golden(
            alerts.pending_or_firing(),
            {f"{{{_DEAD}}}": 1, f"{{{_FAST}}}": 1, f"{{{_SLOW}}}": 1},
        ),
    ],
)
