"""What a line looks like, whatever is logged."""

import json
import logging
import uuid
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from jsonschema import Draft202012Validator
from opentelemetry import trace

import glasshouse_telemetry as telemetry
from glasshouse_telemetry.logs.handler import LineHandler
from glasshouse_telemetry.logs.line import MAX_BYTES

log = logging.getLogger("shop.orders")


@pytest.fixture(autouse=True)
def configured(lines: list[dict[str, Any]]) -> None:
    telemetry.configure_logging("shop", level="DEBUG")


class Unprintable:
    def __str__(self) -> str:
        raise RuntimeError("no")

    __repr__ = __str__


def test_a_line_has_its_head_first_and_then_the_calls_own_fields(lines: list[dict[str, Any]]) -> None:
    log.info("order %s placed", 7, extra={"order.total_cents": 1999})

    line = lines[0]
    assert list(line) == ["timestamp", "severity", "message", "logger", "service", "order.total_cents"]
    assert line["message"] == "order 7 placed"
    assert (line["severity"], line["logger"], line["service"]) == ("INFO", "shop.orders", "shop")
    assert line["order.total_cents"] == 1999


def test_a_line_within_a_span_names_it(app: Flask, lines: list[dict[str, Any]]) -> None:
    tracer = trace.get_tracer("test")

    with tracer.start_as_current_span("work") as span:
        log.info("working")

    context = span.get_span_context()
    assert lines[0]["trace_id"] == trace.format_trace_id(context.trace_id)
    assert lines[0]["span_id"] == trace.format_span_id(context.span_id)


def test_an_exception_has_its_type_message_and_stack(lines: list[dict[str, Any]]) -> None:
    try:
        json.loads("{")
    except ValueError:
        log.exception("no JSON")

    line = lines[0]
    assert line["exception.type"] == "json.decoder.JSONDecodeError"
    assert line["exception.message"].startswith("Expecting property name")
    assert line["exception.stacktrace"].startswith("Traceback")
    assert line["exception.stacktrace"].endswith(line["exception.message"])


def test_exc_info_without_an_exception_is_no_exception(lines: list[dict[str, Any]]) -> None:
    log.error("nothing raised", exc_info=True)

    assert "exception.type" not in lines[0]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (Decimal("1.10"), "1.10"),
        ({"nested": [1, {"deep": None}]}, {"nested": [1, {"deep": None}]}),
        (b"bytes", "b'bytes'"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        ({("a", 1): 2}, "{('a', 1): 2}"),
        (Unprintable(), "<Unprintable that cannot be shown>"),
        (True, True),
        (None, None),
    ],
)
def test_values_that_are_no_json_become_text(
    lines: list[dict[str, Any]], value: object, written: object
) -> None:
    log.info("value", extra={"value": value})

    assert lines[0]["value"] == written


def test_a_structure_that_holds_itself_becomes_text(lines: list[dict[str, Any]]) -> None:
    circle: list[object] = []
    circle.append(circle)

    log.info("circle", extra={"circle": circle})

    assert lines[0]["circle"] == "[[...]]"


@pytest.mark.parametrize("name", ["timestamp", "severity", "logger", "service", "trace_id", "request_id"])
def test_a_field_with_a_name_of_ours_stays_beside_it(lines: list[dict[str, Any]], name: str) -> None:
    log.info("collision", extra={name: "mine"})

    assert lines[0][f"extra.{name}"] == "mine"
    assert lines[0].get(name) != "mine"


def test_arguments_that_do_not_fit_still_make_a_line(lines: list[dict[str, Any]]) -> None:
    root = logging.getLogger()
    root.handlers[:] = [
        each for each in root.handlers if isinstance(each, LineHandler)
    ]  # pytest's would raise

    log.info("%d apples", "many")
    log.info("%s %s", "one")

    assert [line["message"] for line in lines] == ["%d apples ('many',)", "%s %s ('one',)"]


def test_a_dict_as_message_gives_its_fields(lines: list[dict[str, Any]]) -> None:
    log.info({"message": "placed", "order.id": "o-1"})

    assert (lines[0]["message"], lines[0]["order.id"]) == ("placed", "o-1")


@pytest.mark.parametrize(
    ("level", "severity"), [(5, "DEBUG"), (10, "DEBUG"), (25, "INFO"), (30, "WARNING"), (99, "CRITICAL")]
)
def test_custom_levels_have_the_severity_below_them(
    lines: list[dict[str, Any]], level: int, severity: str
) -> None:
    logging.getLogger().setLevel(1)

    log.log(level, "leveled")

    assert lines[0]["severity"] == severity


def test_line_breaks_and_surrogates_stay_within_the_line(lines: list[dict[str, Any]]) -> None:
    log.info("two\nlines \ud800")

    assert len(lines) == 1
    assert lines[0]["message"].startswith("two\nlines ")


LONG_CALLS: list[tuple[str, dict[str, object]]] = [
    ("x" * 200_000, {}),
    ("ü" * 100_000, {}),
    ("many fields", {f"field.{number}": "y" * 500 for number in range(1000)}),
    ("deep", {"list": ["z" * 100] * 10_000}),
    ("long name", {"n" * 70_000: 1}),
]


@pytest.mark.parametrize(("message", "fields"), LONG_CALLS)
def test_a_line_over_the_bound_is_cut_and_still_a_valid_line(
    lines: list[dict[str, Any]], message: str, fields: dict[str, object]
) -> None:
    log.info(message, extra=fields)

    assert len(json.dumps(lines[0], ensure_ascii=False, separators=(",", ":")).encode()) < MAX_BYTES


def test_a_cut_text_keeps_both_ends_and_says_so(lines: list[dict[str, Any]]) -> None:
    log.info("begin" + "x" * 200_000 + "end")

    message = lines[0]["message"]
    assert message.startswith("beginxxx")
    assert message.endswith("xxxend")
    assert "[191816 characters cut]" in message


def test_third_party_loggers_write_the_same_lines(
    lines: list[dict[str, Any]], validator: Draft202012Validator
) -> None:
    logging.getLogger("werkzeug").warning("dev server")
    logging.getLogger("sqlalchemy.engine").error("engine")

    assert [line["logger"] for line in lines] == ["werkzeug", "sqlalchemy.engine"]
