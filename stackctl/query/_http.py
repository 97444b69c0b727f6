"""One exchange of JSON, or in words for a person, which backend did not answer."""

from collections.abc import Iterable, Mapping
from typing import Any

import requests
from opentelemetry.instrumentation.utils import suppress_http_instrumentation
from requests.adapters import HTTPAdapter

from stackctl.errors import StackError

Params = Iterable[tuple[str, str]]
Headers = Mapping[str, str]

# The most connections that one client keeps open, so that look-ups can run side by side.
CONNECTIONS = 16


class QueryError(StackError):
    """A backend did not answer, refused the query or answered something else than expected."""


class TooManyRequests(QueryError):
    """The backend wants to be asked again later."""

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class JsonApi:
    """GET and POST below one base address. Safe to use from several threads."""

    def __init__(
        self, backend: str, base_url: str, timeout: float = 30.0, headers: Headers | None = None
    ) -> None:
        self.backend = backend
        self.base_url = base_url
        self._timeout = timeout
        self._session = requests.Session()
        # What the user's proxy settings say is for the internet, never for the stack.
        self._session.trust_env = False
        self._session.headers.update(headers or {})
        self._session.mount("http://", HTTPAdapter(pool_maxsize=CONNECTIONS))

    def get(self, path: str, params: Params = (), headers: Headers | None = None) -> Any:
        return self._exchange("GET", path, params=list(params), headers=headers)

    def post(self, path: str, body: object, headers: Headers | None = None) -> Any:
        return self._exchange("POST", path, json=body, headers=headers)

    def _exchange(self, method: str, path: str, **more: Any) -> Any:
        try:
            # Where `requests` is observed (traffic does that), looking at telemetry must not make more of it.
            with suppress_http_instrumentation():
                response = self._session.request(method, self.base_url + path, timeout=self._timeout, **more)
        except requests.RequestException as error:
            reason = "did not answer in time" if isinstance(error, requests.Timeout) else "does not answer"
            hint = "./stack status shows what runs; ./stack up restores what does not."
            raise QueryError(f"{self.backend} at {self.base_url} {reason}.", hint) from error
        if not response.ok:
            raise self._refusal(path, response)
        try:
            return response.json()
        except ValueError as error:
            raise QueryError(f"{self.backend} answered {path} with something that is not JSON.") from error

    def _refusal(self, path: str, response: requests.Response) -> QueryError:
        text = response.text.strip()[:300]
        message = f"{self.backend} refused {path} with {response.status_code}: {text}"
        if response.status_code == requests.codes.too_many_requests:
            return TooManyRequests(message, float(response.headers.get("Retry-After", 1)))
        return QueryError(message)
