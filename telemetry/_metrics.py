"""The instruments, made once per registry."""

from collections.abc import Sequence
from threading import Lock
from typing import Final

from opentelemetry import trace
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram

from telemetry import names

# The advice of the semantic conventions for http.server.request.duration.
BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
_METHOD = names.label(names.HTTP_REQUEST_METHOD)
_STATUS = names.label(names.HTTP_RESPONSE_STATUS_CODE)
_ERROR = names.label(names.ERROR_TYPE)


class Durations:
    """A histogram of seconds. Label children are looked up once for each combination of values."""

    def __init__(self, name: str, text: str, labels: Sequence[str], registry: CollectorRegistry) -> None:
        self._histogram = Histogram(name, text, labels, buckets=BUCKETS, registry=registry)
        self._children: dict[tuple[str, ...], Histogram] = {}

    def record(self, labels: tuple[str, ...], seconds: float, exemplar: dict[str, str] | None = None) -> None:
        child = self._children.get(labels)
        if child is None:
            child = self._children[labels] = self._histogram.labels(*labels)
        child.observe(seconds, exemplar)


class Counts:
    """A counter with one label. The values given at the start are exported as 0 from the beginning."""

    def __init__(
        self, name: str, text: str, label: str, registry: CollectorRegistry, known: Sequence[str] = ()
    ) -> None:
        self._counter = Counter(name, text, (label,), registry=registry)
        self._children: dict[str, Counter] = {}
        for value in known:
            self.add(value, 0)

    def add(self, value: str, amount: int = 1) -> None:
        child = self._children.get(value)
        if child is None:
            child = self._children[value] = self._counter.labels(value)
        child.inc(amount)


class Instruments:
    """All metrics of the telemetry contract that the library itself records."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self.server_durations = Durations(
            names.HTTP_SERVER_REQUEST_DURATION,
            "Duration of HTTP requests served",
            (_METHOD, names.label(names.HTTP_ROUTE), _STATUS),
            registry,
        )
        self.active_requests = Gauge(
            names.HTTP_SERVER_ACTIVE_REQUESTS, "HTTP requests being served", (_METHOD,), registry=registry
        )
        peer = (names.SERVER_ADDRESS, names.SERVER_PORT, names.PEER_SERVICE)
        self.client_durations = Durations(
            names.HTTP_CLIENT_REQUEST_DURATION,
            "Duration of HTTP requests made",
            (_METHOD, *map(names.label, peer), _STATUS, _ERROR),
            registry,
        )
        query = (names.DB_SYSTEM_NAME, names.DB_OPERATION_NAME, names.DB_COLLECTION_NAME)
        self.db_durations = Durations(
            names.DB_CLIENT_OPERATION_DURATION,
            "Duration of database operations",
            (*map(names.label, query), _ERROR),
            registry,
        )
        self.spans_processed = Counts(
            names.SPANS_PROCESSED,
            "Spans handed to the exporter (error_type empty) or dropped before",
            _ERROR,
            registry,
            known=("", names.QUEUE_FULL),
        )
        self.spans_exported = Counts(
            names.SPANS_EXPORTED,
            "Spans delivered (error_type empty) or given up",
            _ERROR,
            registry,
            known=("",),
        )
        self.queue_size = Gauge(names.SPAN_QUEUE_SIZE, "Spans waiting for delivery", registry=registry)
        self.queue_capacity = Gauge(
            names.SPAN_QUEUE_CAPACITY, "Spans that may wait for delivery", registry=registry
        )
        self.log_lines_written = Counts(
            names.LOG_LINES_WRITTEN, "Log lines written", names.SEVERITY, registry, known=("INFO",)
        )
        self.log_lines_dropped = Counts(
            names.LOG_LINES_DROPPED, "Log lines that could not be written", _ERROR, registry
        )


_lock = Lock()
_by_registry: dict[CollectorRegistry, Instruments] = {}


def instruments(registry: CollectorRegistry | None = None) -> Instruments:
    """The instruments of a registry; without one, those of the process."""
    wanted = registry or REGISTRY
    found = _by_registry.get(wanted)
    if found is None:
        with _lock:
            found = _by_registry.get(wanted) or _by_registry.setdefault(wanted, Instruments(wanted))
    return found


def exemplar_of(span: trace.Span) -> dict[str, str] | None:
    """What leads from a histogram to this span; nothing when the span is not kept."""
    context = span.get_span_context()
    if not (context.is_valid and context.trace_flags.sampled):
        return None
    return {names.TRACE_ID: format(context.trace_id, "032x"), names.SPAN_ID: format(context.span_id, "016x")}
