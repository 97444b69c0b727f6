"""Measure the Collector's CPU for 1,000 spans, lines and samples, and the most spans that it takes.

By our configuration and by a stock one. Takes about two minutes; ports 4318, 5000, 8888, 13133 and 15001 must
be free, so no stack may run. Writes benchmarks/results/collector.json and the table of docs/performance.md.
With --settings instead what other settings would bring, and what it does while its backends are away
(about eight minutes; collector_settings.json).

    python -m benchmarks.collector_cost
"""

import argparse
import json
import time
from collections.abc import Sequence

from benchmarks import collector_settings, tables
from benchmarks.collector_load import flood, scraped, send_spans, write_lines
from benchmarks.collector_process import METRICS, OURS, STOCK, collector, fresh_folder, idle, sink, spend
from benchmarks.collector_process import wait_for as wait_for_sent
from benchmarks.processes import ROOT, cpu_microseconds, peak_megabytes, sample

SAMPLES = 20_000  # of one scrape
FLOOD_SECONDS = 10.0


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.collector_cost",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("--thousands", type=int, default=50, help="of spans and of lines (default: 50)")
    parser.add_argument("--settings", action="store_true", help="compare settings, and stop the backends")
    parser.add_argument("--rounds", type=int, default=2, help="of the settings (default: 2)")
    parser.add_argument("--no-write", action="store_true", help="print the results alone")
    options = parser.parse_args(arguments)
    found: dict[str, object]
    if options.settings:
        name, found, pages = collector_settings.measured(options.thousands, options.rounds)
    else:
        costs = {
            "ours": measure(OURS, options.thousands),
            "stock": measure(STOCK, options.thousands, memory="off"),
        }
        name, found, pages = "collector", {**costs}, {"collector": table(costs)}
    print(json.dumps(found, indent=1))
    if not options.no_write:
        tables.keep(name, found)
        for mark, page in pages.items():
            tables.insert(ROOT / "docs" / "performance.md", mark, page)


def measure(arguments: Sequence[str], thousands: int, memory: str = "450MiB") -> dict[str, float]:
    folder = fresh_folder()
    with sink(folder), collector(folder, arguments, memory) as process:
        pid, rest = process.pid, idle(process.pid)
        logs = folder / "logs"
        return {
            "spans": spend(pid, rest, lambda: send_spans(thousands), "spans", thousands),
            "log_lines": spend(pid, rest, lambda: write_lines(logs, thousands), "log_records", thousands),
            "samples": _scrape(pid, rest),
            **most(pid, FLOOD_SECONDS),
        }


def _scrape(pid: int, rest: float) -> float:
    """CPU microseconds for 1,000 samples, of three scrapes."""
    sent = "otelcol_exporter_sent_metric_points"
    with scraped(SAMPLES):
        before, cpu, began = sample(METRICS, sent), cpu_microseconds(pid), time.monotonic()
        taken = wait_for_sent(sent, before + 3 * SAMPLES, 60) - before
        return (cpu_microseconds(pid) - cpu - rest * (time.monotonic() - began)) / taken * 1e3


def most(pid: int, seconds: float) -> dict[str, float]:
    """The highest rate on one core, and the memory for it. Who is refused keeps his spans and comes again."""
    sent = "otelcol_exporter_sent_spans"
    before, began = sample(METRICS, sent), time.monotonic()
    accepted, refused = flood(seconds)
    found = wait_for_sent(sent, before + accepted) - before
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
