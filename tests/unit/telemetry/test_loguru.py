from collections.abc import Iterator
from typing import Any

import pytest
from loguru import logger
from opentelemetry import trace

import glasshouse_telemetry as telemetry


@pytest.fixture(autouse=True)
def configured(lines: list[dict[str, Any]]) -> Iterator[None]:
    telemetry.configure_logging("mailer")
    telemetry.use_loguru("TRACE")
    yield
    logger.remove()


def test_its_lines_have_the_same_head(lines: list[dict[str, Any]]) -> None:
    logger.info("mail {} sent", 7)

    assert list(lines[0]) == ["timestamp", "severity", "message", "logger", "service"]
    assert (lines[0]["message"], lines[0]["logger"], lines[0]["service"]) == (
        "mail 7 sent",
        __name__,
        "mailer",
    )


def test_bound_and_passed_values_are_fields(lines: list[dict[str, Any]]) -> None:
    logger.bind(**{"mail.id": "m-1"}).info("sent to {count}", count=3)

    assert (lines[0]["mail.id"], lines[0]["count"]) == ("m-1", 3)


def test_a_line_within_a_span_names_it(lines: list[dict[str, Any]], spans: list[Any]) -> None:
    with trace.get_tracer("test").start_as_current_span("work") as span:
        logger.info("working")

    assert lines[0]["span_id"] == trace.format_span_id(span.get_span_context().span_id)


def test_an_exception_has_its_type_message_and_stack(lines: list[dict[str, Any]]) -> None:
    try:
        raise KeyError("address")
    except KeyError:
        logger.exception("not sent")

    line = lines[0]
    assert (line["severity"], line["message"]) == ("ERROR", "not sent")
    assert (line["exception.type"], line["exception.message"]) == ("KeyError", "'address'")
    assert line["exception.stacktrace"].startswith("Traceback")


def test_a_stack_trace_shows_no_values(lines: list[dict[str, Any]]) -> None:
    secret = "hunter2"
    try:
        len(secret) / 0
    except ZeroDivisionError:
        logger.exception("failed")

    assert "hunter2" not in lines[0]["exception.stacktrace"]


@pytest.mark.parametrize(
    ("level", "severity"),
    [("TRACE", "DEBUG"), ("SUCCESS", "INFO"), ("WARNING", "WARNING"), ("CRITICAL", "CRITICAL")],
)
def test_its_own_levels_find_their_severity(lines: list[dict[str, Any]], level: str, severity: str) -> None:
    logger.log(level, "leveled")

    assert lines[0]["severity"] == severity
