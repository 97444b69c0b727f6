from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.integration.telemetry.gunicorn_app import GunicornApp
from tests.integration.telemetry.otlp_receiver import OtlpReceiver

INSTRUMENTED = """
    from flask import Flask
    import glasshouse_telemetry as telemetry

    app = Flask("hello")
    telemetry.instrument(app, service_name="hello")

    @app.get("/hello/<name>")
    def hello(name):
        return f"Hello {name}"
"""
StartApp = Callable[..., GunicornApp]


@pytest.fixture
def receiver() -> Iterator[OtlpReceiver]:
    with OtlpReceiver() as receiver:
        yield receiver


@pytest.fixture
def start_app(tmp_path: Path, receiver: OtlpReceiver) -> Iterator[StartApp]:
    started: list[GunicornApp] = []

    def start(
        source: str = INSTRUMENTED, environment: Mapping[str, str] | None = None, **more: object
    ) -> GunicornApp:
        settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.endpoint, **(environment or {})}
        started.append(GunicornApp(tmp_path, source, environment=settings, **more))  # type: ignore[arg-type]
        started[-1].wait_until_ready()
        return started[-1]

    yield start
    for app in started:
        app.kill()
