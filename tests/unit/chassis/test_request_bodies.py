"""Bodies that are no bodies are the client's failure."""

import io
from typing import Any

import pytest
from flask import Flask, request
from gunicorn.http.errors import InvalidChunkSize  # type: ignore[import-untyped]  # it ships no types

from chassis.request_bodies import refuse_broken_bodies


class BrokenChunks(io.RawIOBase):
    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        raise InvalidChunkSize(b"zz")


@pytest.fixture
def app() -> Flask:
    app = Flask(__name__)
    refuse_broken_bodies(app)
    app.add_url_rule("/", view_func=lambda: str(len(request.get_data())), methods=["POST"])
    return app


def test_a_body_in_broken_chunks_is_a_bad_request(app: Flask) -> None:
    broken = {"wsgi.input": BrokenChunks(), "wsgi.input_terminated": True}
    response = app.test_client().post("/", environ_overrides=broken)
    assert response.status_code == 400
