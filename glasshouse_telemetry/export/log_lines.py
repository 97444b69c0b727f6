"""Pushing log lines: the JSON lines of the library as OTLP log records, in batches, each delivered once.

A record says what the Collector makes of the same line when it reads it from a file:
message, time, severity and trace context are fields of the record, everything else is among its attributes.
"""

import json
import logging
import os
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from sys import getsizeof
from typing import Any, Final

from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, SeverityNumber
from opentelemetry.sdk.resources import Resource

from glasshouse_telemetry import names
from glasshouse_telemetry._forks import weakly
from glasshouse_telemetry._resource import of_this_process
from glasshouse_telemetry.export import otlp_values
from glasshouse_telemetry.export.outcome import RequestSender
from glasshouse_telemetry.export.request_delivery import RequestDelivery
from glasshouse_telemetry.export.settings import LogQueueSettings

_log = logging.getLogger("telemetry.export")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBERS: Final = {
    "DEBUG": SeverityNumber.SEVERITY_NUMBER_DEBUG,
    "INFO": SeverityNumber.SEVERITY_NUMBER_INFO,
    "WARNING": SeverityNumber.SEVERITY_NUMBER_WARN,
    "ERROR": SeverityNumber.SEVERITY_NUMBER_ERROR,
    "CRITICAL": SeverityNumber.SEVERITY_NUMBER_FATAL,
}
_Queued = tuple[str, str]  # severity and line


@dataclass
class _Flush:
    done: threading.Event = field(default_factory=threading.Event)


class LogLineQueue:
    """Keeps log lines until they are delivered.

    `put` never waits, and a signal handler or a finalizer that interrupts it may put another line. While the
    receiver is away the first batch is tried again, with growing pauses, and the queue fills behind it; once
    that is full new lines are dropped. `count_delivered` and `count_dropped` are told of every line, with its
    severity or with why it was dropped, by the thread that delivers.
    """

    def __init__(
        self,
        resource: Resource,
        make_sender: Callable[[], RequestSender],
        settings: LogQueueSettings | None = None,
        *,
        count_delivered: Callable[[str, int], None] = lambda severity, lines: None,
        count_dropped: Callable[[str, int], None] = lambda reason, lines: None,
    ) -> None:
        self._resource = resource
        self._make_sender = make_sender
        self._settings = settings or LogQueueSettings.from_env()
        self._count_delivered = count_delivered
        self._count_dropped = count_dropped
        self._ended = False
        self._begin()
        os.register_at_fork(after_in_child=weakly(self._begin))

    def _begin(self) -> None:
        """Also in a forked child: the lines of the parent stay with the parent."""
        self._lines: deque[_Queued] = deque()
        self._bytes = 0  # of the lines that wait; about right between two batches, exact after each
        self._in_flight = 0
        self._refused = {names.QUEUE_FULL: 0, names.ALREADY_SHUTDOWN: 0}
        self._reported = dict(self._refused)
        self._wakes: SimpleQueue[_Flush | None] = SimpleQueue()
        self._thread_sleeps = True
        self._starting = threading.Lock()  # only ever tried
        self._thread: threading.Thread | None = None
        self._delivery = RequestDelivery("log lines", self._make_sender, self._settings.give_up_after)
        self._instance = of_this_process(self._resource)

    def put(self, severity: str, line: str) -> None:
        """`line`: one JSON object as the library writes it."""
        settings, size = self._settings, getsizeof(line)
        if self._ended:
            self._refused[names.ALREADY_SHUTDOWN] += 1
            return
        if len(self._lines) >= settings.capacity or self._bytes + size > settings.capacity_bytes:
            self._refused[names.QUEUE_FULL] += 1
            return
        self._bytes += size
        self._lines.append((severity, line))
        if self._thread_sleeps:
            self._thread_sleeps = False
            self._wakes.put(None)
            if self._thread is None:
                self._start_thread()
        elif len(self._lines) == settings.batch_size:
            self._wakes.put(None)

    def force_flush(self, timeout: float = 5.0) -> bool:
        """Wait until the lines put so far are delivered or given up; False when that takes longer."""
        if self._ended:
            return not self._lines
        flush = _Flush()
        self._wakes.put(flush)
        if self._thread is None:
            self._start_thread()
        return self._thread is not None and flush.done.wait(timeout)

    def shutdown(self, timeout: float = 5.0) -> None:
        """Deliver what is queued, for at most `timeout` seconds, and count what is left."""
        if self._ended:
            return
        self._ended = True
        self._delivery.end(timeout)
        self._wakes.put(None)
        if self._thread is not None:
            self._thread.join(timeout)
        elif self._lines:  # an interpreter that is about to end refused to start a thread
            self._deliver_queue()
        if left := len(self._lines) + self._in_flight:
            self._lines.clear()
            self._count_dropped(names.SHUTDOWN_TIMEOUT, left)
            _log.warning("%d log lines could not be delivered before the end", left)
        self._report_refused()

    def _start_thread(self) -> None:
        if not self._starting.acquire(blocking=False):
            return
        thread = threading.Thread(target=self._run, name="telemetry-log-lines", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # out of threads: the next line tries again
            self._thread_sleeps = True
            self._starting.release()
        else:
            self._thread = thread

    def _run(self) -> None:
        with suppress_instrumentation():
            while not self._delivery.ending:
                flushes = self._wait_for_lines()
                self._deliver_queue()
                self._report_refused()
                for flush in flushes:
                    flush.done.set()
            self._deliver_queue()
            self._delivery.close()
            while not self._wakes.empty():
                if (waiting := self._wakes.get()) is not None:
                    waiting.done.set()

    def _wait_for_lines(self) -> list[_Flush]:
        """Until there are some and no others came for a while, or enough, or somebody waits for them."""
        self._thread_sleeps = True
        # Who puts a line looks at the flag afterwards: one of the two always sees the other.
        wakes: list[_Flush | None] = [None] if self._lines and self._wakes.empty() else [self._wakes.get()]
        self._thread_sleeps = False
        if wakes == [None] and not self._delivery.ending:
            with suppress(Empty):
                wakes.append(self._wakes.get(timeout=self._settings.delay))
        while not self._wakes.empty():
            wakes.append(self._wakes.get())
        return [each for each in wakes if each is not None]

    def _deliver_queue(self) -> None:
        due = len(self._lines)
        while due > 0 and self._lines and self._delivery.has_time():
            batch = self._take_batch()
            due -= len(batch)
            try:
                self._deliver(batch)
            except Exception as error:
                self._count_dropped(type(error).__name__, len(batch))
                _log.exception("log lines could not be delivered")
            self._in_flight = 0

    def _take_batch(self) -> list[_Queued]:
        settings, size = self._settings, 0
        batch: list[_Queued] = []
        while self._lines and len(batch) < settings.batch_size and size < settings.batch_bytes:
            batch.append(self._lines.popleft())
            size += getsizeof(batch[-1][1])
        self._in_flight = len(batch)
        self._bytes = sum(getsizeof(line) for _, line in list(self._lines))
        return batch

    def _deliver(self, batch: Sequence[_Queued]) -> None:
        outcome = self._delivery.deliver(request(batch, self._instance))
        if outcome.too_large and len(batch) > 1:
            middle = len(batch) // 2
            self._deliver(batch[:middle])
            self._deliver(batch[middle:])
        elif outcome.delivered:
            for severity, lines in Counter(severity for severity, _ in batch).items():
                self._count_delivered(severity, lines)
        else:
            self._count_dropped(outcome.error_type, len(batch))

    def _report_refused(self) -> None:
        for reason, lines in self._refused.items():
            if new := lines - self._reported[reason]:
                self._reported[reason] = lines
                self._count_dropped(reason, new)


def request(lines: Iterable[_Queued], resource: Resource) -> bytes:
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
