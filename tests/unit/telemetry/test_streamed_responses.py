"""A response that is still being made when the view returns lasts until the server closes it."""

import io
from collections.abc import Iterator
from typing import Any
from wsgiref.util import FileWrapper

import pytest
from flask import Flask, Response, send_file, stream_with_context
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import StatusCode
from werkzeug.test import create_environ

from glasshouse_telemetry.testing import CapturedMetrics

COUNT = "http_server_request_duration_seconds_count"


def ignore(status: str, headers: list[tuple[str, str]], exc_info: Any = None, /) -> Any:
    return lambda _: None


@pytest.fixture
def streaming(app: Flask) -> Flask:
    @app.get("/numbers")
    def numbers() -> Response:
        def digits() -> Iterator[str]:
            for digit in "123":
                assert trace.get_current_span().is_recording()
                yield digit

        return Response(stream_with_context(digits()))

    @app.get("/breaking")
    def breaking() -> Response:
        def half() -> Iterator[str]:
            yield "1"
            raise OSError("the rest is gone")

        return Response(half())

    @app.get("/file")
    def file() -> Response:
        return send_file(io.BytesIO(b"content"), mimetype="text/plain")

    return app


def test_its_span_ends_when_it_is_closed(streaming: Flask, spans: list[ReadableSpan]) -> None:
    body: Any = streaming(create_environ("/numbers"), ignore)

    assert b"".join(body) == b"123"
    assert spans == []
    body.close()
    assert [span.name for span in spans] == ["GET /numbers"]


def test_it_is_one_request_however_often_it_is_closed(
    streaming: Flask, spans: list[ReadableSpan], metrics: CapturedMetrics, lines: list[dict[str, Any]]
) -> None:
    body: Any = streaming(create_environ("/numbers"), ignore)
    body.close()
    body.close()

    assert (len(spans), metrics.increase(COUNT), len(lines)) == (1, 1, 1)


def test_a_client_that_goes_away_ends_it(streaming: Flask, spans: list[ReadableSpan]) -> None:
    body: Any = streaming(create_environ("/numbers"), ignore)

    next(body)
    body.close()

    assert spans[0].status.status_code is StatusCode.UNSET


def test_an_exception_in_its_midst_is_a_failure_in_all_signals(
    streaming: Flask, spans: list[ReadableSpan], lines: list[dict[str, Any]]
) -> None:
    body: Any = streaming(create_environ("/breaking"), ignore)

    with pytest.raises(OSError, match="the rest is gone"):
        b"".join(body)
    body.close()

    assert spans[0].status.status_code is StatusCode.ERROR
    assert (spans[0].attributes or {})["error.type"] == "OSError"
    assert [(line["severity"], line["logger"]) for line in lines] == [
        ("ERROR", "shop"),
        ("ERROR", "telemetry.access"),
    ]


def test_a_file_stays_what_the_server_can_send_from_the_kernel(
    streaming: Flask, spans: list[ReadableSpan]
) -> None:
    environ = create_environ("/file")
    environ["wsgi.file_wrapper"] = FileWrapper

    body: Any = streaming(environ, ignore)

    assert type(body) is FileWrapper
    assert spans == []
    body.close()
    assert [span.name for span in spans] == ["GET /file"]
