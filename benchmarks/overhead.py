"""Measure what being observed costs: requests per second, CPU, latency and memory, ours beside others.

Takes about 10 minutes on a quiet machine with two cores. Writes benchmarks/results/overhead.json, the picture
beside it and the tables of docs/performance.md.

    python -m benchmarks.overhead                # everything
    python -m benchmarks.overhead --seconds 1 --rounds 1 --no-write    # does it work at all?
"""

import argparse
import json
import os
import platform
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import load, outage, picture, tables
from benchmarks.arena import LOAD_CORE, Contender, arena
from benchmarks.environment import programs
from benchmarks.processes import ROOT, cpu_microseconds, resident_megabytes, sample
from stackctl.paths import state_dir

HANDLERS = {"trivial": "/hello/Ada", "realistic": "/orders/17"}
FIXED_RATE = {"trivial": 500.0, "realistic": 100.0}  # per second; what the slowest of all can do easily
RESULTS = ROOT / "benchmarks" / "results"
_SETTLING = 0.6  # seconds in which what waits is delivered: it belongs to the price


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.overhead",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("--rounds", type=int, default=5, help="of every variant, in turn (default: 5)")
    parser.add_argument("--seconds", type=int, default=3, help="of full load for each (default: 3)")
    parser.add_argument("--away", type=int, default=60, help="seconds without the Collector (default: 60)")
    parser.add_argument("--no-write", action="store_true", help="print the results alone")
    options = parser.parse_args()
    if (os.cpu_count() or 1) < 2:
        raise SystemExit("benchmark: needs two cores, one for the app and one for the load")
    folder = state_dir() / "benchmarks" / "run"
    with arena(folder, programs()) as contenders:
        found = {
            name: measure(contenders, path, FIXED_RATE[name], options.rounds, options.seconds)
            for name, path in HANDLERS.items()
        }
        found["complete"] = completeness(contenders[1])
    found["away"] = outage.measure(folder, options.away)
    result = {"machine": machine(), "options": vars(options), **found}
    if options.no_write:
        print(json.dumps(result, indent=1))
    else:
        write(result)
    print(tables.overview(result))


def measure(contenders: list[Contender], path: str, rate: float, rounds: int, seconds: int) -> dict[str, Any]:
    """Full load on one after the other, again and again; then each at a fixed rate."""
    found: dict[str, Any] = {each.variant.name: {"rounds": []} for each in contenders}
    for each in contenders:
        load.saturate(LOAD_CORE, each.url(path), 1)
    for _ in range(rounds):
        for each in contenders:
            found[each.variant.name]["rounds"].append(saturated(each, path, seconds))
    for each in contenders:
        taken = load.latencies(each.port, path, rate, seconds * 2)
        found[each.variant.name] |= {
            "rate": rate,
            "p50_ms": taken[len(taken) // 2] * 1e3,
            "p99_ms": taken[int(len(taken) * 0.99)] * 1e3,
            "resident_mb": resident_megabytes(each.process.pid),
        }
    return found


def saturated(contender: Contender, path: str, seconds: int) -> dict[str, float]:
    pid = contender.process.pid
    before = cpu_microseconds(pid)
    told = load.saturate(LOAD_CORE, contender.url(path), seconds)
    time.sleep(_SETTLING)
    used = (cpu_microseconds(pid) - before) / told.requests
    return {**asdict(told), "cpu_us": used}


def completeness(ours: Contender) -> dict[str, float]:
    """After all that load: what ours counted, wrote and delivered, for every request that it served."""
    time.sleep(2)
    metrics = ours.url("/metrics")
    exported, processed = "otel_sdk_exporter_span_exported_total", "otel_sdk_processor_span_processed_total"
    counted = sample(metrics, "http_server_request_duration_seconds_count")
    calls = sample(metrics, "http_client_request_duration_seconds_count")
    statements = sample(metrics, "db_client_operation_duration_seconds_count")
    lines = ours.log_file.read_bytes()
    return {
        "counted": counted,
        "lines": lines.count(b'"logger":"telemetry.access"'),
        "spans_made": counted + calls + statements,
        "spans_delivered": sample(metrics, exported + '{error_type=""}'),
        "spans_not_delivered": sample(metrics, processed + '{error_type="queue_full"}'),
    }


def machine() -> dict[str, Any]:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "measured": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "cpu": models[0] if models else platform.processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load_average_before": round(os.getloadavg()[2], 2),
    }


def write(result: dict[str, Any]) -> None:
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "overhead.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    (RESULTS / "overhead.svg").write_text(picture.draw(result), encoding="utf-8")
    tables.insert(ROOT / "docs" / "performance.md", "overhead", tables.overhead(result))
    tables.insert(ROOT / "README.md", "price", tables.sentence(result))


if __name__ == "__main__":
    main()
