import logging
from contextvars import copy_context
from typing import Any

import pytest
from flask import Flask, Response

import glasshouse_telemetry as telemetry


def test_an_offered_id_is_in_the_response_and_in_every_line(app: Flask, lines: list[dict[str, Any]]) -> None:
    response = app.test_client().get("/users/17", headers={"X-Request-ID": "order-1.a_b"})

    assert response.headers["X-Request-ID"] == "order-1.a_b"
    assert [line["request_id"] for line in lines] == ["order-1.a_b", "order-1.a_b"]


@pytest.mark.parametrize("offered", ["", "a" * 129, "a b", 'a"b', "a\\nb", "ä"])
def test_an_unsafe_id_is_replaced(app: Flask, offered: str) -> None:
    response = app.test_client().get("/users/17", headers={"X-Request-ID": offered})

    made = response.headers["X-Request-ID"]
    assert made != offered
    assert len(made) == 32


@pytest.mark.parametrize("path", ["/nowhere", "/broken", "/healthz", "/metrics", "/users/17"])
def test_every_answer_has_exactly_one(app: Flask, path: str) -> None:
    assert len(app.test_client().get(path).headers.getlist("X-Request-ID")) == 1


def test_one_that_the_view_sets_stays(app: Flask) -> None:
    @app.get("/own")
    def own() -> Response:
        return Response(headers={"x-request-id": "of the view"})

    response = app.test_client().get("/own", headers={"X-Request-ID": "ours"})

    assert response.headers.getlist("X-Request-ID") == ["of the view"]


def test_the_view_can_ask_for_it(app: Flask) -> None:
    @app.get("/asked")
    def asked() -> str:
        return str(telemetry.request_id())

    assert app.test_client().get("/asked", headers={"X-Request-ID": "r-1"}).text == "r-1"


@pytest.mark.parametrize(("offered", "is_taken"), [("order-1.a_b", True), ("a b", False), (None, False)])
def test_a_consumer_adopts_the_id_of_its_message(
    lines: list[dict[str, Any]], offered: str | None, is_taken: bool
) -> None:
    def handle() -> str:
        adopted = telemetry.adopt_request_id(offered)
        logging.getLogger("consumer").warning("handled")
        return adopted

    adopted = copy_context().run(handle)

    assert (adopted == offered) is is_taken
    assert [line["request_id"] for line in lines] == [adopted]
    assert telemetry.request_id() is None


def test_there_is_none_outside_a_request(lines: list[dict[str, Any]]) -> None:
    logging.getLogger("outside").warning("no request")

    assert telemetry.request_id() is None
    assert not {"request_id", "trace_id", "span_id"} & lines[0].keys()
