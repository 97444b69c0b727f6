"""The Collector's settings side by side, each laid over ours; and what it does without its backends."""

import json
import statistics
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.collector_load import flood, send_spans, write_lines
from benchmarks.collector_process import (
    METRICS,
    OURS,
    collector,
    fresh_folder,
    idle,
    received,
    sink,
    spend,
    wait_for,
)
from benchmarks.processes import peak_megabytes, sample

FLOOD_SECONDS = 4.0
AWAY_SECONDS = 30.0
CHOSEN = "as configured"
_SENT = "otelcol_exporter_sent_spans"
_EXPORTERS = ("otlp_http/jaeger", "otlp_http/loki")

Overlay = Mapping[str, Any]


def _queue(**settings: object) -> Overlay:
    return _both(sending_queue=settings)


def _both(**settings: object) -> Overlay:
    return {"exporters": dict.fromkeys(_EXPORTERS, settings)}


SETTINGS: Mapping[str, Overlay] = {
    CHOSEN: {},
    "`compression: none`": _both(compression="none"),
    "`compression: snappy`": _both(compression="snappy"),
    "`compression: zstd`": _both(compression="zstd"),
    "`batch: {min_size: 200, max_size: 1000}`": _queue(batch={"min_size": 200, "max_size": 1000}),
    "`batch: {min_size: 5000, max_size: 10000}`": _queue(batch={"min_size": 5000, "max_size": 10000}),
    "`num_consumers: 1`": _queue(num_consumers=1),
    "`num_consumers: 10`": _queue(num_consumers=10),
    "`storage` none: a crash loses the queue": _queue(storage=None),
    "`fsync: true`": {"extensions": {"file_storage": {"fsync": True}}},
}
GZIP_IN = "services send gzip"  # what comes in is compressed: nothing of the Collector's is set


def measured(thousands: int, rounds: int) -> tuple[str, dict[str, object], dict[str, str]]:
    """The name of the results, the results, and the tables by their marks. Rounds are interleaved."""
    found: dict[str, list[dict[str, float]]] = {name: [] for name in (*SETTINGS, GZIP_IN)}
    for _ in range(rounds):
        for name, runs in found.items():
            print(f"benchmark: {name}", flush=True)
            runs.append(measure(SETTINGS.get(name, {}), thousands, name == GZIP_IN))
    print("benchmark: with its backends away", flush=True)
    alone = away(AWAY_SECONDS)
    results: dict[str, object] = {"settings": found, "away": alone}
    return "collector_settings", results, {"settings": table(found), "limiter": sentence(alone)}


def measure(overlay: Overlay, thousands: int, compressed: bool) -> dict[str, float]:
    folder = fresh_folder()
    with sink(folder), collector(folder, _laid_over(folder, overlay)) as process:
        pid, rest = process.pid, idle(process.pid)
        before, body = received(), 0

        def send() -> None:
            nonlocal body
            body = send_spans(thousands, compressed)

        spans = spend(pid, rest, send, "spans", thousands)
        logs = spend(pid, rest, lambda: write_lines(folder / "logs", thousands), "log_records", thousands)
        after = received()
        began, sent = time.monotonic(), sample(METRICS, _SENT)
        accepted, refused = flood(FLOOD_SECONDS)
        wait_for(_SENT, sent + accepted)
        return {
            "spans": spans,
            "log_lines": logs,
            "bytes_in_of_a_span": body / thousands / 1e3,
            "bytes_of_a_span": _grown(before, after, "/v1/traces") / thousands / 1e3,
            "bytes_of_a_line": _grown(before, after, "/v1/logs") / thousands / 1e3,
            "spans_per_second": accepted / (time.monotonic() - began),
            "refused": refused,
            "peak_mb": peak_megabytes(pid),
        }


def away(seconds: float) -> dict[str, float]:
    """As much as it takes with nobody to send to; then its backends come, and all that it took arrives."""
    folder = fresh_folder()
    with collector(folder, OURS) as process:
        accepted, refused = flood(seconds)
        found = {
            "seconds": seconds,
            "accepted": accepted,
            "refused": refused,
            "waiting": sample(METRICS, 'otelcol_exporter_queue_size{data_type="traces"'),
            "disk_mb": sum(each.stat().st_size for each in (folder / "data").glob("*")) / 1e6,
            "peak_mb": peak_megabytes(process.pid),
        }
        with sink(folder):
            began = time.monotonic()
            found["delivered"] = wait_for(_SENT, accepted)
            found["drained_seconds"] = time.monotonic() - began
        return found | {"peak_mb_in_all": peak_megabytes(process.pid)}


def _laid_over(folder: Path, overlay: Overlay) -> tuple[str, ...]:
    file = folder / "overlay.yaml"  # JSON is YAML
    file.write_text(json.dumps(overlay))
    return (*OURS, "--config", str(file))


def _grown(before: Mapping[str, int], after: Mapping[str, int], path: str) -> int:
    return after.get(path, 0) - before.get(path, 0)


def table(found: Mapping[str, list[dict[str, float]]]) -> str:
    lines = [
        "| setting | CPU ms per 1,000 spans (lowest to highest) | per 1,000 lines | bytes out of a span "
        "| of a line | spans/s at most |",
        "|---|---|---|---|---|---|",
    ]
    for name, runs in found.items():
        middle = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
        spans = [run["spans"] / 1e3 for run in runs]
        shown = f"**{name}**" if name == CHOSEN else name
        lines.append(
            f"| {shown} | {middle['spans'] / 1e3:.1f} ({min(spans):.1f} to {max(spans):.1f}) "
            f"| {middle['log_lines'] / 1e3:.1f} | {middle['bytes_of_a_span']:.0f} "
            f"| {middle['bytes_of_a_line']:.0f} | {middle['spans_per_second']:,.0f} |"
        )
    plain, packed = (found[name][0]["bytes_in_of_a_span"] for name in (CHOSEN, GZIP_IN))
    lines.append(f"\nA span comes in as {plain:.0f} bytes, in gzip as {packed:.0f}.")
    return "\n".join(lines)


def sentence(found: Mapping[str, float]) -> str:
    return (
        f"Its backends away for {found['seconds']:.0f} s and more offered than it takes: "
        f"{found['accepted']:,.0f} spans were accepted and {found['waiting']:,.0f} waited in its queue on "
        f"disk ({found['disk_mb']:,.0f} MB), {found['refused']:,.0f} were refused and so stayed with their "
        f"senders. Memory at the peak {found['peak_mb']:.0f} MB. Then the backends came: "
        f"{found['delivered']:,.0f} of {found['accepted']:,.0f} arrived within "
        f"{found['drained_seconds']:.0f} s, memory at the peak {found['peak_mb_in_all']:.0f} MB."
    )
