"""The backends and the Collector: are they well, what do they hold, what does it cost."""

from dashboards import colors
from dashboards.boards import backends_cost
from dashboards.layout import Dashboard, Row
from dashboards.panels import stat, states, time_series
from dashboards.queries import backends
from dashboards.targets import over_time
from dashboards.thresholds import bad_above, wrong_unless_zero

_NOW = Row(
    "Now",
    [
        stat(
            "Backends away",
            "Backends, the Collector among them, that do not answer when they are scraped.",
            over_time(backends.away(), "away"),
            unit="none",
            width=6,
            limits=wrong_unless_zero(),
        ),
        stat(
            "Memory of all",
            "Resident memory of all backends together; see below for whose it is.",
            over_time(backends.memory_of_all(), "memory"),
            unit="bytes",
            width=6,
        ),
        stat(
            "Series",
            "Series in Prometheus' memory. About 4 KB of memory each.",
            over_time(backends.series(), "series"),
            unit="short",
            width=6,
            limits=bad_above(100_000, 500_000),
        ),
        stat(
            "Streams",
            "Log streams in Loki's memory: one for each combination of labels. Ids never are labels here.",
            over_time(backends.streams(), "streams"),
            unit="short",
            width=6,
            limits=bad_above(500, 5_000),
        ),
    ],
)

_HEALTH = Row(
    "Health",
    [
        states(
            "Up",
            "Whether the Collector could scrape each of them. A gap in all rows is the Collector itself.",
            over_time(backends.up(), "{{job}}"),
            {"0": "down", "1": "up"},
            width=8,
        ),
        time_series(
            "Memory",
            "Resident memory. It grows with series (Prometheus), streams (Loki) and queries; see below for "
            "which.",
            over_time(backends.memory(), "{{job}}"),
            unit="bytes",
            width=8,
        ),
        time_series(
            "Processor",
            "Cores in use. One that works without traffic is compacting, or answers somebody's query.",
            over_time(backends.processors_used(), "{{job}}"),
            unit="none",
            width=8,
        ),
        time_series(
            "Ingestion",
            "What each backend takes per second. They rise and fall together with traffic; one that falls "
            "alone has a problem, see Telemetry pipeline.",
            over_time(backends.samples(), "samples (Prometheus)"),
            over_time(backends.log_lines(), "lines (Loki)"),
            over_time(backends.spans(), "spans (Jaeger)"),
            unit="cps",
            width=8,
        ),
        time_series(
            "Answering (p95)",
            "Deliveries and queries. Slow queries are people who wait; slow deliveries fill the Collector's "
            "queues.",
            *(over_time(query, name) for name, query in backends.answering(0.95).items()),
            unit="s",
            width=8,
        ),
        time_series(
            "Disk",
            "What each one says it has on disk; Jaeger counts the 2 GB that it sets aside for its log. "
            "Retention bounds them: 31 days or 4 GB in Prometheus, 7 days in Loki and Jaeger.",
            *(over_time(query, name) for name, query in backends.disk().items()),
            unit="bytes",
            width=8,
        ),
    ],
)

_ALERTING = Row(
    "Rules and alerts",
    [
        time_series(
            "Evaluating rules",
            "How long each group took last. One that takes longer than its interval misses evaluations.",
            over_time(backends.rule_duration(), "{{group}}"),
            unit="s",
            width=6,
        ),
        time_series(
            "Failed evaluations",
            "In the time shown. Not zero: an alert may be blind. Prometheus' log says which rule.",
            over_time(backends.rule_failures(), "failed"),
            unit="short",
            width=6,
            meanings=["failed"],
        ),
        time_series(
            "Alerts held by Alertmanager",
            "active alerts are notified, suppressed ones are silenced or follow from another.",
            over_time(backends.alerts_held(), "{{state}}"),
            unit="none",
            width=6,
            meanings=colors.HELD_ALERTS,
        ),
        time_series(
            "Notifications (per minute)",
            "Sent and failed. Failed ones mean that alerts reach nobody.",
            over_time(backends.notifications(), "sent"),
            over_time(backends.notifications_failed(), "failed"),
            unit="short",
            width=6,
            meanings=["sent", "failed"],
        ),
    ],
)

DASHBOARD = Dashboard(
    "backends",
    "Backends",
    "Health, ingestion, queries, disk; series and labels by service; what a request costs in each signal.",
    [_NOW, _HEALTH, backends_cost.ROW, _ALERTING],
)
