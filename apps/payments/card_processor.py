"""The client of the card processor: each call is a client span and a duration. No card data is in either."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode

from apps.payments import metrics
from apps.payments.payments import CardProcessor
from chassis.errors import UpstreamFailed
from glasshouse_telemetry import exemplar, names

PEER = "card-processor"


class ObservedCardProcessor:
    """Another card processor, seen from outside. The network's own client would go where the fake stands."""

    def __init__(self, processor: CardProcessor) -> None:
        self._processor = processor

    def authorize(self, order_id: str, amount_cents: int, card_token: str) -> str | None:
        with _call("authorize", order_id) as call:
            declined = self._processor.authorize(order_id, amount_cents, card_token)
            call.outcome = "declined" if declined else "done"
            return declined

    def capture(self, order_id: str, amount_cents: int) -> None:
        with _call("capture", order_id):
            self._processor.capture(order_id, amount_cents)

    def reverse(self, order_id: str) -> None:
        with _call("reverse", order_id):
            self._processor.reverse(order_id)


class _Call:
    outcome = "done"


@contextmanager
def _call(operation: str, order_id: str) -> Iterator[_Call]:
    call = _Call()
    started = perf_counter()
    attributes = {names.SERVICE_PEER_NAME: PEER, "card_processor.operation": operation, "order.id": order_id}
    tracer = trace.get_tracer(__name__)
    with tracer.start_as_current_span(
        f"{PEER} {operation}", kind=SpanKind.CLIENT, attributes=attributes, set_status_on_exception=False
    ) as span:
        try:
            yield call
        except UpstreamFailed as failure:
            call.outcome = "failed"
            span.set_attribute(names.ERROR_TYPE, failure.code)
            span.set_status(StatusCode.ERROR)
            raise
        finally:
            span.set_attribute("card_processor.outcome", call.outcome)
            duration = metrics.processor_duration.labels(operation, call.outcome)
            duration.observe(perf_counter() - started, exemplar(span))
