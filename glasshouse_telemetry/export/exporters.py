"""Which exporters the environment names for a signal: OTEL_METRICS_EXPORTER, OTEL_LOGS_EXPORTER."""

import logging
import os
from typing import Final, NamedTuple

_log = logging.getLogger("telemetry.export")
_OF_LOG_LINES: Final = frozenset({"otlp", "console", "none"})


class LogDestinations(NamedTuple):
    """`local`: standard output or the log file."""

    local: bool
    otlp: bool


def exporters_named(variable: str) -> frozenset[str]:
    """The names in a comma-separated list; none where the variable is not set or says `none`."""
    listed = (name.strip() for name in os.environ.get(variable, "").split(","))
    return frozenset(name for name in listed if name) - {"none"}


def log_destinations() -> LogDestinations:
    """Where log lines go. Without OTEL_LOGS_EXPORTER they are written locally, for a Collector to read."""
    if not os.environ.get("OTEL_LOGS_EXPORTER", "").strip():
        return LogDestinations(local=True, otlp=False)
    named = exporters_named("OTEL_LOGS_EXPORTER")
    if unknown := named - _OF_LOG_LINES:
        _log.warning("OTEL_LOGS_EXPORTER names %s: no log lines go there", ", ".join(sorted(unknown)))
    return LogDestinations(local="console" in named, otlp="otlp" in named)
