import ast
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from opentelemetry.sdk.trace import ReadableSpan

import glasshouse_telemetry as telemetry
from glasshouse_telemetry import testing

PACKAGE = Path(telemetry.__file__).parent


def run_python(code: str, **environment: str) -> str:
    """What a fresh interpreter prints."""
    path = {"PYTHONPATH": str(PACKAGE.parent), **environment}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(code)],
        env=path,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_all_is_what_the_package_offers_in_order() -> None:
    for module in (telemetry, testing):
        assert list(module.__all__) == sorted(module.__all__)
        assert all(hasattr(module, name) for name in module.__all__)
    imported = {name for name in vars(telemetry) if not name.startswith("_")}
    submodules = {path.stem for path in PACKAGE.glob("[a-z]*")}
    assert (
        imported - submodules - {"TYPE_CHECKING", "Any"} | {"instrument"}
        == set(telemetry.__all__) - submodules
    )


def test_the_example_at_the_top_works(lines: list[dict[str, Any]], spans: list[ReadableSpan]) -> None:
    example = textwrap.dedent((telemetry.__doc__ or "").split("\n\n", 1)[1].split("\n\nThe spans go")[0])
    assert len([line for line in example.splitlines() if line]) == 9
    namespace: dict[str, Any] = {"__name__": "hello"}

    exec(compile(example, "example", "exec"), namespace)
    app: Flask = namespace["app"]

    assert app.test_client().get("/hello/Ada").text == "Hello Ada"
    assert [line["message"] for line in lines] == ["greeting", "GET /hello/<name> 200"]
    assert [span.name for span in spans] == ["GET /hello/<name>"]


def test_importing_it_starts_and_configures_nothing() -> None:
    code = """
        import logging, threading
        import glasshouse_telemetry, glasshouse_telemetry.testing
        from opentelemetry import trace
        from prometheus_client import REGISTRY
        import requests
        print(threading.active_count(), logging.getLogger().handlers)
        print(type(trace.get_tracer_provider()).__name__, requests.Session.send.__module__)
        print(any(family.name.startswith("http_") for family in REGISTRY.collect()))
    """
    assert run_python(code).splitlines() == ["1 []", "ProxyTracerProvider requests.sessions", "False"]


def test_an_app_pays_only_for_what_it_uses() -> None:
    code = """
        import sys
        import flask, glasshouse_telemetry as telemetry
        telemetry.instrument(flask.Flask("lean"), service_name="lean")
        print(sorted({"grpc", "sqlalchemy", "loguru"} & sys.modules.keys()))
    """
    assert run_python(code) == "[]"


def test_telemetry_imports_no_other_part_of_the_repository() -> None:
    others = {"apps", "chassis", "stackctl"}
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                modules.append(node.module)
            assert not {module.partition(".")[0] for module in modules} & others, path


def test_it_is_marked_as_typed() -> None:
    assert (PACKAGE / "py.typed").exists()


def test_without_the_sdk_the_app_works_and_logs_and_counts() -> None:
    code = """
        import flask, glasshouse_telemetry as telemetry
        app = flask.Flask("off")
        handle = telemetry.instrument(app, service_name="off")
        app.add_url_rule("/", view_func=lambda: "ok")
        client = app.test_client()
        print(client.get("/").text)
        counted = "http_server_request_duration_seconds_count{"
        print(counted in client.get("/metrics").text, "trace_id" in client.get("/metrics").text)
        handle.shutdown()
    """
    access, text, metrics = run_python(code, OTEL_SDK_DISABLED="true").splitlines()
    assert text == "ok"
    assert '"message":"GET / 200"' in access and "trace_id" not in access
    assert metrics == "True False"


def test_the_service_is_named_by_the_environment_unless_by_the_code(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "from-environment")

    assert telemetry.instrument(Flask("a")).service_name == "from-environment"
    assert telemetry.instrument(Flask("b"), service_name="from-code").service_name == "from-code"


def test_a_sampler_of_the_environment_is_used() -> None:
    code = """
        import glasshouse_telemetry as telemetry
        tracer = telemetry.start_tracing(service_name="sampled").tracer
        print(tracer.start_span("x").get_span_context().trace_flags.sampled)
    """
    environment = {"OTEL_TRACES_EXPORTER": "none", "OTEL_TRACES_SAMPLER": "always_off"}
    assert run_python(code, **environment) == "False"
    assert run_python(code, OTEL_TRACES_EXPORTER="none") == "True"


def test_a_program_without_flask_can_choose_its_trace_ids() -> None:
    code = """
        import glasshouse_telemetry as telemetry
        from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

        class Chosen(RandomIdGenerator):
            def generate_trace_id(self) -> int:
                return 0xabc

        handle = telemetry.start_tracing(service_name="traffic", id_generator=Chosen())
        print(handle.service_name, handle.tracer.start_span("x").get_span_context().trace_id == 0xabc)
    """
    assert run_python(code, OTEL_TRACES_EXPORTER="none") == "traffic True"


def test_a_provider_that_is_there_already_is_used_as_it_is() -> None:
    code = """
        import flask, glasshouse_telemetry as telemetry
        from opentelemetry import trace
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import SimpleSpanProcessor
        from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

        theirs, exported = TracerProvider(), InMemorySpanExporter()
        theirs.add_span_processor(SimpleSpanProcessor(exported))
        trace.set_tracer_provider(theirs)
        app = flask.Flask("guest")
        telemetry.instrument(app, service_name="guest", metrics_path=None)
        app.test_client().get("/")
        print(trace.get_tracer_provider() is theirs, len(exported.get_finished_spans()))
    """
    assert run_python(code).splitlines()[-1] == "True 1"


def test_a_failure_to_observe_is_no_failure_of_the_request(app: Flask, lines: list[dict[str, Any]]) -> None:
    class Broken:
        def __getattr__(self, name: str) -> Any:
            raise RuntimeError(f"no {name}")

    middleware: Any = app.wsgi_app
    middleware._tracer = Broken()

    response = app.test_client().get("/users/17")

    assert (response.status_code, response.text) == (200, "17")
    assert "X-Request-ID" in response.headers
