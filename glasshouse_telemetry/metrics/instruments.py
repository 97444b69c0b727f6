"""The instruments of the telemetry contract, made once per registry."""

from collections.abc import Callable
from threading import Lock

from opentelemetry import trace
from prometheus_client import REGISTRY, CollectorRegistry, Gauge
from prometheus_client.registry import Collector

from glasshouse_telemetry import names
from glasshouse_telemetry.metrics.active_requests import ActiveRequests
from glasshouse_telemetry.metrics.batched_histogram import DB_BUCKETS, Counts, Durations, exemplar_of


class Instruments:
    """Everything that the library itself records into one registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self.server_durations = Durations(
            names.HTTP_SERVER_REQUEST_DURATION,
            "Duration of HTTP requests served",
            (names.HTTP_REQUEST_METHOD, names.HTTP_ROUTE, names.HTTP_RESPONSE_STATUS_CODE),
            registry,
        )
        self.client_durations = Durations(
            names.HTTP_CLIENT_REQUEST_DURATION,
            "Duration of HTTP requests made",
            (
                names.HTTP_REQUEST_METHOD,
                names.SERVER_ADDRESS,
                names.SERVER_PORT,
                names.SERVICE_PEER_NAME,
                names.HTTP_RESPONSE_STATUS_CODE,
                names.ERROR_TYPE,
            ),
            registry,
        )
        self.db_durations = Durations(
            names.DB_CLIENT_OPERATION_DURATION,
            "Duration of database operations",
            (names.DB_SYSTEM_NAME, names.DB_OPERATION_NAME, names.DB_COLLECTION_NAME, names.ERROR_TYPE),
            registry,
            DB_BUCKETS,
        )
        self.spans_processed = Counts(
            names.SPANS_PROCESSED,
            "Spans handed to the exporter (no error_type) or dropped before",
            names.ERROR_TYPE,
            registry,
            known=("", names.QUEUE_FULL),
        )
        self.spans_exported = Counts(
            names.SPANS_EXPORTED,
            "Spans delivered (no error_type) or given up",
            names.ERROR_TYPE,
            registry,
            known=("",),
        )
        self.log_lines_written = Counts(
            names.LOG_LINES_WRITTEN, "Log lines written", names.SEVERITY, registry, known=("INFO", "ERROR")
        )
        self.log_lines_dropped = Counts(
            names.LOG_LINES_DROPPED,
            "Log lines that could not be written",
            names.ERROR_TYPE,
            registry,
            known=("OSError",),
        )
        self.queue_size = Gauge(names.SPAN_QUEUE_SIZE, "Spans waiting for delivery", registry=registry)
        self.queue_capacity = Gauge(
            names.SPAN_QUEUE_CAPACITY, "Spans that may wait for delivery", registry=registry
        )
        self.active_requests = ActiveRequests()
        registry.register(self.active_requests)
        self._registered: set[Collector] = set()

    def settle_first(self, settle: Callable[[], None]) -> None:
        """Before anybody reads a duration, `settle` notes those that are not even noted yet."""
        for each in (self.server_durations, self.client_durations, self.db_durations):
            each.settle_first(settle)

    def register(self, collector: Collector) -> None:
        """Add a collector that reads its values at each scrape; again does nothing."""
        if collector not in self._registered:
            self._registered.add(collector)
            self.registry.register(collector)


_lock = Lock()
_by_registry: dict[CollectorRegistry, Instruments] = {}


def instruments(registry: CollectorRegistry | None = None) -> Instruments:
    """The instruments of a registry: given, or the first that was used, or prometheus-client's global one."""
    if registry is None and _by_registry:
        return next(iter(_by_registry.values()))
    with _lock:
        chosen = registry or REGISTRY
        if chosen not in _by_registry:
            _by_registry[chosen] = Instruments(chosen)
        return _by_registry[chosen]


def exemplar(span: trace.Span | None = None) -> dict[str, str] | None:
    """What leads from a measurement to this span, or the current one. None when the span is not kept.

    For metrics of one's own: `PLACED.inc(exemplar=telemetry.exemplar())`.
    """
    context = (span or trace.get_current_span()).get_span_context()
    if not (context.is_valid and context.trace_flags.sampled):
        return None
    return exemplar_of(context)
