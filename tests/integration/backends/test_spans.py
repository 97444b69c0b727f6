"""Spans that are large arrive, through the real Collector in the real Jaeger, however many come at once."""

from concurrent.futures import ThreadPoolExecutor
from random import getrandbits

import requests
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from stackctl import ports
from stackctl.system.polling import NotYet, poll_until
from tests.integration.backends.conftest import Start

SPANS, TEXT = 100, "x" * 12_000


def large_request(trace_id: bytes) -> bytes:
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    group.resource.attributes.add(key="service.name").value.string_value = "users"
    spans = group.scope_spans.add().spans
    for _ in range(SPANS):
        span = spans.add(trace_id=trace_id, span_id=getrandbits(64).to_bytes(8, "big"), name="large")
        span.start_time_unix_nano = span.end_time_unix_nano = 1_700_000_000_000_000_000
        span.attributes.add(key="text").value.string_value = TEXT
    return request.SerializeToString()


def test_large_spans_at_once_arrive_although_jaeger_takes_4_mib(start: Start) -> None:
    backends = start("otelcol", "jaeger")
    ids = [getrandbits(128).to_bytes(16, "big") for _ in range(10)]
    url = backends.url(ports.OTLP_HTTP, "/v1/traces")
    headers = {"Content-Type": "application/x-protobuf"}
    requests_made = [large_request(each) for each in ids]

    with ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(lambda body: requests.post(url, body, headers=headers), requests_made))

    assert {answer.status_code for answer in answers} == {200}

    def arrived() -> bool | NotYet:
        counts = [len(backends.jaeger.trace(each.hex())) for each in ids]
        return counts == [SPANS] * len(ids) or NotYet(counts)

    poll_until(arrived, "all spans in Jaeger", 30)
