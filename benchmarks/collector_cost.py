"""Measure what the Collector takes for 1,000 spans and log lines, by our configuration and by a stock one.

Takes about a minute; ports 4318, 8888, 13133 and 15001 must be free, so no stack may run. Writes
benchmarks/results/collector.json and the table of docs/performance.md.

    python -m benchmarks.collector_cost
"""

import argparse
import http.client
import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.trace import SpanKind

from benchmarks import tables
from benchmarks.arena import APP_CORE, LOAD_CORE
from benchmarks.processes import ROOT, Process, cpu_microseconds, resident_megabytes, sample
from benchmarks.variants import SINK_PORT
from stackctl.backends import environment
from stackctl.binaries.ensure import ensure
from stackctl.paths import state_dir

BATCH = 512
METRICS = "http://127.0.0.1:8888/metrics"
GATES = "--feature-gates=stanza.synchronousLogEmitter"


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.collector_cost",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("--thousands", type=int, default=50, help="of spans and of lines (default: 50)")
    parser.add_argument("--no-write", action="store_true", help="print the results alone")
    options = parser.parse_args()
    overlay = str(ROOT / "benchmarks" / "collector_ours.yaml")
    configurations = {
        "ours": ("--config", str(ROOT / "otel-collector" / "config.yaml"), "--config", overlay, GATES),
        "stock": ("--config", str(ROOT / "benchmarks" / "collector_stock.yaml")),
    }
    found = {name: measure(arguments, options.thousands) for name, arguments in configurations.items()}
    print(json.dumps(found, indent=1))
    if not options.no_write:
        results = ROOT / "benchmarks" / "results"
        results.mkdir(exist_ok=True)
        (results / "collector.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        tables.insert(ROOT / "docs" / "performance.md", "collector", table(found))


def measure(arguments: Sequence[str], thousands: int) -> dict[str, float]:
    folder = state_dir() / "benchmarks" / "collector"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "logs").mkdir(parents=True)
    (folder / "instances.json").write_text("[]")
    with running(folder, arguments) as collector:
        idle = _idle(collector.pid)
        spans = _spend(collector.pid, idle, lambda: send_spans(thousands), "spans", thousands)
        lines = _spend(
            collector.pid, idle, lambda: write_lines(folder / "logs", thousands), "log_records", thousands
        )
        return {"spans": spans, "log_lines": lines, "resident_mb": resident_megabytes(collector.pid)}


@contextmanager
def running(folder: Path, arguments: Sequence[str]) -> Iterator[Process]:
    places = environment() | {
        "OTELCOL_DATA_DIR": str(folder / "data"),
        "SERVICE_LOG_DIR": str(folder / "logs"),
        "SERVICE_INSTANCES_FILE": str(folder / "instances.json"),
    }
    sink_argv = [sys.executable, "-m", "benchmarks.sink", str(SINK_PORT)]
    sink = Process(LOAD_CORE, sink_argv, {}, folder / "sink.log")
    program = str(ensure(["otelcol"])["otelcol"].path)
    collector = Process(APP_CORE, [program, *arguments], places, folder / "collector.log")
    try:
        sink.wait_until(f"http://127.0.0.1:{SINK_PORT}/")
        collector.wait_until("http://127.0.0.1:13133/")
        yield collector
    finally:
        collector.end()
        sink.end()


def _idle(pid: int) -> float:
    """Microseconds per second that it takes for nothing: its scrapes, its checks."""
    time.sleep(1)
    before = cpu_microseconds(pid)
    time.sleep(3)
    return (cpu_microseconds(pid) - before) / 3


def _spend(pid: int, idle: float, load: Callable[[], None], what: str, thousands: int) -> float:
    """CPU microseconds for 1,000, from the first byte in to the last byte out."""
    sent = f"otelcol_exporter_sent_{what}"
    before, cpu, began = sample(METRICS, sent), cpu_microseconds(pid), time.monotonic()
    load()
    deadline = began + 120
    while sample(METRICS, sent) - before < thousands * 1000:
        if time.monotonic() > deadline:
            raise SystemExit(f"benchmark: the Collector has not sent all {what} after 120 s")
        time.sleep(0.2)
    return (cpu_microseconds(pid) - cpu - idle * (time.monotonic() - began)) / thousands


def send_spans(thousands: int) -> None:
    body = encode_spans([a_span() for _ in range(BATCH)]).SerializeToString()
    rest = encode_spans([a_span() for _ in range(thousands * 1000 % BATCH)]).SerializeToString()
    connection = http.client.HTTPConnection("127.0.0.1", 4318, timeout=30)
    for content in [body] * (thousands * 1000 // BATCH) + ([rest] if rest else []):
        connection.request("POST", "/v1/traces", content, {"Content-Type": "application/x-protobuf"})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200, answer.status
    connection.close()


def a_span() -> ReadableSpan:
    span = _PROVIDER.get_tracer("telemetry").start_span(
        "GET /users/<user_id>",
        kind=SpanKind.SERVER,
        attributes={
            "http.request.method": "GET",
            "http.route": "/users/<user_id>",
            "url.path": "/users/17",
            "url.scheme": "http",
            "server.address": "127.0.0.1",
            "server.port": 5001,
            "user_agent.original": "wrk",
            "http.response.status_code": 200,
        },
    )
    span.end()
    assert isinstance(span, ReadableSpan)
    return span


_PROVIDER = TracerProvider(resource=Resource({"service.name": "users"}), shutdown_on_exit=False)


def write_lines(folder: Path, thousands: int) -> None:
    line = (
        '{"timestamp":"2026-11-21T05:41:55.%06dZ","severity":"INFO","message":"GET /users/<user_id> 200",'
        '"logger":"telemetry.access","service":"users","trace_id":"%032x","span_id":"%016x",'
        '"request_id":"%032x","http.request.method":"GET","url.path":"/users/17",'
        '"http.response.status_code":200,"duration_ms":1.168,'
        '"http.route":"/users/<user_id>"}\n'
    )
    numbers = range(1, thousands * 1000 + 1)
    text = "".join(line % (number, number, number, number) for number in numbers)
    (folder / "users.jsonl").write_text(text, encoding="utf-8")


def table(found: dict[str, dict[str, float]]) -> str:
    lines = [
        "| configuration | CPU ms per 1,000 spans | per 1,000 log lines | MB afterwards |",
        "|---|---|---|---|",
    ]
    for name, costs in found.items():
        spans, logs = costs["spans"] / 1e3, costs["log_lines"] / 1e3
        lines.append(f"| {name} | {spans:.1f} | {logs:.1f} | {costs['resident_mb']:.0f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
