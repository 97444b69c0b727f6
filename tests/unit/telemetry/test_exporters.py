"""Which exporters the environment asks for, and how their answers are read."""

import os
import subprocess
import sys
from types import SimpleNamespace
from typing import Any, cast

import pytest
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from glasshouse_telemetry.export import destinations
from glasshouse_telemetry.export.destinations import OtherSender, OtlpSpanSender, destinations_wanted
from glasshouse_telemetry.export.outcome import DELIVERED, Outcome
from glasshouse_telemetry.fast import otlp


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


def test_our_encoder_is_used_as_long_as_it_agrees_with_the_stock_one(lines: list[dict[str, Any]]) -> None:
    assert otlp.agrees_with_stock_encoder()
    assert lines == []


@pytest.mark.parametrize(
    "changed",
    [
        {"OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT": "1"},
        {"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT": "1"},
        {"OTEL_TRACES_SAMPLER": "always_off"},
        {"OTEL_SDK_DISABLED": "true"},
        {"OTEL_PYTHON_SDK_INTERNAL_METRICS_ENABLED": "true"},
    ],
    ids=str,
)
def test_the_environment_does_not_change_what_the_check_finds(
    monkeypatch: pytest.MonkeyPatch, changed: dict[str, str], lines: list[dict[str, Any]]
) -> None:
    for name, value in changed.items():
        monkeypatch.setenv(name, value)

    assert otlp.agrees_with_stock_encoder()
    assert lines == []


class SentRequests:
    def __init__(self) -> None:
        self.requests: list[bytes] = []

    def send(self, request: bytes) -> Outcome:
        self.requests.append(request)
        return DELIVERED

    def close(self) -> None:
        pass


@pytest.mark.parametrize("change", ["differs", "fails"])
def test_with_an_sdk_that_is_different_the_stock_encoder_is_used(
    monkeypatch: pytest.MonkeyPatch, span: ReadableSpan, change: str
) -> None:
    def different(span: ReadableSpan) -> bytes:
        if change == "fails":
            raise AttributeError("_status")
        return b"\x0a\x00"

    monkeypatch.setattr(otlp, "_span", different)
    sent = SentRequests()
    destination = destinations._otlp(lambda: sent)

    waiting = destination.prepare(span)
    assert destination.make_sender().send([waiting]) is DELIVERED

    assert sent.requests == [encode_spans([span]).SerializeToString()]
    assert (destination.name_of(waiting), destination.size_of(waiting) > 0) == ("span", True)


def test_a_span_that_cannot_be_encoded_does_not_take_its_batch_with_it(span: ReadableSpan) -> None:
    bad = ReadableSpan(name=cast(str, object()), context=span.context)
    sender = OtlpSpanSender(SentRequests, destinations._stock_request)

    assert sender.send([bad, span]).too_large
    assert sender.send([span]) is DELIVERED


def test_an_exporter_that_cannot_be_loaded_is_one_line(
    monkeypatch: pytest.MonkeyPatch, lines: list[dict[str, Any]]
) -> None:
    def fail() -> None:
        raise ImportError("no module named thrift")

    broken = SimpleNamespace(load=fail)
    monkeypatch.setattr(destinations, "entry_points", lambda group, name: [broken] if name == "old" else [])
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "old, unheard_of")

    assert destinations_wanted() == []
    assert [line["message"] for line in lines] == [
        "no spans go to the exporter 'old' of OTEL_TRACES_EXPORTER: no module named thrift",
        "OTEL_TRACES_EXPORTER names 'unheard_of', which is not installed: no spans go there",
    ]


def test_grpc_is_loaded_when_it_is_asked_for_and_not_before() -> None:
    program = (
        "import sys; from glasshouse_telemetry.export.destinations import destinations_wanted;"
        "destinations_wanted(); print('grpc' in sys.modules)"
    )
    for protocol, loaded in (("http/protobuf", "False"), ("grpc", "True")):
        environment = {
            "OTEL_EXPORTER_OTLP_PROTOCOL": protocol,
            "OTEL_TRACES_EXPORTER": "otlp",
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        done = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == loaded
