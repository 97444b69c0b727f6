"""Pushing log lines: the JSON lines of the library as OTLP log records, in batches, each delivered once.

A record says what the Collector makes of the same line when it reads it from a file:
message, time, severity and trace context are fields of the record, everything else is among its attributes.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from sys import getsizeof
from typing import Any, Final

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, SeverityNumber
from opentelemetry.sdk.resources import Resource

from glasshouse_telemetry import names
from glasshouse_telemetry._resource import of_this_process
from glasshouse_telemetry.export import otlp_values
from glasshouse_telemetry.export.outcome import Destination, Outcome, RequestSender
from glasshouse_telemetry.export.queue import ExportQueue
from glasshouse_telemetry.export.settings import QueueSettings

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBERS: Final = {
    "DEBUG": SeverityNumber.SEVERITY_NUMBER_DEBUG,
    "INFO": SeverityNumber.SEVERITY_NUMBER_INFO,
    "WARNING": SeverityNumber.SEVERITY_NUMBER_WARN,
    "ERROR": SeverityNumber.SEVERITY_NUMBER_ERROR,
    "CRITICAL": SeverityNumber.SEVERITY_NUMBER_FATAL,
}
_Line = tuple[str, str]  # its severity, and the JSON object


class LogLineQueue:
    """Keeps log lines until they are delivered, as the span queue does with spans (export/queue.py).

    `count_delivered` is told the severity of lines that arrived, `count_dropped` why others did not. Neither
    may block or raise.
    """

    def __init__(
        self,
        resource: Resource,
        make_sender: Callable[[], RequestSender],
        settings: QueueSettings | None = None,
        *,
        count_delivered: Callable[[str, int], None] = lambda severity, lines: None,
        count_dropped: Callable[[str, int], None] = lambda reason, lines: None,
    ) -> None:
        destination = Destination(
            make_sender=lambda: _LineSender(make_sender(), of_this_process(resource)),
            prepare=lambda line: line,
            size_of=lambda line: getsizeof(line[1]),
            name_of=lambda line: line[1][:80],
            noun="log line",
        )
        settings = settings or QueueSettings.for_log_lines()
        self._queue = _CountingQueue(destination, settings, count_delivered, count_dropped)

    def put(self, severity: str, line: str) -> None:
        """`line`: one JSON object as the library writes it. Never waits, and may be called from anywhere."""
        self._queue.put((severity, line))

    def force_flush(self, timeout: float = 5.0) -> bool:
        """Wait until the lines put so far are delivered or given up; False when that takes longer."""
        return self._queue.flush(timeout)

    def shutdown(self, timeout: float = 5.0) -> None:
        """Deliver what is queued, for at most `timeout` seconds, and count what is left."""
        self._queue.shutdown(timeout)


class _CountingQueue(ExportQueue):
    def __init__(
        self,
        destination: Destination,
        settings: QueueSettings,
        count_delivered: Callable[[str, int], None],
        count_dropped: Callable[[str, int], None],
    ) -> None:
        self._count_delivered = count_delivered
        self._count_dropped = count_dropped
        super().__init__(destination, settings, _Dropped(count_dropped), _Dropped(count_dropped))

    def _count_exported(self, error_type: str, items: Sequence[_Line]) -> None:
        if error_type:
            self._count_dropped(error_type, len(items))
        else:
            for severity, lines in Counter(severity for severity, _ in items).items():
                self._count_delivered(severity, lines)


class _Dropped:
    def __init__(self, count: Callable[[str, int], None]) -> None:
        self._count = count

    def add(self, value: str, amount: int = 1) -> None:
        if value:
            self._count(value, amount)


class _LineSender:
    def __init__(self, sender: RequestSender, resource: Resource) -> None:
        self._sender = sender
        self._resource = resource

    def send(self, batch: Sequence[_Line]) -> Outcome:
        return self._sender.send(request(batch, self._resource))

    def close(self) -> None:
        self._sender.close()


def request(lines: Iterable[_Line], resource: Resource) -> bytes:
    """An ExportLogsServiceRequest. Lines that name another service than the resource go under theirs."""
    message = ExportLogsServiceRequest()
    groups: dict[str, Any] = {}
    for severity, line in lines:
        fields = _fields(line)
        service = str(fields.pop(names.SERVICE, resource.attributes.get(names.SERVICE_NAME, "")))
        if service not in groups:
            of_service = resource.merge(Resource({names.SERVICE_NAME: service}))
            group = message.resource_logs.add(
                resource=otlp_values.resource_message(of_service), schema_url=resource.schema_url
            )
            groups[service] = group.scope_logs.add()
            groups[service].scope.name = names.SCOPE
        groups[service].log_records.append(_record(severity, fields))
    return message.SerializeToString()


def _fields(line: str) -> dict[str, Any]:
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        fields = None
    return fields if isinstance(fields, dict) else {names.MESSAGE: line}


def _record(severity: str, fields: dict[str, Any]) -> LogRecord:
    severity = str(fields.pop(names.SEVERITY, severity))
    at = _nanoseconds(fields.pop(names.TIMESTAMP, None))
    record = LogRecord(
        time_unix_nano=at,
        observed_time_unix_nano=at,
        severity_text=otlp_values.text(severity),
        severity_number=_NUMBERS.get(severity, SeverityNumber.SEVERITY_NUMBER_UNSPECIFIED),
        body=otlp_values.any_value(fields.pop(names.MESSAGE, "")),
    )
    if (trace_id := otlp_values.id_bytes(fields.get(names.TRACE_ID), 16)) is not None:
        record.trace_id = trace_id
        del fields[names.TRACE_ID]
    if (span_id := otlp_values.id_bytes(fields.get(names.SPAN_ID), 8)) is not None:
        record.span_id = span_id
        del fields[names.SPAN_ID]
    record.attributes.extend(otlp_values.attributes(fields))
    return record


def _nanoseconds(timestamp: object) -> int:
    """To the microsecond that the line has: seconds as a float would not be exact."""
    try:
        since = datetime.fromisoformat(str(timestamp)) - _EPOCH
    except (ValueError, TypeError):
        return time.time_ns()
    return (since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * 1000
