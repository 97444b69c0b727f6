"""What is promised of every objective and alert, in numbers and words: read it as whoever is woken by them.

Nothing here comes from alerts/. Whoever changes an alert changes this table as well, and has it reviewed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

# Of each service and SLI: the share of good events, and how long a good one takes at most, in seconds.
OBJECTIVES: Final[Mapping[tuple[str, str], tuple[float, float | None]]] = {
    ("gateway", "availability"): (0.995, None),
    ("users", "availability"): (0.995, None),
    ("products", "availability"): (0.995, None),
    ("orders", "availability"): (0.995, None),
    ("payments", "availability"): (0.995, None),
    ("inventory", "availability"): (0.995, None),
    ("notifications", "availability"): (0.99, None),
    ("gateway", "latency"): (0.99, 1),
    ("users", "latency"): (0.99, 0.5),
    ("products", "latency"): (0.99, 0.5),
    ("orders", "latency"): (0.99, 0.5),
    ("payments", "latency"): (0.99, 0.5),
    ("inventory", "latency"): (0.99, 0.5),
    ("notifications", "latency"): (0.99, 2.5),
    ("orders", "order-journey"): (0.99, 10),
}


@dataclass(frozen=True)
class Burn:
    """Of a budget of 30 days: how fast it must burn in both windows, for how long (demo: much shorter)."""

    long: str
    short: str
    factor: float
    severity: str
    waits: tuple[str, str]
    demo_long: str


BURNS: Final = (
    Burn("1h", "5m", 14.4, "page", ("2m", "20s"), "4m"),
    Burn("6h", "30m", 6, "page", ("15m", "1m"), "24m"),
    Burn("1d", "2h", 3, "ticket", ("1h", "4m"), "96m"),
    Burn("3d", "6h", 1, "ticket", ("3h", "12m"), "288m"),
)

# The alert on the budget of each kind of SLI, what it says is wrong, and the dashboard to begin with.
OF_BUDGETS: Final = {
    "availability": ("AvailabilityBudgetBurn", "too many requests fail", "service"),
    "latency": ("LatencyBudgetBurn", "too many requests are slow", "service"),
    "order-journey": ("OrderJourneyBudgetBurn", "orders are not decided in time", "business"),
}

# By severity: Alertmanager's receiver, and by which ways people are told.
TOLD: Final = {
    "page": ("page", {"notifications", "mail"}),
    "ticket": ("ticket", {"notifications"}),
    "none": ("watchdog", {"notifications"}),
}


@dataclass(frozen=True)
class Promise:
    """`waits`: its `for`, in production and in the demo. `labels`: beside severity and those of the series.

    `dashboard` is where its link leads; `look` what to type for the log lines.
    """

    severity: str
    waits: tuple[str, str]
    dashboard: str
    look: str = "./stack logs $service_name"
    labels: Mapping[str, str] = field(default_factory=dict)


_MESSAGING: Final = "messaging?var-service=$service_name"
_SERVICE: Final = "service?var-service=$service_name"
_COLLECTOR: Final = "./stack logs otel-collector"

# A $name is the label of the series.
SYMPTOMS: Final[Mapping[str, Promise]] = {
    # The shop
    "PaymentsDeclined": Promise("page", ("2m", "20s"), "business"),
    "SagaStuck": Promise(
        "page",
        ("2m", "20s"),
        "business",
        "./stack logs orders, lines 'order is stuck'; then ./stack trace with their trace id",
    ),
    "EmailsFailing": Promise("ticket", ("5m", "20s"), "business"),
    "RequestsRateLimited": Promise(
        "ticket", ("5m", "20s"), "service?var-service=gateway", "./stack logs gateway, status 429"
    ),
    "CircuitOpen": Promise("page", ("1m", "20s"), "dependencies", "./stack logs $peer"),
    # Databases
    "DatabaseSlow": Promise("ticket", ("5m", "20s"), _MESSAGING),
    "PoolExhausted": Promise("page", ("1m", "20s"), _MESSAGING),
    # Messages
    "DeadLetters": Promise(
        "ticket", ("1m", "20s"), _MESSAGING, "./stack dlq list --queue $messaging_consumer_group_name"
    ),
    "OutboxLagging": Promise("page", ("1m", "20s"), _MESSAGING),
    "ConsumerLagging": Promise("page", ("2m", "20s"), _MESSAGING),
    # Processes and the disk. What calls a service that is away is silenced by the label `peer`.
    "TargetDown": Promise("page", ("30s", "20s"), "shop-overview", labels={"peer": "$service_name"}),
    "MemoryGrowing": Promise("ticket", ("5m", "20s"), _SERVICE),
    "LogFlood": Promise("ticket", ("5m", "20s"), "pipeline"),
    "CardinalityGrowing": Promise(
        "ticket",
        ("5m", "20s"),
        "backends",
        'topk(5, count by (__name__) ({service_name="$service_name"})) in Prometheus',
    ),
    "DiskFilling": Promise("page", ("5m", "20s"), "backends", "du -xh --max-depth=3 .stack | sort -h | tail"),
    # Telemetry. What waits for a backend that is away is silenced by the label `backend`.
    "CollectorDown": Promise(
        "page", ("1m", "20s"), "pipeline", _COLLECTOR, labels={"service_name": "otel-collector"}
    ),
    "TelemetryRefused": Promise("page", ("1m", "20s"), "pipeline", _COLLECTOR),
    "ExporterQueueFilling": Promise("ticket", ("2m", "20s"), "pipeline", "./stack logs $backend"),
    "SpansDropped": Promise("ticket", ("1m", "20s"), "pipeline"),
    "TelemetryMissing": Promise("page", ("2m", "20s"), "pipeline"),
    # Backends
    "BackendDown": Promise("page", ("1m", "20s"), "backends", labels={"backend": "$service_name"}),
    "Watchdog": Promise("none", ("", ""), "backends", "./stack logs notifications, lines 'dead man'"),
}

# What Loki evaluates.
LOGS: Final[Mapping[str, Promise]] = {
    "ErrorBurst": Promise(
        "ticket",
        ("", ""),
        _SERVICE,
        "./stack logs $service_name, severity ERROR; then ./stack trace with their trace id",
    ),
}


def of_budget(kind: str, burn: Burn) -> Promise:
    windows = {"long_window": burn.long, "short_window": burn.short}
    dashboard = OF_BUDGETS[kind][2]
    return Promise(
        burn.severity, burn.waits, _SERVICE if dashboard == "service" else dashboard, labels=windows
    )


RUNBOOKS: Final = "https://github.com/glasshouse/glasshouse/blob/main/docs/runbooks"
DASHBOARDS: Final = "http://127.0.0.1:3000/d"
