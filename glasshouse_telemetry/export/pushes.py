"""What the environment wants pushed beside spans: the metrics of this process, and its log lines."""

from typing import Final

from opentelemetry.sdk.resources import Resource
from prometheus_client import CollectorRegistry

from glasshouse_telemetry._exit import at_exit
from glasshouse_telemetry.export.destinations import otlp_sender
from glasshouse_telemetry.export.exporters import log_destinations
from glasshouse_telemetry.export.log_lines import LogLineQueue
from glasshouse_telemetry.export.metrics import MetricsPush, start_metrics_push
from glasshouse_telemetry.logs.handler import write_nowhere
from glasshouse_telemetry.logs.output import output
from glasshouse_telemetry.metrics.counters import log_lines_dropped, log_lines_written


class _Pushes:
    """At most one of each in a process."""

    metrics: MetricsPush | None = None
    lines: LogLineQueue | None = None


_pushes: Final = _Pushes()


def start_metrics(registry: CollectorRegistry, resource: Resource) -> None:
    """Push this registry, where OTEL_METRICS_EXPORTER says so. The first registry of a process is the one."""
    if _pushes.metrics is None:
        push = _pushes.metrics = start_metrics_push(registry, resource)
        if push is not None:
            at_exit(push.shutdown)


def start_log_lines(resource: Resource) -> None:
    """Push log lines, where OTEL_LOGS_EXPORTER says so; they are written locally where it says `console`."""
    wanted = log_destinations()
    if not wanted.local:
        write_nowhere()
    if wanted.otlp and _pushes.lines is None and (make_sender := otlp_sender("logs")) is not None:
        queue = _pushes.lines = LogLineQueue(
            resource,
            make_sender,
            # Lines that are written, too, are counted there.
            count_delivered=_count_nothing if wanted.local else log_lines_written.add,
            count_dropped=log_lines_dropped.add,
        )
        output.push = queue.put
        at_exit(queue.shutdown)


def flush(timeout: float) -> bool:
    """Wait up to `timeout` seconds for each until what waits has been pushed."""
    flushed = [each.force_flush(timeout) for each in (_pushes.metrics, _pushes.lines) if each is not None]
    return all(flushed)


def _count_nothing(severity: str, lines: int) -> None:
    pass
