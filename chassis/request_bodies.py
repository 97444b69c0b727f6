"""A body that cannot be read is a 400. chassis/gunicorn_worker.py bounds how long it may take."""

from flask import Flask, current_app
from flask.typing import ResponseReturnValue
from gunicorn.http.errors import ParseException  # type: ignore[import-untyped]  # it ships no types
from werkzeug.exceptions import BadRequest


def refuse_broken_bodies(app: Flask) -> None:
    app.register_error_handler(ParseException, _refuse)


def _refuse(_: ParseException) -> ResponseReturnValue:
    """Chunks that are none: the client's failure, which gunicorn notices only while the body is read."""
    return current_app.handle_user_exception(BadRequest("The body could not be read."))
