"""Metrics and log lines of several workers, some of which end meanwhile: each counted and delivered once."""

import os
import signal
import subprocess
import sys
import textwrap
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.telemetry.conftest import INSTRUMENTED, StartApp
from tests.integration.telemetry.gunicorn_app import ROOT, poll_until
from tests.integration.telemetry.otlp_signals import SignalsReceiver

PUSHING = """
    import atexit, json, os
    from flask import Flask
    from opentelemetry.sdk.resources import Resource
    from prometheus_client import Counter, Histogram
    from prometheus_client.registry import REGISTRY
    from glasshouse_telemetry.export.destinations import otlp_sender
    from glasshouse_telemetry.export.log_lines import LogLineQueue
    from glasshouse_telemetry.export.metrics import start_metrics_push

    resource = Resource({"service.name": "hello"})
    requests = Counter("hello_requests", "Requests")
    seconds = Histogram("hello_seconds", "Durations")
    imports = Counter("hello_imports", "What counts before any fork")
    imports.inc(7)
    lines = LogLineQueue(resource, otlp_sender("logs"))
    push = start_metrics_push(REGISTRY, resource, begin=False)
    atexit.register(push.shutdown)
    atexit.register(lines.shutdown)
    app = Flask("hello")

    @app.get("/metrics")
    def ready():
        return "ready"

    @app.get("/hello/<name>")
    def hello(name):
        push.begin()
        requests.inc()
        seconds.observe(0.5)
        lines.put("INFO", json.dumps({"message": name}))
        return str(os.getpid())
"""
IMPORTS = 7


@pytest.fixture
def signals() -> Iterator[SignalsReceiver]:
    with SignalsReceiver() as signals:
        yield signals


@pytest.mark.parametrize("options", [(), ("--preload",)], ids=["after fork", "preload"])
@pytest.mark.parametrize("ending", ["max requests", "terminated"])
def test_every_request_counts_once_although_workers_come_and_go(
    start_app: StartApp, signals: SignalsReceiver, options: tuple[str, ...], ending: str
) -> None:
    environment = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": signals.endpoint,
        "OTEL_METRICS_EXPORTER": "otlp",
        "OTEL_METRIC_EXPORT_INTERVAL": "200",
    }
    recycled = ("--max-requests", "60") if ending == "max requests" else ()
    app = start_app(PUSHING, environment, options=("--workers", "4", *recycled, *options))

    names = []
    for part in range(4):
        app.serve(100, f"/hello/{part}")
        names += [str(part)] * 100
        if ending == "terminated":
            os.kill(app.worker_pids()[0], signal.SIGTERM)
    poll_until(lambda: signals.total("hello_requests_total") > 200, "workers to push by themselves")
    app.stop()

    assert signals.total("hello_requests_total") == 400
    assert signals.total("hello_seconds") == 400
    assert Counter(signals.bodies) == Counter(names)
    assert len(signals.values) > 1
    firsts = [signals.first_values[name]["hello_requests_total"] for name in signals.first_values]
    assert firsts == [0] * len(firsts)  # so that `increase` counts what a worker did before its first push
    processes = 1 if options else len(signals.values)
    assert signals.total("hello_imports_total") == IMPORTS * processes
    assert {"python_info", "process_cpu_seconds_total"} <= signals.metric_names


CHILDREN = """
    import multiprocessing, sys
    from opentelemetry.sdk.resources import Resource
    from prometheus_client import REGISTRY, Counter
    from glasshouse_telemetry.export.metrics import start_metrics_push

    jobs = Counter("jobs", "Jobs")
    push = start_metrics_push(REGISTRY, Resource({"service.name": "batch"}))

    def work(count):
        jobs.inc(count)
        push.shutdown()

    if __name__ == "__main__":
        jobs.inc(10)
        children = [multiprocessing.get_context("fork").Process(target=work, args=(n,)) for n in (1, 2, 3)]
        for child in children: child.start()
        for child in children: child.join()
        sys.exit(any(child.exitcode for child in children) or push.shutdown())
"""


def test_children_of_a_process_push_what_they_counted(tmp_path: Path, signals: SignalsReceiver) -> None:
    program = tmp_path / "program.py"
    program.write_text(textwrap.dedent(CHILDREN), encoding="utf-8")
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "OTEL_EXPORTER_OTLP_ENDPOINT": signals.endpoint,
        "OTEL_METRICS_EXPORTER": "otlp",
    }

    subprocess.run([sys.executable, program], env=environment, check=True, timeout=60)

    assert signals.total("jobs_total") == 16
    assert sorted(values["jobs_total"] for values in signals.values.values()) == [1, 2, 3, 10]


@pytest.mark.parametrize("options", [(), ("--preload",)], ids=["after fork", "preload"])
def test_an_observed_app_counts_every_request_and_line_once(
    start_app: StartApp, signals: SignalsReceiver, options: tuple[str, ...]
) -> None:
    environment = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": signals.endpoint,
        "OTEL_METRICS_EXPORTER": "otlp",
        "OTEL_LOGS_EXPORTER": "otlp",
        "OTEL_METRIC_EXPORT_INTERVAL": "500",
    }
    app = start_app(INSTRUMENTED, environment, options=("--workers", "4", *options))

    for _ in range(4):
        app.serve(100)
        os.kill(app.worker_pids()[0], signal.SIGTERM)
    app.stop()

    assert signals.total("http_server_request_duration_seconds") == 400
    assert Counter(signals.bodies)["GET /hello/<name> 200"] == 400
    assert not app.log_file.exists()
