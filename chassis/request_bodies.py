"""What a client does while it sends a body: its time is bounded, and what cannot be read is answered 400."""

from typing import Final

from flask import Flask, current_app, request
from flask.typing import ResponseReturnValue
from gunicorn.http.errors import ParseException  # type: ignore[import-untyped]  # it ships no types
from werkzeug.exceptions import BadRequest

# Between two pieces of a body: a thread waits for them, and there are only as many as gunicorn.conf.py says.
# Werkzeug answers 400 when it is over. Who sends a byte now and then still holds a thread; a proxy ends that.
SILENCE_S: Final = 10.0


def bound_request_bodies(app: Flask) -> None:
    app.before_request(_bound_silence)
    app.register_error_handler(ParseException, _refuse)


def _bound_silence() -> None:
    """gunicorn reads from a socket without a time-out; it resets that for each request of a connection."""
    connection = request.environ.get("gunicorn.socket")
    if connection is not None:
        connection.settimeout(SILENCE_S)


def _refuse(_: ParseException) -> ResponseReturnValue:
    """Chunks that are none: the client's failure, which gunicorn notices only while the body is read."""
    return current_app.handle_user_exception(BadRequest("The body could not be read."))
