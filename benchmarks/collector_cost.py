"""Measure the Collector's CPU for 1,000 spans, lines and samples, and the most spans that it takes.

By our configuration and by a stock one. Takes about two minutes; ports 4318, 5000, 8888, 13133 and 15001 must
be free, so no stack may run. Writes benchmarks/results/collector.json and the table of docs/performance.md.

    python -m benchmarks.collector_cost
"""

import argparse
import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks import tables
from benchmarks.arena import APP_CORE, LOAD_CORE
from benchmarks.collector_load import flood, scraped, send_spans, write_lines
from benchmarks.processes import ROOT, Process, cpu_microseconds, peak_megabytes, sample
from benchmarks.variants import SINK_PORT
from stackctl.backends import environment
from stackctl.binaries.ensure import ensure
from stackctl.paths import state_dir

SAMPLES = 20_000  # of one scrape
FLOOD_SECONDS = 10.0
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
        return {
            "spans": spans,
            "log_lines": lines,
            "samples": _scrape(collector.pid, idle),
            **_most(collector.pid),
        }


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


def _scrape(pid: int, idle: float) -> float:
    """CPU microseconds for 1,000 samples, of three scrapes."""
    sent = "otelcol_exporter_sent_metric_points"
    with scraped(SAMPLES):
        before, cpu, began = sample(METRICS, sent), cpu_microseconds(pid), time.monotonic()
        while (taken := sample(METRICS, sent) - before) < 3 * SAMPLES:
            if time.monotonic() > began + 60:
                raise SystemExit("benchmark: the Collector has not scraped three times within 60 s")
            time.sleep(0.2)
        return (cpu_microseconds(pid) - cpu - idle * (time.monotonic() - began)) / taken * 1e3


def _most(pid: int) -> dict[str, float]:
    """The highest rate on one core, and the memory for it. Who is refused keeps his spans and comes again."""
    sent = "otelcol_exporter_sent_spans"
    before, began = sample(METRICS, sent), time.monotonic()
    accepted, refused = flood(FLOOD_SECONDS)
    while (found := sample(METRICS, sent) - before) < accepted and time.monotonic() < began + 120:
        time.sleep(0.2)
    return {
        "spans_per_second": accepted / (time.monotonic() - began),
        "accepted": accepted,
        "refused": refused,
        "delivered": found,
        "peak_mb": peak_megabytes(pid),
    }


def table(found: dict[str, dict[str, float]]) -> str:
    lines = [
        "| configuration | CPU ms per 1,000 spans | per 1,000 log lines | per 1,000 samples "
        "| spans/s at most, on one core | of these lost | MB at the peak |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, costs in found.items():
        spans, logs, samples = (costs[each] / 1e3 for each in ("spans", "log_lines", "samples"))
        lost = costs["accepted"] - costs["delivered"]
        lines.append(
            f"| {name} | {spans:.1f} | {logs:.1f} | {samples:.1f} | {costs['spans_per_second']:,.0f} "
            f"| {lost:.0f} of {costs['accepted']:,.0f} | {costs['peak_mb']:.0f} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
