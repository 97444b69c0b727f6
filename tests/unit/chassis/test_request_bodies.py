"""Bodies that stop half-way or are no bodies: the client's failure, and no thread waits for them for ever."""

import io
import socket
from typing import Any

import pytest
from flask import Flask, request
from gunicorn.http.errors import InvalidChunkSize  # type: ignore[import-untyped]  # it ships no types

from chassis.request_bodies import SILENCE_S, bound_request_bodies


class BrokenChunks(io.RawIOBase):
    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        raise InvalidChunkSize(b"zz")


@pytest.fixture
def app() -> Flask:
    app = Flask(__name__)
    bound_request_bodies(app)
    app.add_url_rule("/", view_func=lambda: str(len(request.get_data())), methods=["POST"])
    return app


def test_a_body_in_broken_chunks_is_a_bad_request(app: Flask) -> None:
    broken = {"wsgi.input": BrokenChunks(), "wsgi.input_terminated": True}
    response = app.test_client().post("/", environ_overrides=broken)
    assert response.status_code == 400


def test_a_client_that_falls_silent_is_given_up(app: Flask) -> None:
    ours, _theirs = socket.socketpair()
    with ours, _theirs:
        app.test_client().post("/", data=b"x", environ_overrides={"gunicorn.socket": ours})
        assert ours.gettimeout() == SILENCE_S


def test_without_gunicorn_nothing_is_bounded(app: Flask) -> None:
    assert app.test_client().post("/", data=b"four").data == b"4"
