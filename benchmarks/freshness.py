"""Measure how long it takes from an answer until a query finds the request, for each signal.

Needs a running stack (./stack up). The whole shop at 50 requests per second, as ./stack traffic does; then
the products service alone, asked for one product, at 50 and at 500: so many through all of the shop are more
than two cores serve. Load, services, backends and queries share the machine. Takes four minutes; writes
benchmarks/results/freshness.json and the table of docs/performance.md.

    ./stack up && .venv/bin/python -m benchmarks.freshness
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console

from benchmarks import one_service, tables
from benchmarks.processes import ROOT, plain_errors
from proof.verify.freshness import Freshness, read_freshness
from stackctl.shop_scenarios.traffic import run_traffic


@dataclass(frozen=True)
class Load:
    """`asked` and `reached` in requests per second."""

    title: str
    asked: float
    reached: float
    signals: Mapping[str, Freshness]


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.freshness",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("--seconds", type=float, default=60, help="of each load (default: 60)")
    parser.add_argument("--no-write", action="store_true", help="print the results alone")
    options = parser.parse_args()
    loads = [shop(50, options.seconds), *(alone(rate, options.seconds) for rate in (50, 500))]
    print(table(loads))
    if not options.no_write:
        tables.keep("freshness", {"loads": [vars(each) | {"signals": _plain(each)} for each in loads]})
        tables.insert(ROOT / "docs" / "performance.md", "freshness", table(loads))


def shop(rate: float, seconds: float) -> Load:
    run = run_traffic(Console(), rate=rate, duration=seconds, seed=1)
    rows = run.ledger.read_text(encoding="utf-8").count("\n")
    return Load("the whole shop", rate, rows / seconds, read_freshness(run.freshness))


def alone(rate: float, seconds: float) -> Load:
    return Load(f"{one_service.NAME} alone", rate, *one_service.measured(rate, seconds))


def _plain(load: Load) -> dict[str, dict[str, Any]]:
    return {signal: vars(each) for signal, each in load.signals.items()}


def table(loads: Sequence[Load]) -> str:
    """p50, p95 and the number of measurements."""
    signals = list(loads[0].signals)
    lines = [
        f"| load | requests/s | {' | '.join(f'{each} p50, p95 (measured)' for each in signals)} |",
        "|---" * (2 + len(signals)) + "|",
    ]
    for load in loads:
        found = " | ".join(_cell(load.signals[signal]) for signal in signals)
        lines.append(f"| {load.title} | {load.reached:.0f} of {load.asked:.0f} | {found} |")
    return "\n".join(lines)


def _cell(found: Freshness) -> str:
    if found.p50 is None or found.p95 is None:
        return "none"
    lost = f", {found.timed_out} not within 30 s" if found.timed_out else ""
    return f"{found.p50:.2f} s, {found.p95:.2f} s ({found.probes}{lost})"


if __name__ == "__main__":
    with plain_errors():
        main()
