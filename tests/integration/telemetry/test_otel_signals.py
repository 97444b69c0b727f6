"""Metrics and log records made with OpenTelemetry's own API."""

import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.telemetry.gunicorn_app import ROOT
from tests.integration.telemetry.otlp_signals import SignalsReceiver

PROGRAM = """
    import os, time
    from opentelemetry import _logs, metrics
    from opentelemetry.sdk.resources import Resource
    from glasshouse_telemetry.export.otel_api import start_otel_signals

    start_otel_signals(Resource({"service.name": "shop"}))
    counter = metrics.get_meter("shop").create_counter("orders")
    counter.add(3)
    _logs.get_logger("shop").emit(body="placed", timestamp=time.time_ns())
    if os.fork() == 0:
        metrics.get_meter_provider().force_flush()
        os._exit(0)
    os.wait()
"""
ALREADY_SET = """
    from opentelemetry import _logs, metrics
    from opentelemetry.sdk._logs import LoggerProvider
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.resources import Resource
    from glasshouse_telemetry.export.otel_api import start_otel_signals

    mine = MeterProvider(), LoggerProvider()
    metrics.set_meter_provider(mine[0])
    _logs.set_logger_provider(mine[1])
    start_otel_signals(Resource({"service.name": "shop"}))
    assert (metrics.get_meter_provider(), _logs.get_logger_provider()) == mine
"""


@pytest.fixture
def signals() -> Iterator[SignalsReceiver]:
    with SignalsReceiver() as signals:
        yield signals


def run(folder: Path, source: str, **environment: str) -> str:
    program = folder / "program.py"
    program.write_text(textwrap.dedent(source), encoding="utf-8")
    finished = subprocess.run(
        [sys.executable, program],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment},
        check=True,
        timeout=60,
        capture_output=True,
        text=True,
    )
    return finished.stdout + finished.stderr


def test_they_are_delivered_by_each_process_under_its_own_id(
    tmp_path: Path, signals: SignalsReceiver
) -> None:
    said = run(
        tmp_path,
        PROGRAM,
        OTEL_METRICS_EXPORTER="otlp",
        OTEL_LOGS_EXPORTER="otlp",
        OTEL_EXPORTER_OTLP_ENDPOINT=signals.endpoint,
    )

    assert said == ""
    assert signals.bodies == ["placed"]
    assert len(signals.values) == 2
    assert {"orders"} <= signals.metric_names


def test_nothing_is_set_up_unless_it_is_asked_for(tmp_path: Path, signals: SignalsReceiver) -> None:
    endpoint = signals.endpoint
    run(tmp_path, PROGRAM, OTEL_LOGS_EXPORTER="console", OTEL_EXPORTER_OTLP_ENDPOINT=endpoint)

    assert (signals.bodies, signals.metric_names) == ([], set())


def test_a_provider_that_is_set_already_stays(tmp_path: Path) -> None:
    run(tmp_path, ALREADY_SET, OTEL_METRICS_EXPORTER="otlp", OTEL_LOGS_EXPORTER="otlp")
