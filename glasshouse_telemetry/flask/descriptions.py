"""What many requests have in common: made once, looked up afterwards. Every text from outside is cut."""

import re
from functools import lru_cache
from typing import Final, NamedTuple

from glasshouse_telemetry import names
from glasshouse_telemetry.flask import access_log
from glasshouse_telemetry.flask.methods import bounded
from glasshouse_telemetry.spans.attributes import Attributes
from glasshouse_telemetry.spans.names import span_name

_LONGEST_KEPT: Final = 200  # characters of a path whose attributes are worth keeping
LONGEST_PATH: Final = 2048  # characters; also of an agent and a host, so that a queue of spans is bounded
LONGEST_HEADER: Final = 256
_LONGEST_PORT: Final = 5  # digits: a longer number is no port, and redaction leaves ports unread
_VERSION: Final = re.compile(r"HTTP/(\d(?:\.\d)?)").fullmatch


class Caller(NamedTuple):
    """What all requests that begin alike have in common, but for their path."""

    method: str
    scheme: str
    name: str
    attributes: Attributes


@lru_cache(maxsize=256)
def caller_of(method: str, scheme: str, host: str, agent: str, protocol: str) -> Caller:
    """Neither the query nor the client's address: both carry personal data."""
    known = bounded(method)
    scheme = scheme if scheme in ("http", "https") else names.OTHER_METHOD
    found: dict[str, str | int] = {names.HTTP_REQUEST_METHOD: known, names.URL_SCHEME: scheme}
    if known == names.OTHER_METHOD and method:
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
    if version := _VERSION(protocol):
        found[names.NETWORK_PROTOCOL_VERSION] = (
            version[1].removesuffix(".0") if version[1] == "2.0" else version[1]
        )
    return Caller(known, scheme, span_name(known, ""), Attributes(found))


class Outcome(NamedTuple):
    """What all requests that ended alike have in common, in all three signals."""

    name: str
    attributes: Attributes
    labels: tuple[str, ...]
    frame: access_log.Frame


@lru_cache(maxsize=1024)
def outcome_of(method: str, scheme: str, route: str, status: int, error_type: str) -> Outcome:
    found: dict[str, str | int] = {names.HTTP_ROUTE: route} if route else {}
    found[names.HTTP_RESPONSE_STATUS_CODE] = status
    if error_type:
        found[names.ERROR_TYPE] = error_type
    return Outcome(
        span_name(method, route),
        Attributes(found),
        (method, route, str(status), scheme, error_type),
        access_log.frame_of(method, route, status, bool(error_type)),
    )


def path_attributes(path: str) -> Attributes:
    if len(path) <= _LONGEST_KEPT:
        return _kept_path(path)
    return Attributes({names.URL_PATH: path[:LONGEST_PATH]})


@lru_cache(maxsize=1024)
def _kept_path(path: str) -> Attributes:
    return Attributes({names.URL_PATH: path})
