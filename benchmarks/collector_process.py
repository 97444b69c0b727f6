"""A Collector under measurement, on a core of its own, and the sink that it sends to on the other."""

import json
import shutil
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.arena import APP_CORE, LOAD_CORE
from benchmarks.processes import ROOT, Process, cpu_microseconds, sample
from benchmarks.sink import RECEIVED
from benchmarks.variants import SINK_PORT
from stackctl.fetch.ensure import ensure
from stackctl.paths import state_dir
from stackctl.run.backends import environment

METRICS = "http://127.0.0.1:8888/metrics"
_BENCHMARKS = ROOT / "benchmarks"
OURS = (
    *("--config", str(ROOT / "otel-collector" / "config.yaml")),
    *("--config", str(_BENCHMARKS / "collector_ours.yaml")),
    "--feature-gates=stanza.synchronousLogEmitter",
)
STOCK = ("--config", str(_BENCHMARKS / "collector_stock.yaml"))


def fresh_folder() -> Path:
    folder = state_dir() / "benchmarks" / "collector"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "logs").mkdir(parents=True)
    (folder / "instances.json").write_text("[]")
    return folder


@contextmanager
def sink(folder: Path) -> Iterator[None]:
    argv = [sys.executable, "-m", "benchmarks.sink", str(SINK_PORT)]
    process = Process(LOAD_CORE, argv, {}, folder / "sink.log")
    try:
        process.wait_until(f"http://127.0.0.1:{SINK_PORT}/")
        yield
    finally:
        process.end()


@contextmanager
def collector(folder: Path, arguments: Sequence[str], memory: str = "450MiB") -> Iterator[Process]:
    """`memory` is for Go's GOMEMLIMIT; the default is that of the stack."""
    places = environment() | {
        "OTELCOL_DATA_DIR": str(folder / "data"),
        "SERVICE_LOG_DIR": str(folder / "logs"),
        "SERVICE_INSTANCES_FILE": str(folder / "instances.json"),
        "GOMEMLIMIT": memory,
    }
    program = str(ensure(["otelcol"])["otelcol"].path)
    process = Process(APP_CORE, [program, *arguments], places, folder / "collector.log")
    try:
        process.wait_until("http://127.0.0.1:13133/")
        yield process
    finally:
        process.end()


def received() -> Mapping[str, int]:
    """What the sink has got, in bytes by path."""
    with urllib.request.urlopen(f"http://127.0.0.1:{SINK_PORT}{RECEIVED}", timeout=10) as answer:
        found: dict[str, int] = json.load(answer)
        return found


def idle(pid: int) -> float:
    """Microseconds per second that it takes for nothing: its scrapes, its checks."""
    time.sleep(1)
    before = cpu_microseconds(pid)
    time.sleep(3)
    return (cpu_microseconds(pid) - before) / 3


def spend(pid: int, rest: float, load: Callable[[], object], what: str, thousands: int) -> float:
    """CPU microseconds for 1,000, from the first byte in to the last one out, without what idleness takes."""
    sent = f"otelcol_exporter_sent_{what}"
    before, cpu, began = sample(METRICS, sent), cpu_microseconds(pid), time.monotonic()
    load()
    wait_for(sent, before + thousands * 1000)
    return (cpu_microseconds(pid) - cpu - rest * (time.monotonic() - began)) / thousands


def wait_for(sent: str, wanted: float, seconds: float = 180) -> float:
    """Until so many are sent; how many they were."""
    deadline = time.monotonic() + seconds
    while (found := sample(METRICS, sent)) < wanted:
        if time.monotonic() > deadline:
            raise SystemExit(f"benchmark: {sent} is {found:.0f} after {seconds:.0f} s, not {wanted:.0f}")
        time.sleep(0.2)
    return found
