"""Spans, log lines and metrics of the code under test as plain data; each line is checked by the schema."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from jsonschema import Draft202012Validator
from opentelemetry.sdk.trace import ReadableSpan

import glasshouse_telemetry as telemetry
from glasshouse_telemetry import testing
from glasshouse_telemetry.export import otlp_settings
from glasshouse_telemetry.logs.handler import forget_settings

SCHEMA = Path(__file__).parents[3] / "docs" / "log-line.schema.json"


@pytest.fixture(autouse=True)
def no_collector(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "none")
    monkeypatch.delenv("TELEMETRY_LOG_FILE", raising=False)


@pytest.fixture(autouse=True)
def root_logger_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    yield
    forget_settings()
    root.setLevel(level)
    root.handlers[:] = handlers


@pytest.fixture
def validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


@pytest.fixture
def lines(validator: Draft202012Validator) -> Iterator[list[dict[str, Any]]]:
    """Every line logged by the test, and at its end each of them fits the schema."""
    with testing.capture_logs() as captured:
        yield captured
    for line in captured:
        validator.validate(line)


@pytest.fixture
def spans() -> Iterator[list[ReadableSpan]]:
    with testing.capture_spans() as captured:
        yield captured


@pytest.fixture
def metrics() -> Iterator[testing.CapturedMetrics]:
    with testing.capture_metrics() as captured:
        yield captured


@pytest.fixture
def app() -> Flask:
    app = Flask("shop")
    telemetry.instrument(app, service_name="shop", service_version="1.2.3")

    @app.get("/users/<user_id>")
    def user(user_id: str) -> str:
        logging.getLogger("shop.users").info("looked up", extra={"user.id": user_id})
        return user_id

    @app.post("/orders")
    def order() -> tuple[str, int]:
        return "made", 201

    @app.get("/broken")
    def broken() -> str:
        raise ZeroDivisionError("division by zero")

    @app.get("/healthz")
    def healthz() -> str:
        return "ok"

    return app


@pytest.fixture
def providers(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Credential providers by name, as if packages had registered them."""
    found: dict[str, Any] = {}

    def entry_points(group: str, name: str) -> list[Any]:
        assert group == "opentelemetry_otlp_credential_provider"
        return [SimpleNamespace(load=lambda: found[name])] if name in found else []

    monkeypatch.setattr(otlp_settings, "entry_points", entry_points)
    monkeypatch.setattr("opentelemetry.exporter.otlp.proto.http._common.entry_points", entry_points)
    return found
