"""Where the bytes are counted: by the receivers of the wires, by the kernel, by the file systems."""

import re
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from benchmarks.processes import sample
from stackctl import ports
from stackctl.paths import data_dir, logs_dir
from stackctl.query import Prometheus

Counts = Mapping[str, float]

_COLLECTOR = ports.url(ports.OTELCOL_METRICS, "/metrics")
_LOKI = ports.url(ports.LOKI_HTTP, "/metrics")
_PROMETHEUS = ports.url(ports.PROMETHEUS, "/metrics")
_SEEN: dict[tuple[int, str], int] = {}


def _of(url: str, name: str) -> Callable[[], float]:
    return lambda: sample(url, name)


def _sent_to(port: int) -> Callable[[], float]:
    """Bytes that whoever is connected has sent there and the kernel has seen acknowledged."""

    def count() -> float:
        for connection, acknowledged in _connections(port):
            _SEEN[port, connection] = max(acknowledged, _SEEN.get((port, connection), 0))
        return float(sum(count for (seen, _), count in _SEEN.items() if seen == port))

    return count


def _connections(port: int) -> Iterator[tuple[str, int]]:
    argv = ["ss", "-Htino", "state", "established", f"( dport = :{port} )"]
    told = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
    for local, acknowledged in re.findall(r"(\S+:\d+)\s+\S+:\d+.*?\n.*?bytes_acked:(\d+)", told):
        yield local, int(acknowledged)


def _on_disk(folder: Path, pattern: str = "**/*") -> Callable[[], float]:
    """Blocks, as `du` counts: some files are longer than what was written to them."""
    return lambda: float(sum(_blocks(each) for each in folder.glob(pattern)) * 512)


def _blocks(path: Path) -> int:
    try:
        return path.stat().st_blocks if path.is_file() else 0
    except FileNotFoundError:  # compacted away meanwhile
        return 0


COUNTERS: Mapping[str, Callable[[], float]] = {
    "seconds": time.monotonic,
    "spans": _of(_COLLECTOR, "otelcol_receiver_accepted_spans"),
    "lines": _of(_COLLECTOR, "otelcol_receiver_accepted_log_records"),
    "samples": _of(_PROMETHEUS, "prometheus_tsdb_head_samples_appended_total"),
    "services to Collector, spans": _of(_COLLECTOR, "http_server_request_body_size_sum"),
    "services to files, lines": _on_disk(logs_dir(), "*.jsonl*"),
    "Collector to Jaeger": _sent_to(ports.JAEGER_OTLP_GRPC),
    "Collector to Loki": _sent_to(ports.LOKI_HTTP),
    "Collector to Prometheus": _sent_to(ports.PROMETHEUS),
    "Jaeger disk": _on_disk(data_dir("jaeger")),
    "Loki disk": _on_disk(data_dir("loki")),
    "Prometheus disk": _on_disk(data_dir("prometheus")),
}


def series_by_service() -> dict[str, float]:
    """Those that have had a sample within the last five minutes, by job."""
    found = Prometheus().instant('count by (job) ({job!=""})')
    return {each.labels["job"]: each.samples[-1][1] for each in found}
