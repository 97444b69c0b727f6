"""The telemetry's own way: what each hop took in, holds, sent, refused and lost."""

from dashboards.boards import pipeline_hops
from dashboards.layout import Dashboard, Row
from dashboards.panels import Panel, stat, time_series
from dashboards.queries import pipeline
from dashboards.queries.pipeline import LOGS, METRICS, SIGNALS, TRACES, Signal
from dashboards.targets import now, over_time
from dashboards.thresholds import bad_above, wrong_unless_zero


def _lost(title: str, signal: Signal) -> Panel:
    return stat(
        title,
        "In the time shown, at any hop, for good. Zero, or something is wrong: the rows below say where.",
        now(pipeline.lost(signal), "lost"),
        unit="short",
        limits=wrong_unless_zero(),
        decimals=0,
    )


_LOSS = Row(
    "Loss",
    [
        _lost("Spans lost", TRACES),
        _lost("Log lines lost", LOGS),
        _lost("Metric points lost", METRICS),
        stat(
            "Scrapes missed",
            "Scrapes that got no answer, in the time shown, starts of services included. Their samples were "
            "never taken.",
            now(pipeline.scrapes_missed_in_all(), "missed"),
            unit="short",
            limits=bad_above(5, 50),
            decimals=0,
        ),
        stat(
            "Fullest queue on disk",
            "Share of a Collector's queue that is in use. When it is full, the Collector refuses and "
            "senders wait.",
            over_time(pipeline.fullest_queue(), "used"),
            unit="percentunit",
            limits=bad_above(0.2, 0.7),
        ),
        stat(
            "Collector memory",
            "Share of what the memory limiter allows. Near 100 % the Collector refuses what comes in.",
            over_time(pipeline.memory_ratio(), "used"),
            unit="percentunit",
            limits=bad_above(0.7, 0.9),
        ),
    ],
)

_WAITING = Row(
    "Waiting and refused",
    [
        time_series(
            "Queues of the Collector",
            "Items on disk that a backend has not acknowledged. A line that climbs is a backend that is "
            "away or slow; it drains when that is back.",
            over_time(pipeline.queued(), "{{exporter}}"),
            unit="short",
            width=8,
        ),
        time_series(
            "Span queues of the services",
            "Spans in memory that the Collector has not taken: lost when the process is killed.",
            over_time(pipeline.queued_in_services(), "{{service_name}}"),
            unit="short",
            width=8,
        ),
        time_series(
            "Refused or failed at the Collector",
            "Items per second that a receiver turned away. The sender tries again, so this is delay, not "
            "loss.",
            *(over_time(pipeline.turned_away(signal), signal.name) for signal in SIGNALS),
            unit="cps",
            width=8,
            bars=True,
        ),
    ],
)

_FRESHNESS = Row(
    "Freshness",
    [
        time_series(
            "Age of the newest sample",
            "How old what Prometheus knows is, by job. Scrapes are 5 s apart; more than 15 s is a gap.",
            over_time(pipeline.scrape_age(), "{{job}}"),
            unit="s",
            width=8,
            many=True,
            limits=bad_above(15, 60),
        ),
        time_series(
            "Age of lines when they reach Loki",
            "Average. It grows when the Collector is behind with reading, or delivers an old queue.",
            over_time(pipeline.log_lag(), "lines"),
            unit="s",
            width=8,
            limits=bad_above(5, 30),
        ),
        time_series(
            "Acknowledging a batch",
            "How long each backend takes, on average. The slow one is the one whose queue will grow next.",
            *(over_time(query, backend) for backend, query in pipeline.delivery_time().items()),
            unit="s",
            width=8,
        ),
    ],
)

DASHBOARD = Dashboard(
    "pipeline",
    "Telemetry pipeline",
    "What each hop accepted, queued, sent, refused and lost, for traces, logs and metrics; loss as a number.",
    [_LOSS, pipeline_hops.ROW, _WAITING, _FRESHNESS],
)
