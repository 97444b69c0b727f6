"""What becomes of a benchmark's numbers."""

import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from benchmarks import picture, tables
from benchmarks.processes import ROOT
from benchmarks.sink import Sink
from benchmarks.variants import VARIANTS


def handler(share: float) -> dict[str, Any]:
    """Bare does 1000, then 2000 requests per second, everybody else that share of it."""
    return {
        variant.name: {
            "rounds": [
                {
                    "per_second": rate * part,
                    "cpu_us": 100 / part,
                    "requests": 1,
                    "p99_ms": 3.0,
                    "slowest_ms": 9.0,
                }
                for rate, part in ((1000, part_of), (2000, part_of))
            ],
            "rate": 500.0,
            "p50_ms": 1.0,
            "p99_ms": 2.0,
            "resident_mb": 50.0,
        }
        for variant in VARIANTS
        for part_of in [1.0 if variant.name == "bare" else share]
    }


@pytest.fixture
def result() -> dict[str, Any]:
    return {
        "machine": {
            "measured": "today",
            "cores": 2,
            "cpu": "fast",
            "python": "3.11",
            "load_average_before": 0.1,
        },
        "trivial": handler(0.5),
        "realistic": handler(0.75),
        "complete": {
            "counted": 10.0,
            "lines": 10.0,
            "spans_made": 40.0,
            "spans_delivered": 40.0,
            "spans_not_delivered": 0.0,
        },
        "away": {
            "seconds": 60,
            **{
                name: {"per_second": 900.0, "p99_ms": p99, "worst_p99_ms": p99 + 1, "slowest_ms": 9.0}
                for name, p99 in (("bare", 2.0), ("with", 3.0), ("away", 3.5))
            },
            "resident_mb": [50.0, 90.0, 91.0],
            "served": 10.0,
            "dropped": 4.0,
            "waiting": 6.0,
        },
    }


def test_each_is_compared_with_bare_in_the_same_round(result: dict[str, Any]) -> None:
    assert tables.ratios(result["trivial"], "glasshouse") == (0.5, 0.5, 0.5)
    assert tables.ratios(result["trivial"], "glasshouse", "cpu_us") == (0.5, 0.5, 0.5)


def test_the_page_and_the_readme_say_the_same(result: dict[str, Any]) -> None:
    text = tables.overhead(result)

    assert "| Glasshouse | traces, logs, metrics | 750 | **0.50** (0.50 to 0.50) | 200 | 0.50 |" in text
    assert "| Glasshouse, nobody there | 900 | 3.5 ms (4.5 ms) | 9.0 ms |" in text
    assert "made 40 spans and delivered 40 of them (0 dropped)" in text
    assert "Of 10 spans 4 were dropped and counted, 6 waited, 0 were not accounted for." in text
    assert "keeps 0.50 of the bare app's" in tables.sentence(result)


def test_the_picture_has_a_bar_for_each_handler_of_each_variant(result: dict[str, Any]) -> None:
    drawn = ET.fromstring(picture.draw(result))

    bars = [each for each in drawn.iter() if each.tag.endswith("rect") and each.get("rx")]
    assert len(bars) == 2 * len(VARIANTS)


def test_a_table_takes_the_place_between_its_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- x: begin -->\nold\n<!-- x: end -->\nafter\n")

    tables.insert(page, "x", "new")

    assert page.read_text() == "before\n<!-- x: begin -->\nnew\n<!-- x: end -->\nafter\n"


def test_the_pages_have_their_marks() -> None:
    performance = (ROOT / "docs" / "performance.md").read_text()
    readme = (ROOT / "README.md").read_text()

    for page, name in ((performance, "overhead"), (performance, "collector"), (readme, "price")):
        assert page.count(f"<!-- {name}: begin -->") == page.count(f"<!-- {name}: end -->") == 1


class FakeTransport:
    def __init__(self) -> None:
        self.written = b""

    def write(self, data: bytes) -> None:
        self.written += data


@pytest.mark.parametrize(
    "request_",
    [
        b"GET /users/7 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"PUT /v0.4/traces HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc",
        b"POST /intake HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    ],
)
def test_the_sink_answers_once_for_each_whole_request(request_: bytes) -> None:
    sink, transport = Sink(), FakeTransport()
    sink._transport, sink._received = transport, b""  # type: ignore[assignment]

    for byte in request_ * 2:
        sink.data_received(bytes([byte]))

    assert transport.written.count(b"HTTP/1.1 20") == 2
