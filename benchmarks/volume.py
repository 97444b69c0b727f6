"""Measure the bytes that a request leaves on the wires and on the disks, and the series, and how they grow.

Needs a running stack that was started afresh (./stack down --clean && ./stack up), and `ss` (iproute2). Sends
mixed traffic in steps that double, then traffic that crosses few and many services, then starts a second
instance of a service. Takes about three minutes; writes benchmarks/results/volume.json and the tables of
docs/performance.md.

    ./stack up && .venv/bin/python -m benchmarks.volume
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Mapping

from rich.console import Console

from benchmarks import tables, volume_tables
from benchmarks.processes import ROOT, plain_errors
from benchmarks.volume_counters import COUNTERS, Counts, series_by_service
from stackctl.shop_scenarios.traffic import run_traffic
from stackctl.system.polling import NotYet, poll_until

STEPS = (300, 300, 600, 1200)
RATE = 60.0
SETTLED_SECONDS = 4.0


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.volume",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("--rate", type=float, default=RATE, help="requests per second (default: 60)")
    parser.add_argument("--no-write", action="store_true", help="print the results alone")
    options = parser.parse_args()
    found = {
        "growth": growth(options.rate),
        "profiles": {profile: crossing(profile, options.rate) for profile in ("browse", "checkout")},
        "instances": instances(),
    }
    page = volume_tables.page(found)
    print(page)
    if not options.no_write:
        tables.keep("volume", found)
        tables.insert(ROOT / "docs" / "performance.md", "volume", page)


def growth(rate: float) -> list[dict[str, float]]:
    """What each counter has grown by after so many requests. Everybody has been asked before."""
    send(200, rate, 1, "mixed")
    first, sent = settled(), 0
    rows = [{"requests": 0.0, **dict.fromkeys(COUNTERS, 0.0), "series": series()}]
    for seed, requests in enumerate(STEPS, start=2):
        send(requests, rate, seed, "mixed")
        sent += requests
        rows.append({"requests": float(sent), **grown(first, settled()), "series": series()})
    return rows


def crossing(profile: str, rate: float, requests: int = 500) -> dict[str, float]:
    before = settled()
    send(requests, rate, 1, profile)
    return {"requests": float(requests), **grown(before, settled())}


def instances() -> dict[str, Mapping[str, float]]:
    """The series of every service with one instance of products, and with two."""
    before = series_by_service()
    stack = [str(ROOT / "stack"), "up", "--scale"]
    subprocess.run([*stack, "products=2"], check=True)
    send(200, RATE, 1, "browse")
    time.sleep(SETTLED_SECONDS)
    after = series_by_service()
    subprocess.run([*stack, "products=1"], check=True)
    return {"one": before, "two": after}


def send(requests: int, rate: float, seed: int, profile: str) -> None:
    run_traffic(
        Console(file=sys.stderr),
        rate=rate,
        duration=requests / rate,
        seed=seed,
        profile=profile,
        freshness=False,
    )


def settled() -> Counts:
    """The counters once no span and no line has come for some seconds: sagas go on after the answer."""

    def unchanged() -> Counts | NotYet:
        before = {name: COUNTERS[name]() for name in ("spans", "lines")}
        time.sleep(SETTLED_SECONDS)
        after = {name: COUNTERS[name]() for name in before}
        return after if after == before else NotYet(after)

    poll_until(unchanged, "all spans and lines to have come", 120)
    return {name: read() for name, read in COUNTERS.items()}


def series() -> float:
    return float(sum(series_by_service().values()))


def grown(before: Counts, after: Counts) -> dict[str, float]:
    return {name: after[name] - before[name] for name in before}


if __name__ == "__main__":
    with plain_errors():
        main()
