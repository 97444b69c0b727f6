"""Spans of a real server on their way to a receiver that comes and goes."""

import json
import os
import signal
import statistics
from pathlib import Path

import pytest

from tests.integration.telemetry.conftest import StartApp
from tests.integration.telemetry.gunicorn_app import GunicornApp, poll_until
from tests.integration.telemetry.otlp_receiver import GrpcReceiver, HangingReceiver, OtlpReceiver

PROCESSED = "otel_sdk_processor_span_processed_total"
EXPORTED = "otel_sdk_exporter_span_exported_total"
WAITING = "otel_sdk_processor_span_queue_size"
before_or_after_the_fork = pytest.mark.parametrize(
    "options", [(), ("--preload",)], ids=["after fork", "preload"]
)


def delivered(app: GunicornApp) -> float:
    return app.metric(f'{EXPORTED}{{error_type=""}}')


@before_or_after_the_fork
def test_every_span_arrives_once_when_the_receiver_was_away(
    start_app: StartApp, receiver: OtlpReceiver, options: tuple[str, ...]
) -> None:
    receiver.come()
    app = start_app(options=options)
    sent, _ = app.serve(50)
    poll_until(lambda: delivered(app) == 50, "the first spans to be delivered")
    receiver.go_away()
    while_away, _ = app.serve(200)
    assert len(receiver.trace_ids()) == 50
    receiver.come()
    sent += while_away

    poll_until(lambda: len(receiver.trace_ids()) >= len(sent), "all spans at the receiver")

    assert sorted(receiver.trace_ids()) == sorted(sent)
    assert len({span.span_id for span in receiver.spans}) == len(sent)
    assert receiver.services == {"hello"}
    assert app.metric(f'{PROCESSED}{{error_type="queue_full"}}') == 0
    poll_until(lambda: delivered(app) == len(sent), "all spans to be counted")


@before_or_after_the_fork
def test_the_next_worker_delivers_the_spans_of_a_killed_one(
    start_app: StartApp, receiver: OtlpReceiver, tmp_path: Path, options: tuple[str, ...]
) -> None:
    app = start_app(environment={"TELEMETRY_SPOOL_DIR": str(tmp_path / "spool")}, options=options)
    sent, _ = app.serve(200)
    poll_until(lambda: app.metric(WAITING) == 200, "all spans to wait")
    os.kill(app.worker_pids()[0], signal.SIGKILL)
    receiver.come()

    def arrived() -> bool:
        app.metric(WAITING)  # nobody sends a request that makes a span, but the new worker is scraped
        return len(receiver.trace_ids()) >= len(sent)

    poll_until(arrived, "all spans at the receiver")

    assert sorted(receiver.trace_ids()) == sorted(sent)
    assert len({span.span_id for span in receiver.spans}) == len(sent)


@before_or_after_the_fork
def test_a_sigterm_delivers_what_is_queued(
    start_app: StartApp, receiver: OtlpReceiver, options: tuple[str, ...]
) -> None:
    receiver.come()
    app = start_app(environment={"OTEL_BSP_SCHEDULE_DELAY": "60000"}, options=options)

    sent, _ = app.serve(100)
    assert receiver.trace_ids() == []
    app.stop()

    assert sorted(receiver.trace_ids()) == sorted(sent)


@before_or_after_the_fork
def test_a_sigterm_delivers_what_is_queued_over_grpc_too(
    start_app: StartApp, options: tuple[str, ...]
) -> None:
    with GrpcReceiver() as receiver:
        receiver.come()
        environment = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.endpoint,
            "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
            "OTEL_BSP_SCHEDULE_DELAY": "60000",
        }
        app = start_app(environment=environment, options=options)

        sent, _ = app.serve(100)
        app.stop()

        assert sorted(receiver.trace_ids()) == sorted(sent)


LARGE_SPANS = """
    from flask import Flask
    from opentelemetry import trace
    import glasshouse_telemetry as telemetry

    app = Flask("hello")
    telemetry.instrument(app, service_name="hello")

    @app.get("/hello/<name>")
    def hello(name):
        trace.get_current_span().set_attribute("large", "x" * 60_000)
        return f"Hello {name}"
"""


def test_batches_fit_in_what_a_grpc_server_takes_by_default(start_app: StartApp) -> None:
    with GrpcReceiver() as receiver:
        receiver.come()
        environment = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.endpoint,
            "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
            "OTEL_BSP_SCHEDULE_DELAY": "60000",
        }
        app = start_app(LARGE_SPANS, environment=environment)

        sent, _ = app.serve(100)  # 6 MB; a server takes 4 MiB
        app.stop()

        assert sorted(receiver.trace_ids()) == sorted(sent)


def test_a_batch_that_is_too_large_for_the_receiver_arrives_in_parts(
    start_app: StartApp, receiver: OtlpReceiver
) -> None:
    receiver.most_bytes = 300_000
    receiver.come()
    app = start_app(LARGE_SPANS, environment={"OTEL_BSP_SCHEDULE_DELAY": "60000"})

    sent, _ = app.serve(50)
    app.stop()

    assert sorted(receiver.trace_ids()) == sorted(sent)


def test_a_receiver_is_left_alone_for_as_long_as_it_asks(start_app: StartApp, receiver: OtlpReceiver) -> None:
    receiver.refusals = [(503, {"Retry-After": "1"})]
    receiver.come()
    app = start_app()

    sent, _ = app.serve(20)
    poll_until(lambda: len(receiver.trace_ids()) >= len(sent), "all spans at the receiver")

    assert sorted(receiver.trace_ids()) == sorted(sent)
    assert receiver.asked_at[1] - receiver.asked_at[0] >= 1


@pytest.mark.parametrize("kind", ["refusing", "hanging"])
def test_a_receiver_that_never_takes_anything_slows_no_request(start_app: StartApp, kind: str) -> None:
    hanging = HangingReceiver()
    endpoint = hanging.endpoint
    if kind == "refusing":
        hanging.close()
    app = start_app(environment={"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "OTEL_BSP_MAX_QUEUE_SIZE": "50"})

    _, seconds = app.serve(400)

    assert statistics.median(seconds) < 0.25
    assert max(seconds) < 3
    assert app.metric(f'{PROCESSED}{{error_type="queue_full"}}') == 350
    assert app.metric("otel_sdk_processor_span_queue_size") == 50
    assert app.metric("otel_sdk_processor_span_queue_capacity") == 50
    warnings = [line for line in app.log_file.read_text().splitlines() if '"telemetry.export"' in line]
    assert len(warnings) <= 2
    hanging.close()


def test_workers_of_one_preloaded_app_lose_nothing_and_tear_no_line(
    start_app: StartApp, receiver: OtlpReceiver
) -> None:
    receiver.come()
    app = start_app(options=("--workers", "2", "--preload"))

    sent, _ = app.serve(200)
    app.stop()

    assert sorted(receiver.trace_ids()) == sorted(sent)
    lines = [json.loads(line) for line in app.log_file.read_text(encoding="utf-8").splitlines()]
    assert sorted(line["trace_id"] for line in lines if line["logger"] == "telemetry.access") == sorted(sent)
