"""Which exporters the environment asks for, and how their answers are read."""

from typing import Any, cast

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from glasshouse_telemetry.export.destinations import OtherSender, OtlpSpanSender, destinations_wanted
from glasshouse_telemetry.export.outcome import DELIVERED


@pytest.fixture
def span() -> ReadableSpan:
    span: Any = TracerProvider(shutdown_on_exit=False).get_tracer("test").start_span("span")
    span.end()
    return cast(ReadableSpan, span)


@pytest.mark.parametrize(
    ("environment", "kinds"),
    [
        ({}, ["HttpSender"]),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, ["HttpSender"]),
        ({"OTEL_TRACES_EXPORTER": "none"}, []),
        ({"OTEL_TRACES_EXPORTER": "otlp_proto_http, console"}, ["HttpSender", "OtherSender"]),
        ({"OTEL_TRACES_EXPORTER": "otlp_proto_grpc"}, ["GrpcSender"]),
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, ["GrpcSender"]),
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "http/json"}, ["HttpSender"]),
        (
            {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf"},
            ["HttpSender"],
        ),
        ({"OTEL_TRACES_EXPORTER": "never_installed"}, []),
    ],
)
def test_the_environment_chooses_the_exporters(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], kinds: list[str]
) -> None:
    monkeypatch.delenv("OTEL_TRACES_EXPORTER")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    senders = [each.make_sender() for each in destinations_wanted()]

    assert [kind_of(sender) for sender in senders] == kinds
    for sender in senders:
        sender.close()


def kind_of(sender: Any) -> str:
    return type(sender._sender if isinstance(sender, OtlpSpanSender) else sender).__name__


def test_an_exporter_of_another_kind_delivers_too(span: ReadableSpan) -> None:
    exporter = InMemorySpanExporter()

    assert OtherSender(lambda: exporter).send([span]) is DELIVERED
    assert exporter.get_finished_spans() == (span,)
