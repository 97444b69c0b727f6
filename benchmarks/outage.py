"""Ours with nobody to take its spans, at full load, in turn with ours as usual and with the bare app."""

import statistics
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks import load
from benchmarks.arena import FIRST_PORT, LOAD_CORE, Contender, arena, start
from benchmarks.environment import programs
from benchmarks.processes import resident_megabytes, sample
from benchmarks.variants import ALONE, VARIANTS

_PATH = "/hello/Ada"
_SLICE = 10  # seconds of load on one before the next one's turn


def measure(folder: Path, seconds: int) -> dict[str, Any]:
    """Each of the three has `seconds` of full load; memory is bounded and drops are counted."""
    with arena(folder, programs(), VARIANTS[:2]) as (bare, ours), ExitStack() as stack:
        alone = start(ALONE, FIRST_PORT + 50, folder, programs(), stack)
        contenders = {"bare": bare, "with": ours, "away": alone}
        for each in contenders.values():
            load.saturate(LOAD_CORE, each.url(_PATH), 1)
        memory = [resident_megabytes(alone.process.pid)]
        slices: dict[str, list[load.Saturation]] = {name: [] for name in contenders}
        for _ in range(max(1, seconds // _SLICE)):
            for name, each in contenders.items():
                slices[name].append(load.saturate(LOAD_CORE, each.url(_PATH), min(seconds, _SLICE)))
            memory.append(resident_megabytes(alone.process.pid))
        time.sleep(2)
        return {
            "seconds": seconds,
            **{name: _summary(found) for name, found in slices.items()},
            "resident_mb": memory,
            **_counted(alone),
        }


def _summary(slices: list[load.Saturation]) -> dict[str, float]:
    return {
        "requests": sum(each.requests for each in slices),
        "per_second": statistics.median(each.per_second for each in slices),
        "p99_ms": statistics.median(each.p99_ms for each in slices),
        "worst_p99_ms": max(each.p99_ms for each in slices),
        "slowest_ms": max(each.slowest_ms for each in slices),
    }


def _counted(alone: Contender) -> dict[str, float]:
    metrics = alone.url("/metrics")
    return {
        "served": sample(metrics, "http_server_request_duration_seconds_count"),
        "dropped": sample(metrics, 'otel_sdk_processor_span_processed_total{error_type="queue_full"}'),
        "waiting": sample(metrics, "otel_sdk_processor_span_queue_size"),
    }
