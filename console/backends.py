"""The one way to a backend: the reads that are listed, bounded in time, in size and in how many at once."""

import gzip
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from threading import BoundedSemaphore

import requests
from opentelemetry.instrumentation.utils import suppress_http_instrumentation
from requests.adapters import HTTPAdapter

from console.reads import READS, Refused, Request
from console.shared_cache import SharedCache

_TIMEOUT_S = (2, 20)
_AT_ONCE = 6  # requests to one backend
_WAIT_S = 20
_MOST_BYTES = 24_000_000  # of one answer, as it is sent
_CACHE_BYTES = 12_000_000
_CHUNK = 65_536
_GZIP = "gzip"


class BackendError(Exception):
    """What to tell the viewer, and the status to tell it with."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Answer:
    """The body as the backend sent it: mostly compressed, and passed on like that."""

    body: bytes
    encoding: str

    @property
    def size(self) -> int:
        return len(self.body)

    @property
    def text(self) -> bytes:
        return gzip.decompress(self.body) if self.encoding == _GZIP else self.body


class Backends:
    """Safe to use from several threads."""

    def __init__(self, urls: Mapping[str, str], authorizations: Mapping[str, str]) -> None:
        self._urls = urls
        self._logins = {name: {"Authorization": header} for name, header in authorizations.items()}
        self._session = requests.Session()
        # What the user's proxy settings say is for the internet, never for the stack.
        self._session.trust_env = False
        self._session.mount("http://", HTTPAdapter(pool_maxsize=4 * _AT_ONCE))
        self._slots = {name: BoundedSemaphore(_AT_ONCE) for name in urls}
        self._cache: SharedCache[Answer] = SharedCache(_CACHE_BYTES)

    def read(self, name: str, params: Iterable[tuple[str, str]]) -> Answer:
        """Raises `Refused` when the read or a parameter is not listed, else `BackendError`."""
        if name not in READS:
            raise Refused(f"there is no read {name!r}")
        request = READS[name].request(params)
        return self._cache.get(request, request.fresh_s, lambda: self._fetch(request))

    def answers(self, backend: str, path: str, without: str = "") -> bool:
        """Does this page of it answer, and without that text?"""
        try:
            with suppress_http_instrumentation():
                response = self._session.get(self._urls[backend] + path, timeout=_TIMEOUT_S[0])
        except requests.RequestException:
            return False
        return response.ok and not (without and without in response.text)

    def _fetch(self, request: Request) -> Answer:
        slots = self._slots[request.backend]
        if not slots.acquire(timeout=_WAIT_S):
            raise BackendError(503, f"{request.backend} is busy with other requests of the console")
        try:
            return self._exchange(request)
        except requests.Timeout as error:
            raise BackendError(504, f"{request.backend} did not answer in time") from error
        except requests.RequestException as error:
            raise BackendError(502, f"{request.backend} does not answer") from error
        finally:
            slots.release()

    def _exchange(self, request: Request) -> Answer:
        login = self._logins.get(request.backend, {})
        # Looking at telemetry must not make more of it.
        with (
            suppress_http_instrumentation(),
            self._session.get(
                self._urls[request.backend] + request.path,
                params=list(request.params),
                headers={**request.headers, **login, "Accept-Encoding": _GZIP},
                timeout=_TIMEOUT_S,
                allow_redirects=False,
                stream=True,
            ) as response,
        ):
            answer = Answer(_body(response, request.backend), response.headers.get("Content-Encoding", ""))
        if response.status_code != requests.codes.ok:
            status = response.status_code if 400 <= response.status_code < 500 else 502
            raise BackendError(status, answer.text.decode(errors="replace").strip()[:2000])
        return answer


def _body(response: requests.Response, backend: str) -> bytes:
    """Not decoded: it is the browser that unpacks it."""
    body = bytearray()
    for chunk in iter(lambda: response.raw.read(_CHUNK, decode_content=False), b""):
        body += chunk
        if len(body) > _MOST_BYTES:
            raise BackendError(502, f"the answer of {backend} is too large: ask for less")
    return bytes(body)
