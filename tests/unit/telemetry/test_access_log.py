from typing import Any

import pytest
from flask import Flask
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan


def access_lines(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [line for line in lines if line["logger"] == "telemetry.access"]


def test_a_request_is_one_line_with_its_outcome(app: Flask, lines: list[dict[str, Any]]) -> None:
    app.test_client().get("/users/17")

    (line,) = access_lines(lines)
    assert line["message"] == "GET /users/<user_id> 200"
    assert line["severity"] == "INFO"
    assert line["http.request.method"] == "GET"
    assert line["http.route"] == "/users/<user_id>"
    assert line["url.path"] == "/users/17"
    assert line["http.response.status_code"] == 200
    assert line["duration_ms"] > 0


def test_all_lines_of_a_request_are_in_its_trace(
    app: Flask, lines: list[dict[str, Any]], spans: list[ReadableSpan]
) -> None:
    app.test_client().get("/users/17")

    context = spans[0].context
    assert context is not None
    assert {line["trace_id"] for line in lines} == {trace.format_trace_id(context.trace_id)}
    assert len(lines) == 2


@pytest.mark.parametrize(("path", "message"), [("/nowhere", "GET 404"), ("/broken", "GET /broken 500")])
def test_a_failure_has_its_line_too(app: Flask, lines: list[dict[str, Any]], path: str, message: str) -> None:
    app.test_client().get(path)

    (line,) = access_lines(lines)
    assert line["message"] == message
    assert line["severity"] == ("ERROR" if "500" in message else "INFO")


def test_an_unhandled_exception_is_logged_by_the_app_within_the_trace(
    app: Flask, lines: list[dict[str, Any]]
) -> None:
    app.test_client().get("/broken")

    error, access = lines
    assert (error["logger"], error["severity"]) == ("shop", "ERROR")
    assert error["exception.type"] == "ZeroDivisionError"
    assert (error["trace_id"], error["request_id"]) == (access["trace_id"], access["request_id"])


def test_an_exception_that_flask_lets_through_is_logged_all_the_same(
    app: Flask, lines: list[dict[str, Any]]
) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = True

    with pytest.raises(ZeroDivisionError):
        app.test_client().get("/broken")

    assert [line.get("exception.type") for line in lines] == ["ZeroDivisionError", None]


def test_quiet_routes_write_no_line(app: Flask, lines: list[dict[str, Any]]) -> None:
    for path in ("/healthz", "/readyz", "/metrics"):
        app.test_client().get(path)

    assert lines == []
