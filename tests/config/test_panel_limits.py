"""From which number on a panel is yellow and red, and what that number stands for: written down once more.

Dashboards take their limits from the objectives and alerts. This table does not: whoever changes an
objective changes it here as well, and sees which panels go with it.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from tests.grafana import Json, dashboards, panels

Place = tuple[str, str, str]  # dashboard, panel, column of a table
Limits = tuple[float, float]

# Half of the budget of 99.5 %, and all of it (AvailabilityBudgetBurn).
_ERRORS: Final = (0.0025, 0.005)
# Half of the bound of every service's latency objective, and all of it (LatencyBudgetBurn).
_LATENCY: Final = (0.25, 0.5)
# PoolExhausted.
_CONNECTIONS: Final = (0.6, 0.9)
# DatabaseSlow.
_DATABASE: Final = (0.1, 0.25)
# OutboxLagging.
_OUTBOX: Final = (15, 120)
# ConsumerLagging.
_MESSAGE: Final = (30, 300)
# The fast burn of 30 days' budget.
_BURN: Final = (1, 14.4)

RISES: Final[Mapping[Place, Limits]] = {
    ("shop-overview", "Failed requests", ""): _ERRORS,
    # What clients wait for: 1 s.
    ("shop-overview", "Latency from outside (p95)", ""): (0.5, 1),
    ("shop-overview", "Errors", ""): _ERRORS,
    ("shop-overview", "Latency (p95)", ""): _LATENCY,
    ("shop-overview", "Saturation (threads busy)", ""): (0.6, 0.85),
    ("shop-overview", "Objectives", "Burn (1 h)"): _BURN,
    ("service", "Failed requests", ""): _ERRORS,
    ("service", "Latency (p95)", ""): _LATENCY,
    ("service", "Threads busy", ""): (0.6, 0.85),
    ("service", "Errors by route", ""): _ERRORS,
    ("service", "Duration", ""): _LATENCY,
    ("service", "Duration by route (p95)", ""): _LATENCY,
    ("service", "Threads and connections in use", ""): _CONNECTIONS,
    ("service", "Requests waiting for a thread", ""): (1, 8),
    ("service", "Processor", ""): (0.7, 0.9),
    ("service", "File descriptors in use", ""): (0.6, 0.85),
    # OrderJourneyBudgetBurn: decided within 10 s.
    ("business", "Journey (p95)", ""): (5, 10),
    # PaymentsDeclined, EmailsFailing.
    ("business", "Cards declined", ""): (0.2, 0.5),
    ("business", "Mails failed", ""): (0.05, 0.2),
    ("business", "Lag of the order history", ""): (5, 30),
    ("business", "Handing over a mail (p95)", ""): (1, 5),
    ("messaging", "Outbox", ""): _OUTBOX,
    ("messaging", "Outbox lag", ""): _OUTBOX,
    ("messaging", "Oldest message", ""): _MESSAGE,
    ("messaging", "Age of the oldest message", ""): _MESSAGE,
    ("messaging", "Retried", ""): (0.01, 0.1),
    ("messaging", "Retried or given up", ""): (0.01, 0.1),
    ("messaging", "Database (p95)", ""): _DATABASE,
    ("messaging", "Statements (p95)", ""): _DATABASE,
    ("messaging", "Statements by time spent", "p95"): _DATABASE,
    ("messaging", "Waiting for the write lock (p95)", ""): _DATABASE,
    ("messaging", "Connections in use", ""): _CONNECTIONS,
    ("slos", "Fastest burn", ""): _BURN,
    ("slos", "Objectives", "Burn (1 h)"): _BURN,
    ("dependencies", "Calls between services", "Failed"): _ERRORS,
    ("dependencies", "Calls between services", "p95"): _LATENCY,
    ("dependencies", "Latency of calls (p95)", ""): _LATENCY,
    ("dependencies", "Failed calls", ""): _ERRORS,
    ("dependencies", "Errors by version", ""): _ERRORS,
    ("pipeline", "Scrapes missed", ""): (5, 50),
    ("pipeline", "Fullest queue on disk", ""): (0.2, 0.7),
    ("pipeline", "Collector memory", ""): (0.7, 0.9),
    ("pipeline", "Age of the newest sample", ""): (15, 60),
    ("pipeline", "Age of lines when they reach Loki", ""): (5, 30),
    ("backends", "Series", ""): (100_000, 500_000),
    ("backends", "Streams", ""): (500, 5_000),
}

# Red at once: the factors of the four burn alerts.
RED_FROM: Final[Mapping[Place, float]] = {
    ("slos", "Burn rate: 1h and 5m", ""): 14.4,
    ("slos", "Burn rate: 6h and 30m", ""): 6,
    ("slos", "Burn rate: 1d and 2h", ""): 3,
    ("slos", "Burn rate: 3d and 6h", ""): 1,
}

# Red below the first, green from the second on.
FALLS: Final[Mapping[Place, Limits]] = {
    ("shop-overview", "Objectives", "Budget left"): (0, 0.5),
    ("business", "Confirmed", ""): (0.5, 0.8),
    ("slos", "Least budget left", ""): (0, 0.5),
    ("slos", "Objectives", "Budget left"): (0, 0.5),
    ("slos", "Error budget left", ""): (0, 0.5),
}

# Red as soon as there is one.
NEVER: Final = {
    ("shop-overview", "Alerts firing", ""),
    ("business", "Orders stuck", ""),
    ("messaging", "Dead letters", ""),
    ("slos", "Burn alerts", ""),
    ("pipeline", "Spans lost", ""),
    ("pipeline", "Log lines lost", ""),
    ("pipeline", "Metric points lost", ""),
    ("pipeline", "Traces: lost, by where", ""),
    ("pipeline", "Logs: lost, by where", ""),
    ("pipeline", "Metrics: lost, by where", ""),
    ("backends", "Backends away", ""),
}

Steps = tuple[tuple[str, float | None], ...]


def steps_of(thresholds: Json) -> Steps:
    return tuple((step["color"], step["value"]) for step in thresholds["steps"])


def coloured() -> Iterator[tuple[Place, Steps]]:
    """Every panel and column that has more than one colour."""
    for uid, dashboard in dashboards().items():
        for panel in panels(dashboard):
            own = panel["fieldConfig"]["defaults"].get("thresholds")
            if own and len(own["steps"]) > 1:
                yield (uid, panel["title"], ""), steps_of(own)
            for override in panel["fieldConfig"]["overrides"]:
                for each in override["properties"]:
                    if each["id"] == "thresholds":
                        yield (uid, panel["title"], override["matcher"]["options"]), steps_of(each["value"])


def test_every_limit_is_the_number_that_it_stands_for() -> None:
    expected: dict[Place, Steps] = {
        **{at: (("green", None), ("yellow", low), ("red", high)) for at, (low, high) in RISES.items()},
        **{at: (("green", None), ("red", limit)) for at, limit in RED_FROM.items()},
        **{at: (("red", None), ("yellow", low), ("green", high)) for at, (low, high) in FALLS.items()},
        **dict.fromkeys(NEVER, (("green", None), ("red", 1e-09))),
    }
    assert dict(coloured()) == expected


# Whoever reads a number must know of what.
UNITS: Final[Mapping[str, set[str]]] = {
    "percentunit": {
        "Failed requests",
        "Errors",
        "Cards declined",
        "Mails failed",
        "Confirmed",
        "Threads busy",
    },
    "s": {"Latency (p95)", "Duration", "Journey (p95)", "Outbox lag", "Statements (p95)"},
    "bytes": {"Memory", "Disk", "Bytes per request, by signal"},
    "reqps": {"Traffic", "Requests per second", "Rate by route", "Answers by status"},
}


def test_a_number_has_its_unit() -> None:
    units = {
        (uid, panel["title"]): panel["fieldConfig"]["defaults"]["unit"]
        for uid, dashboard in dashboards().items()
        for panel in panels(dashboard)
        if (uid, panel["title"]) != ("messaging", "Errors")
    }
    wrong = {
        place
        for place, unit in units.items()
        for right, names in UNITS.items()
        if place[1] in names and unit != right
    }
    assert wrong == set()
