"""Calls of another service over HTTP: time-outs, pooled connections, and domain errors when it goes wrong."""

from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple, TypeVar

import requests
from pydantic import BaseModel, ValidationError
from urllib3.exceptions import ReadTimeoutError

from chassis import service_token
from chassis.errors import UpstreamFailed, UpstreamRefused, UpstreamTimeout
from chassis.http_sessions import new_session
from chassis.resolver import Addresses, at

Model = TypeVar("Model", bound=BaseModel)

# As many as gunicorn has threads: each can have a call under way.
CONNECTIONS = 8


class Timeouts(NamedTuple):
    """`read_s` is the longest silence, not the longest answer: a peer that keeps sending is waited for."""

    connect_s: float
    read_s: float


class HttpClient:
    """One service as seen from another. One per process: its connections are kept alive between requests.

    `address` is a base URL, or the instances as a registry has them.
    """

    def __init__(self, name: str, address: str | Addresses, timeouts: Timeouts) -> None:
        self._name = name
        self._addresses = at(address) if isinstance(address, str) else address
        self._timeouts = timeouts
        self._session = new_session(CONNECTIONS)
        self._session.headers.update(service_token.headers())

    def get(self, path: str, answer: type[Model], params: Mapping[str, str] | None = None) -> Model:
        """Its answer, as `answer`; raises UpstreamTimeout, UpstreamRefused (4xx) or UpstreamFailed."""
        try:
            response = self._ask(path, params)
        except requests.RequestException as error:
            kind = UpstreamTimeout if _is_timeout(error) else UpstreamFailed
            raise kind(self._name, type(error).__name__) from error
        return self._read(response, answer)

    def _ask(self, path: str, params: Mapping[str, str] | None) -> requests.Response:
        """Of the addresses each in turn, until one takes the connection: a GET may be sent twice."""
        *first, last = self._addresses()
        for address in first:
            with suppress(requests.ConnectionError):
                return self._get(address + path, params)
        return self._get(last + path, params)

    def _get(self, url: str, params: Mapping[str, str] | None) -> requests.Response:
        return self._session.get(url, params=params, timeout=self._timeouts, allow_redirects=False)

    def close(self) -> None:
        self._session.close()

    def _read(self, response: requests.Response, answer: type[Model]) -> Model:
        if 400 <= response.status_code < 500:
            raise UpstreamRefused(self._name, response.status_code, _error_code(response))
        if response.status_code != 200:
            raise UpstreamFailed(self._name, f"answered {response.status_code}")
        try:
            return answer.model_validate_json(response.content)
        except ValidationError:
            # Without its cause: that quotes the answer, and what is logged must hold no personal data.
            raise UpstreamFailed(self._name, f"its answer is no {answer.__name__}") from None


def _is_timeout(error: requests.RequestException) -> bool:
    """`requests` calls a time-out in the middle of a body a ConnectionError."""
    cause = error.args[0] if error.args else None
    return isinstance(error, requests.Timeout) or isinstance(cause, ReadTimeoutError)


def _error_code(response: requests.Response) -> str:
    """The `error.code` of an answer of our own services; "" when something else has answered."""
    try:
        return str(response.json()["error"]["code"])
    except (ValueError, LookupError, TypeError):
        return ""
