"""What many requests have in common: made once, looked up afterwards."""

from functools import lru_cache
from typing import Final, NamedTuple

from glasshouse_telemetry import names
from glasshouse_telemetry.fast.attributes import Attributes
from glasshouse_telemetry.flask import access_log as _access_log
from glasshouse_telemetry.flask.access_log import span_name
from glasshouse_telemetry.flask.methods import bounded

_LONGEST_KEPT: Final = 200  # characters of a path whose attributes are worth keeping
_LONGEST_PORT: Final = 5  # digits: a longer number is no port, and redaction leaves ports unread


class Caller(NamedTuple):
    """What all requests that begin alike have in common, but for their path."""

    method: str
    name: str
    attributes: Attributes


@lru_cache(maxsize=256)
def caller_of(method: str, scheme: str, host: str, agent: str) -> Caller:
    """Neither the query nor the client's address: both carry personal data."""
    known = bounded(method)
    found: dict[str, str | int] = {names.HTTP_REQUEST_METHOD: known, names.URL_SCHEME: scheme}
    if known == names.OTHER_METHOD:
        found[names.HTTP_REQUEST_METHOD_ORIGINAL] = method
    name, separator, port = host.rpartition(":")
    if port.isdecimal() and len(port) <= _LONGEST_PORT and not name.endswith(":"):
        found[names.SERVER_PORT] = int(port)
    else:
        name = f"{name}{separator}{port}"
    if name:
        found[names.SERVER_ADDRESS] = name.strip("[]")
    if agent:
        found[names.USER_AGENT_ORIGINAL] = agent
    return Caller(known, span_name(known, ""), Attributes(found))


class Answer(NamedTuple):
    """What all requests that ended alike have in common, in all three signals."""

    name: str
    attributes: Attributes
    labels: tuple[str, ...]
    frame: _access_log.Frame


@lru_cache(maxsize=1024)
def answer_of(method: str, route: str, status: int, error_type: str) -> Answer:
    found: dict[str, str | int] = {names.HTTP_ROUTE: route} if route else {}
    found[names.HTTP_RESPONSE_STATUS_CODE] = status
    if error_type:
        found[names.ERROR_TYPE] = error_type
    return Answer(
        span_name(method, route),
        Attributes(found),
        (method, route, str(status)),
        _access_log.frame_of(method, route, status, bool(error_type)),
    )


def path_attributes(path: str) -> Attributes:
    return _kept_path(path) if len(path) <= _LONGEST_KEPT else Attributes({names.URL_PATH: path})


@lru_cache(maxsize=1024)
def _kept_path(path: str) -> Attributes:
    return Attributes({names.URL_PATH: path})
