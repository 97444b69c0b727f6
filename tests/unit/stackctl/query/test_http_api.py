"""A backend that does not answer, refuses or talks nonsense is named."""

import socket

import pytest

from stackctl.query import JsonApi, QueryError
from tests.unit.stackctl.fake_backend import Params, Raw, Refusal, fake_backend


def test_a_backend_that_is_not_there_is_named_with_its_address_and_what_to_do() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        with pytest.raises(QueryError, match=f"Loki at {url} does not answer") as caught:
            JsonApi("Loki", url).get("/x")
    assert "./stack up" in (caught.value.hint or "")


def test_a_backend_that_hangs_is_told_apart_from_one_that_is_not_there() -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with pytest.raises(QueryError, match="did not answer in time"):
            JsonApi("Loki", url, timeout=0.05).get("/x")


def test_a_refusal_shows_what_the_backend_said() -> None:
    def refuse(path: str, params: Params) -> object:
        raise Refusal(400, Raw(b"parse error at line 1"))

    with fake_backend(refuse) as url, pytest.raises(QueryError, match="400: parse error at line 1"):
        JsonApi("Loki", url).get("/x")


def test_an_answer_that_is_no_json_is_an_error() -> None:
    with (
        fake_backend(lambda path, params: Raw(b"<html>")) as url,
        pytest.raises(QueryError, match="not JSON"),
    ):
        JsonApi("Loki", url).get("/x")


def test_a_backend_that_wants_a_login_is_shown_one() -> None:
    with fake_backend(lambda path, params: {"ok": True}, wants="Basic eDp5") as url:
        assert JsonApi("Alertmanager", url, headers={"Authorization": "Basic eDp5"}).get("/x") == {"ok": True}
        with pytest.raises(QueryError, match="401: Unauthorized"):
            JsonApi("Alertmanager", url).get("/x")
