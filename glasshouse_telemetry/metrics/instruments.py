"""The instruments of the telemetry contract, made once per registry."""

import logging
import os
import weakref
from collections.abc import Callable
from threading import RLock
from typing import Final

from opentelemetry import trace
from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from glasshouse_telemetry import names
from glasshouse_telemetry.metrics.counters import (
    ActiveRequests,
    Counts,
    log_lines_dropped,
    log_lines_written,
)
from glasshouse_telemetry.metrics.histograms import (
    DB_BUCKETS,
    BatchedDurations,
    Durations,
    StockDurations,
    exemplar_of,
)

_log = logging.getLogger("telemetry")

SERVER_LABELS: Final = (
    names.HTTP_REQUEST_METHOD,
    names.HTTP_ROUTE,
    names.HTTP_RESPONSE_STATUS_CODE,
    names.URL_SCHEME,
    names.ERROR_TYPE,
)
CLIENT_LABELS: Final = (
    names.HTTP_REQUEST_METHOD,
    names.SERVER_ADDRESS,
    names.SERVER_PORT,
    names.SERVICE_PEER_NAME,
    names.HTTP_RESPONSE_STATUS_CODE,
    names.ERROR_TYPE,
)
DB_LABELS: Final = (
    names.DB_SYSTEM_NAME,
    names.DB_OPERATION_NAME,
    names.DB_COLLECTION_NAME,
    names.ERROR_TYPE,
)


class Instruments:
    """Everything that the library itself records into one registry, which may be forgotten before it."""

    def __init__(self, registry: CollectorRegistry, *, batched: bool = True) -> None:
        """`batched`: count durations in batches; otherwise by prometheus-client's own histogram."""
        self._registry = weakref.ref(registry)
        kind = BatchedDurations if batched else StockDurations
        self.server_durations: Durations = kind(
            names.HTTP_SERVER_REQUEST_DURATION, "Duration of HTTP requests served", SERVER_LABELS
        )
        self.client_durations: Durations = kind(
            names.HTTP_CLIENT_REQUEST_DURATION, "Duration of HTTP requests made", CLIENT_LABELS
        )
        self.db_durations: Durations = kind(
            names.DB_CLIENT_OPERATION_DURATION, "Duration of database operations", DB_LABELS, DB_BUCKETS
        )
        self.spans_processed = Counts(
            names.SPANS_PROCESSED,
            "Spans handed to the exporter (no error_type) or dropped before",
            names.ERROR_TYPE,
            known=("", names.QUEUE_FULL),
        )
        self.spans_exported = Counts(
            names.SPANS_EXPORTED,
            "Spans delivered (no error_type) or given up",
            names.ERROR_TYPE,
            known=("",),
        )
        self.span_queue = SpanQueueSize()
        self.active_requests = ActiveRequests()
        self._collectors: weakref.WeakSet[Collector] = weakref.WeakSet()
        self.conflicts = [
            error
            for each in (
                *(durations.collector for durations in self._durations()),
                self.spans_processed,
                self.spans_exported,
                log_lines_written,
                log_lines_dropped,
                self.span_queue,
                self.active_requests,
            )
            if (error := self.register(each))
        ]

    def _durations(self) -> tuple[Durations, ...]:
        return self.server_durations, self.client_durations, self.db_durations

    @property
    def registry(self) -> CollectorRegistry:
        """The registry; prometheus-client's global one when it has been forgotten."""
        return self._registry() or REGISTRY

    def before_reading(self, settle: Callable[[], object]) -> None:
        """Have `settle` called before anybody reads a duration: it records what is not recorded yet."""
        for each in self._durations():
            if isinstance(each, BatchedDurations):
                each.before_reading = settle

    def register(self, collector: Collector) -> str:
        """Add a collector that reads its values at each scrape; again does nothing.

        Returns why that is impossible: where the app has a metric of the same name, the app's stays.
        """
        if collector not in self._collectors:
            self._collectors.add(collector)
            try:
                self.registry.register(collector)
            except ValueError as error:
                return str(error)
        return ""


class SpanQueueSize(Collector):
    """Spans waiting for delivery, and how many may."""

    def __init__(self) -> None:
        self.capacity = 0
        self.size: Callable[[], int] = lambda: 0

    def describe(self) -> list[GaugeMetricFamily]:
        return self.collect()

    def collect(self) -> list[GaugeMetricFamily]:
        return [
            GaugeMetricFamily(names.SPAN_QUEUE_SIZE, "Spans waiting for delivery", value=self.size()),
            GaugeMetricFamily(
                names.SPAN_QUEUE_CAPACITY, "Spans that may wait for delivery", value=self.capacity
            ),
        ]


_creating: Final = RLock()  # a finalizer that makes an observed call may come while they are made
_by_registry: weakref.WeakKeyDictionary[CollectorRegistry, Instruments] = weakref.WeakKeyDictionary()
_first: weakref.ref[CollectorRegistry] | None = None


def instruments(registry: CollectorRegistry | None = None) -> Instruments:
    """The instruments of a registry: given, or the first that was used, or prometheus-client's global one."""
    chosen = registry or (_first and _first()) or REGISTRY
    return _by_registry.get(chosen) or _create(chosen)


def _create(registry: CollectorRegistry) -> Instruments:
    global _first
    with _creating:
        made = _by_registry.get(registry)
        if made is not None:
            return made
        # In prometheus-client's multi-process mode values are kept in files, by its own instruments.
        made = Instruments(registry, batched=not os.environ.get("PROMETHEUS_MULTIPROC_DIR"))
        _by_registry[registry] = made
        if _first is None or _first() is None:
            _first = weakref.ref(registry)
    for conflict in made.conflicts:
        _log.warning("a metric of the app's own stands in the way of one of ours: %s", conflict)
    return made


def exemplar(span: trace.Span | None = None) -> dict[str, str] | None:
    """What leads from a measurement to this span, or the current one. None when the span is not kept.

    For metrics of one's own: `PLACED.inc(exemplar=telemetry.exemplar())`.
    """
    return exemplar_of((span or trace.get_current_span()).get_span_context())
