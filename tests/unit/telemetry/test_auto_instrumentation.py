from collections.abc import Iterator
from importlib.metadata import EntryPoint

import pytest
from flask import Flask
from opentelemetry.sdk.trace import ReadableSpan

from glasshouse_telemetry import zero_code as _auto


@pytest.fixture
def instrumented() -> Iterator[None]:
    _auto.Instrumentor().instrument()
    yield
    _auto.Instrumentor().uninstrument()


def test_every_app_is_instrumented_when_it_is_made(instrumented: None, spans: list[ReadableSpan]) -> None:
    class Special(Flask):
        pass

    for kind in (Flask, Special):
        app = kind("unmodified")
        app.add_url_rule("/", view_func=lambda: "ok")
        app.test_client().get("/")

    assert [span.name for span in spans] == ["GET /", "GET /"]


def test_it_can_be_taken_back() -> None:
    stock = Flask.__init__

    _auto.Instrumentor().instrument()
    _auto.Instrumentor().uninstrument()

    assert Flask.__init__ is stock


def test_stock_instrumentations_of_the_same_things_are_left_out() -> None:
    loaded = []

    class Recording(EntryPoint):
        def load(self) -> object:
            loaded.append(self.name)
            return lambda: type("Fake", (), {"instrument": lambda self, **_: None})()

    distro = _auto.Distro()
    for name in ("flask", "requests", "redis", "glasshouse"):
        distro.load_instrumentor(Recording(name, "package:Class", "opentelemetry_instrumentor"))

    assert loaded == ["redis", "glasshouse"]


def test_the_distro_chooses_our_configurator_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    monkeypatch.delenv("OTEL_PYTHON_CONFIGURATOR", raising=False)
    _auto.Distro().configure()
    assert os.environ["OTEL_PYTHON_CONFIGURATOR"] == "glasshouse"

    monkeypatch.setenv("OTEL_PYTHON_CONFIGURATOR", "another")
    _auto.Distro().configure()
    assert os.environ["OTEL_PYTHON_CONFIGURATOR"] == "another"
