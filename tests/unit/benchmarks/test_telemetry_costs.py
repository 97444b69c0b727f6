"""What becomes of the numbers of the Collector, of freshness and of volume."""

from collections.abc import Iterator

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from benchmarks import collector_load, collector_settings, freshness, volume_tables
from benchmarks.processes import ROOT
from benchmarks.sink import RECEIVED, Sink
from proof.verify.freshness import Freshness, sum_up


def test_the_page_has_a_place_for_each_table() -> None:
    page = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    for name in ("settings", "limiter", "freshness", "volume"):
        assert page.count(f"<!-- {name}: begin -->") == page.count(f"<!-- {name}: end -->") == 1


def test_bytes_that_grow_with_requests_lie_on_a_line() -> None:
    rows = [{"requests": x, "bytes": 7 + 3 * x} for x in (0.0, 1.0, 2.0, 4.0)]
    slope, distance = volume_tables.fit(rows, "bytes", "requests")
    assert (round(slope, 9), round(distance, 9)) == (3.0, 0.0)


def test_bytes_that_grow_faster_are_off_it() -> None:
    rows = [{"requests": x, "bytes": x * x} for x in (0.0, 1.0, 2.0, 4.0)]
    assert volume_tables.fit(rows, "bytes", "requests")[1] > 0.05


def test_a_setting_is_shown_with_the_median_of_its_rounds_and_the_chosen_one_stands_out() -> None:
    runs = [
        {
            "spans": spans,
            "log_lines": 20e3,
            "bytes_in_of_a_span": size,
            "bytes_of_a_span": 40.0,
            "bytes_of_a_line": 60.0,
            "spans_per_second": 5e4,
        }
        for spans, size in ((10e3, 300.0), (14e3, 300.0))
    ]
    packed = [{**run, "bytes_in_of_a_span": 30.0} for run in runs]
    text = collector_settings.table({collector_settings.CHOSEN: runs, collector_settings.GZIP_IN: packed})
    assert "| **as configured** | 12.0 (10.0 to 14.0) | 20.0 | 40 | 60 | 50,000 |" in text
    assert text.endswith("A span comes in as 300 bytes, in gzip as 30.")


def test_freshness_says_what_was_never_found() -> None:
    signals = {"traces": sum_up([0.5, 0.1, None]), "metrics": Freshness(0, 0, None, None, None)}
    text = freshness.table([freshness.Load("shop", 50.0, 49.6, signals)])
    assert "| shop | 50 of 50 | 0.10 s, 0.50 s (3, 1 not within 30 s) | none |" in text


def test_no_batch_of_the_load_has_a_span_twice() -> None:
    spans = [
        span.span_id
        for body in collector_load.bodies()
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
    assert len(spans) == len(set(spans)) == collector_load.BATCH * collector_load.BODIES


class FakeTransport:
    def __init__(self) -> None:
        self.written = b""

    def write(self, data: bytes) -> None:
        self.written += data


@pytest.fixture
def sink() -> Iterator[Sink]:
    sink = Sink()
    sink._transport, sink._received = FakeTransport(), b""  # type: ignore[assignment]
    yield sink


def test_the_sink_counts_the_bytes_of_bodies_by_path(sink: Sink) -> None:
    sink.data_received(b"POST /counted HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc" * 2)
    sink.data_received(f"GET {RECEIVED} HTTP/1.1\r\n\r\n".encode())
    assert b'"/counted": 6' in sink._transport.written  # type: ignore[attr-defined]
