"""One request as `./stack trace` shows it."""

from io import StringIO

import pytest
from rich.console import Console
from typer.testing import CliRunner

from stackctl.cli.main import app
from stackctl.inspect.trace import in_order, readable_exemplar, readable_line, waterfall
from stackctl.query import Exemplar, Line, Span

TRACE_ID = "d4a543ab8ee56f9c8911445d25280871"


def span(
    span_id: str, parent_id: str | None, name: str, start: float, milliseconds: float, **attributes: object
) -> Span:
    service = name.split()[0].lower()
    return Span(TRACE_ID, span_id, parent_id, service, name, "server", start, milliseconds / 1000, attributes)


@pytest.fixture
def spans() -> list[Span]:
    """As a backend may answer: in no order. The root's parent is unknown to it."""
    return [
        span("c", "b", "Users get", 100.02, 10),
        span("d", "b", "Products list", 100.05, 25),
        span("b", "a", "Orders create", 100.0, 100, **{"http.response.status_code": 201}),
    ]


def test_parents_come_before_children_and_siblings_by_time(spans: list[Span]) -> None:
    order = [(depth, each.span_id) for depth, each in in_order([*reversed(spans)])]

    assert order == [(0, "b"), (1, "c"), (1, "d")]


def test_every_span_is_shown_though_parents_are_missing() -> None:
    orphans = [span("x", "lost", "Users get", 2.0, 1), span("y", None, "Users get", 1.0, 1)]

    assert [each.span_id for _, each in in_order(orphans)] == ["y", "x"]


def test_a_bar_shows_when_a_span_ran(spans: list[Span]) -> None:
    output = StringIO()

    Console(file=output, width=120).print(waterfall(spans))

    root, _, products = output.getvalue().splitlines()[1:]
    assert root.split() == ["orders", "Orders", "create", "server", "201", "100.0", "━" * 30]
    assert products.index("━") - root.index("━") == 15
    assert products.count("━") == 8


def test_a_trace_of_no_length_is_shown_too() -> None:
    output = StringIO()

    Console(file=output, width=120).print(waterfall([span("a", None, "Users get", 1.0, 0)]))

    assert output.getvalue().count("━") == 1


def test_a_log_line_has_its_service_and_fields() -> None:
    fields = {"severity_text": "INFO", "trace_id": TRACE_ID, "duration_ms": "14.63", "detected_level": "info"}
    line = Line(1_795_227_272_926_352_000, "POST /orders 201", {"service_name": "orders"}, fields)

    assert readable_line(line).plain == "02:14:32.926 orders    INFO     POST /orders 201 duration_ms=14.63"


def test_an_exemplar_is_shown_as_in_a_query() -> None:
    series = {
        "__name__": "duration_bucket",
        "service_name": "orders",
        "le": "0.05",
        "instance": "127.0.0.1:5003",
    }

    shown = readable_exemplar(Exemplar(series, TRACE_ID, "5f3e8950410733a0", 0.0331699, 100.0)).plain

    assert shown == 'duration_bucket{service_name="orders", le="0.05"} 0.0332'


@pytest.mark.parametrize("wrong", ["", "abc", TRACE_ID.upper(), TRACE_ID + "0", '" or true'])
def test_what_is_no_trace_id_is_asked_of_no_backend(wrong: str) -> None:
    result = CliRunner().invoke(app, ["trace", wrong])

    assert result.exit_code == 1
    assert "is not a trace id: 32 hexadecimal digits." in result.stderr
