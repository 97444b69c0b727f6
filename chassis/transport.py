"""HTTP to one instance of a service: nothing decoded, no redirect followed, no cookie kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import requests
from urllib3.exceptions import HTTPError, MaxRetryError, NewConnectionError, ReadTimeoutError

from chassis import service_token
from chassis.errors import UpstreamFailed, UpstreamTimeout
from chassis.http_client import Timeouts
from chassis.http_sessions import new_session

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Call:
    """`target` is path and query, already encoded."""

    method: str
    target: str
    headers: Headers = ()
    body: bytes = b""


@dataclass(frozen=True)
class HttpResponse:
    status: int
    headers: Headers = ()
    body: bytes = b""


class UpstreamUnreached(UpstreamFailed):
    """No connection: the call was never sent, so it may be sent again, whatever it is."""


class Transport(Protocol):
    """Raises UpstreamUnreached, UpstreamTimeout or UpstreamFailed; any status is an answer."""

    def send(self, base_url: str, call: Call, timeouts: Timeouts) -> HttpResponse: ...


class HttpTransport:
    """To all instances of one service; its connections are kept alive between calls."""

    def __init__(self, service: str, connections: int) -> None:
        self._service = service
        self._session = new_session(connections)
        self._headers = service_token.headers()

    def send(self, base_url: str, call: Call, timeouts: Timeouts) -> HttpResponse:
        try:
            with self._session.send(
                self._prepared(base_url, call), timeout=timeouts, allow_redirects=False, stream=True
            ) as response:
                body = response.raw.read(decode_content=False)
        except (requests.RequestException, HTTPError) as error:
            raise _kind(error)(self._service, type(error).__name__) from error
        headers = [(name, _relative(name, value, base_url)) for name, value in response.raw.headers.items()]
        return HttpResponse(response.status_code, headers, body)

    def close(self) -> None:
        self._session.close()

    def _prepared(self, base_url: str, call: Call) -> requests.PreparedRequest:
        """Without the session's headers; the target goes out as it is, where `requests` would requote it."""
        headers = {**dict(call.headers), **self._headers}
        prepared = requests.Request(call.method, base_url, headers, data=call.body).prepare()
        prepared.url = base_url + call.target
        return prepared


def _relative(name: str, value: str, base_url: str) -> str:
    """Where an instance is concerns no client, and may be another one the next time."""
    return value.removeprefix(base_url) if name.lower() == "location" else value


def _kind(error: Exception) -> type[UpstreamFailed]:
    cause = error.args[0] if error.args else None
    if isinstance(error, requests.ConnectTimeout):
        return UpstreamUnreached
    if isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError):
        return UpstreamUnreached
    # In the middle of a body, a time-out comes from urllib3.
    timed_out = isinstance(error, requests.Timeout | ReadTimeoutError) or isinstance(cause, ReadTimeoutError)
    return UpstreamTimeout if timed_out else UpstreamFailed
