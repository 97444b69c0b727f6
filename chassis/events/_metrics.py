"""The instruments of messaging, made once per registry."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Final

from opentelemetry.trace import Span
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram

from chassis.events import _names as names
from chassis.events._broker import QueueStats
from chassis.events._message import Message
from chassis.events._outbox import OutboxStats
from glasshouse_telemetry.names import ERROR_TYPE, SPAN_ID, TRACE_ID, label

# The advice of the semantic conventions for both durations.
BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
_COMMON: Final = (names.SYSTEM, names.OPERATION_NAME, names.DESTINATION_NAME)
_CONSUMER: Final = (*_COMMON, names.CONSUMER_GROUP_NAME, names.EVENT_TYPE)
_STATES: Final = ("waiting", "in_flight", "dead")

# The values of _CONSUMER.
ConsumerLabels = tuple[str, str, str, str, str]


class MessagingMetrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        self._publish_duration = Histogram(
            names.CLIENT_OPERATION_DURATION,
            "Duration of publishing one message, until the broker has confirmed it",
            _labels(*_COMMON, ERROR_TYPE),
            buckets=BUCKETS,
            registry=registry,
        )
        self._sent = Counter(
            names.CLIENT_SENT_MESSAGES,
            "Attempts to publish a message",
            _labels(*_COMMON, names.EVENT_TYPE, ERROR_TYPE),
            registry=registry,
        )
        self._consumed = Counter(
            names.CLIENT_CONSUMED_MESSAGES,
            "Messages by what became of them",
            _labels(*_CONSUMER, names.EVENT_OUTCOME),
            registry=registry,
        )
        self._process_duration = Histogram(
            names.PROCESS_DURATION,
            "Duration of handling one message, its transaction included",
            _labels(*_CONSUMER, ERROR_TYPE),
            buckets=BUCKETS,
            registry=registry,
        )
        group = _labels(names.CONSUMER_GROUP_NAME)
        self._queue = Gauge(names.QUEUE_MESSAGES, "Messages by state", [*group, "state"], registry=registry)
        self._queue_age = Gauge(
            names.QUEUE_OLDEST_AGE, "Age of the oldest message that is not settled", group, registry=registry
        )
        self._unpublished = Gauge(names.OUTBOX_UNPUBLISHED, "Messages to be published", registry=registry)
        self._lag = Gauge(names.OUTBOX_LAG, "Age of the oldest message to be published", registry=registry)

    def note_published(
        self, message: Message, system: str, error_type: str, seconds: float, span: Span
    ) -> None:
        common = (system, names.PUBLISH, message.exchange)
        self._sent.labels(*common, message.type, error_type).inc()
        self._publish_duration.labels(*common, error_type).observe(seconds, exemplar_of(span))

    def note_outcome(self, labels: ConsumerLabels, outcome: str) -> None:
        self._consumed.labels(*labels, outcome).inc()

    def note_processed(self, labels: ConsumerLabels, error_type: str, seconds: float, span: Span) -> None:
        self._process_duration.labels(*labels, error_type).observe(seconds, exemplar_of(span))

    def note_outbox(self, stats: OutboxStats) -> None:
        self._unpublished.set(stats.unpublished)
        _set_age(self._lag, stats.oldest)

    def note_queue(self, queue: str, stats: QueueStats) -> None:
        counts = (stats.depth - stats.in_flight, stats.in_flight, stats.dead)
        for state, count in zip(_STATES, counts, strict=True):
            self._queue.labels(queue, state).set(count)
        _set_age(self._queue_age.labels(queue), stats.oldest)


@cache
def messaging_metrics(registry: CollectorRegistry = REGISTRY) -> MessagingMetrics:
    return MessagingMetrics(registry)


def _labels(*attributes: str) -> Sequence[str]:
    return [label(each) for each in attributes]


def exemplar_of(span: Span) -> dict[str, str] | None:
    """What leads from a histogram to this span; nothing when the span is not kept."""
    context = span.get_span_context()
    if not (context.is_valid and context.trace_flags.sampled):
        return None
    return {TRACE_ID: format(context.trace_id, "032x"), SPAN_ID: format(context.span_id, "016x")}


def _set_age(gauge: Gauge, since: datetime | None) -> None:
    """Reckoned when scraped: it goes on growing when whoever looks into the queue hangs."""
    if since is None:
        gauge.set_function(lambda: 0.0)
    else:
        gauge.set_function(lambda: max(0.0, (datetime.now(UTC) - since).total_seconds()))
