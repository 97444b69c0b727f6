"""The row of Backends on what telemetry costs, and who makes it cost so much."""

from dashboards.layout import Row
from dashboards.panels import time_series
from dashboards.queries import backends
from dashboards.tables import table
from dashboards.targets import now, over_time
from dashboards.thresholds import PLAIN

ROW = Row(
    "Cost and cardinality",
    [
        time_series(
            "Bytes per request, by signal",
            "What a request at the gateway costs in traces (jaeger), logs (loki) and metrics (prometheus), "
            "as delivered, before compression. Metrics cost the same without any request: their share falls "
            "as traffic grows, and below a request per second there is no line.",
            over_time(backends.bytes_per_request(), "{{exporter}}"),
            unit="bytes",
            width=8,
        ),
        time_series(
            "Items per request",
            "Spans and log lines per request at the gateway. A step up is a new loop, or a log line in one.",
            *(over_time(query, name) for name, query in backends.items_per_request().items()),
            unit="short",
            width=8,
        ),
        time_series(
            "Bytes per day at this rate",
            "What goes to each backend if it goes on like this, before compression.",
            over_time(backends.bytes_per_day(), "{{exporter}}"),
            unit="bytes",
            width=8,
        ),
        time_series(
            "Series by service",
            "Series that each /metrics has. One that climbs steadily has a label with too many values.",
            over_time(backends.series_by_service(), "{{job}}"),
            unit="short",
            many=True,
        ),
        time_series(
            "New series per hour",
            "Restarts and first requests make some. A rate that stays is a label that never ends.",
            over_time(backends.series_made(), "new"),
            unit="short",
        ),
        table(
            "Metrics with the most series",
            "Where to begin when there are too many. Histograms have a series for each bucket.",
            {"Series": now(backends.largest_metrics())},
            keys={"__name__": "Metric"},
            columns={"Series": ("short", PLAIN)},
            sort_by="Series",
        ),
        table(
            "Services with the most series",
            "Metrics of their own and those made of their spans.",
            {"Series": now(backends.largest_services())},
            keys={"service_name": "Service"},
            columns={"Series": ("short", PLAIN)},
            sort_by="Series",
        ),
    ],
)
