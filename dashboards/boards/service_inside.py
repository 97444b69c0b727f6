"""The rows of Service on its process, and on what it said: log lines and traces."""

from dashboards import colors
from dashboards.layout import Row
from dashboards.limits import LATENCY_S
from dashboards.panels import logs, time_series
from dashboards.queries import logs as log_queries
from dashboards.queries import runtime
from dashboards.tables import found_traces
from dashboards.targets import lines, lines_over_time, over_time, traces
from dashboards.thresholds import bad_above

_SLOW = f"{round(LATENCY_S * 1000)}ms"

_RUNTIME = Row(
    "Process",
    [
        time_series(
            "Processor",
            "Cores in use. Python runs on one at a time: near 1, more threads do not help, more instances "
            "do.",
            over_time(runtime.processors_used(), "{{instance}}"),
            unit="none",
            width=6,
            limits=bad_above(0.7, 0.9),
        ),
        time_series(
            "Memory",
            "Resident memory. A saw-tooth is normal; a line that only climbs is a leak.",
            over_time(runtime.memory(), "{{instance}}"),
            unit="bytes",
            width=6,
        ),
        time_series(
            "Garbage collection",
            "Collections per second by generation. Many of generation 2 mean many long-lived objects.",
            over_time(runtime.collections(), "generation {{generation}}"),
            unit="ops",
            width=6,
        ),
        time_series(
            "File descriptors in use",
            "Share of what the process may open. A line that climbs is a connection or file that nobody "
            "closes.",
            over_time(runtime.files_used(), "{{instance}}"),
            unit="percentunit",
            width=6,
            limits=bad_above(0.6, 0.85),
        ),
    ],
)

_WORDS = Row(
    "Logs and traces",
    [
        time_series(
            "Log lines by severity",
            "Lines per second. More lines per request than usual are a flood; fewer mean that something "
            "went silent.",
            lines_over_time(log_queries.by_severity(), "{{detected_level}}"),
            unit="cps",
            width=24,
            height=6,
            stacked=True,
            bars=True,
            meanings=colors.LOG_LEVELS,
        ),
        logs(
            "Log lines",
            "The newest first. Open a line to see its fields; TraceID leads to its trace.",
            lines(log_queries.of_service()),
        ),
        found_traces(
            "Slow traces",
            f"Traces with a span of this service over {_SLOW}, as its objective has it. The longest span "
            "without children is where the time went.",
            traces("$service", longer_than=_SLOW),
        ),
        found_traces(
            "Failed traces",
            "Traces in which a span of this service failed. Calls that others answered with 4xx count as "
            "failed too.",
            traces("$service", tags="error=true"),
        ),
    ],
)

ROWS = (_RUNTIME, _WORDS)
