"""A client's trace context decides nothing here; who sends the key goes on with a trace of their own."""

from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind

from glasshouse_telemetry.testing import capture_spans
from tests.unit.apps.gateway.conftest import OpenGateway
from tests.unit.chassis.fake_servers import FakeServer

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
HIDDEN = f"00-{TRACE}-{SPAN}-00"
SAMPLED = f"00-{TRACE}-{SPAN}-01"


@pytest.fixture
def spans(open_gateway: OpenGateway) -> Iterator[list[ReadableSpan]]:
    open_gateway()  # the provider is there before it is captured
    with capture_spans() as captured:
        yield captured


def server_span(spans: list[ReadableSpan]) -> ReadableSpan:
    (found,) = [span for span in spans if span.kind is SpanKind.SERVER]
    return found


@pytest.mark.parametrize("traceparent", [HIDDEN, SAMPLED])
@pytest.mark.parametrize("key", [{}, {"X-Trace-Key": ""}, {"X-Trace-Key": "guessed"}])
def test_a_clients_trace_is_linked_and_not_continued(
    open_gateway: OpenGateway,
    products: FakeServer,
    spans: list[ReadableSpan],
    traceparent: str,
    key: dict[str, str],
) -> None:
    headers = {"traceparent": traceparent, "tracestate": "a=b", "baggage": "user=eve", **key}
    open_gateway(trace_key="ours").test_client().get("/products", headers=headers)
    span = server_span(spans)
    assert span.parent is None
    assert span.context and f"{span.context.trace_id:032x}" != TRACE
    (link,) = span.links
    assert (f"{link.context.trace_id:032x}", f"{link.context.span_id:016x}") == (TRACE, SPAN)
    forwarded = products.seen[-1]
    assert (forwarded.header("baggage"), forwarded.header("tracestate")) == (None, None)
    assert TRACE not in (forwarded.header("traceparent") or "")
    flags = (forwarded.header("traceparent") or "00").rpartition("-")[2]
    assert int(flags, 16) & 1


def test_without_a_key_of_ones_own_an_empty_one_opens_nothing(
    open_gateway: OpenGateway, products: FakeServer, spans: list[ReadableSpan]
) -> None:
    headers = {"traceparent": SAMPLED, "X-Trace-Key": ""}
    open_gateway(trace_key="").test_client().get("/products", headers=headers)
    assert server_span(spans).parent is None


def test_nonsense_is_not_linked(
    open_gateway: OpenGateway, products: FakeServer, spans: list[ReadableSpan]
) -> None:
    open_gateway().test_client().get("/products", headers={"traceparent": "00-zz-zz-00"})
    assert list(server_span(spans).links) == []


def test_who_has_the_key_goes_on_with_a_trace_of_their_own(
    open_gateway: OpenGateway, products: FakeServer, spans: list[ReadableSpan]
) -> None:
    headers = {"traceparent": SAMPLED, "X-Trace-Key": "ours"}
    open_gateway(trace_key="ours").test_client().get("/products", headers=headers)
    span = server_span(spans)
    assert span.parent and f"{span.parent.trace_id:032x}" == TRACE
    assert products.seen[-1].header("X-Trace-Key") is None
