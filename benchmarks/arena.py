"""Everything that takes part in one run: the variants on one core, all others on the other."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import ROOT, Process
from benchmarks.variants import SINK_PORT, VARIANTS, Variant
from stackctl.fetch.ensure import ensure

APP_CORE, LOAD_CORE = 0, 1
FIRST_PORT = 15100


@dataclass(frozen=True)
class Contender:
    variant: Variant
    process: Process
    port: int
    log_file: Path

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@contextmanager
def arena(folder: Path, programs: Path, variants: Sequence[Variant] = VARIANTS) -> Iterator[list[Contender]]:
    """Every variant under gunicorn: one worker, 8 threads."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        _start_surroundings(folder, stack)
        yield [
            start(variant, FIRST_PORT + number, folder, programs, stack)
            for number, variant in enumerate(variants)
        ]


def start(variant: Variant, port: int, folder: Path, programs: Path, stack: ExitStack) -> Contender:
    log_file = folder / f"{port}.jsonl"
    log_file.unlink(missing_ok=True)
    command = [str(programs / each) for each in variant.command]
    gunicorn = [str(programs / "gunicorn"), "-k", "gthread", "--threads", "8", "-w", "1"]
    environment = {
        "BENCHMARK_VARIANT": variant.name,
        "BENCHMARK_DATABASE": f"sqlite:///{folder}/{port}.db",
        "BENCHMARK_DOWNSTREAM": f"http://127.0.0.1:{SINK_PORT}",
        "TELEMETRY_LOG_FILE": str(log_file),
        "PATH": f"{programs}:/usr/local/bin:/usr/bin:/bin",
        **variant.environment,
    }
    argv = [*command, *gunicorn, "-b", f"127.0.0.1:{port}", "benchmarks.app:create_app()"]
    process = Process(APP_CORE, argv, environment, folder / f"{port}.log")
    stack.callback(process.end)
    process.wait_until(f"http://127.0.0.1:{port}/hello/first")
    return Contender(variant, process, port, log_file)


def _start_surroundings(folder: Path, stack: ExitStack) -> None:
    python = [sys.executable, "-m", "benchmarks.sink", str(SINK_PORT)]
    collector = [
        str(ensure(["otelcol"])["otelcol"].path),
        "--config",
        str(ROOT / "benchmarks/collector.yaml"),
    ]
    environment = {"BENCHMARK_FOLDER": str(folder), "BENCHMARK_SCRAPED_PORT": str(FIRST_PORT + 1)}
    for argv, name, url in (
        (python, "sink", f"http://127.0.0.1:{SINK_PORT}/"),
        (collector, "collector", "http://127.0.0.1:15888/metrics"),
    ):
        process = Process(LOAD_CORE, argv, environment, folder / f"{name}.log")
        stack.callback(process.end)
        process.wait_until(url)
