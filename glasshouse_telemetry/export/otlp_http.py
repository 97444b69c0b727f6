"""OTLP over HTTP: one attempt for each request, with what the environment says of the way there."""

import gzip
import zlib
from collections.abc import Callable
from typing import Final

import requests
from opentelemetry.instrumentation.utils import suppress_instrumentation
from urllib3.exceptions import HTTPError

from glasshouse_telemetry.export import otlp_settings
from glasshouse_telemetry.export.otlp_responses import delivered, message_of, retry_after, status_of
from glasshouse_telemetry.export.otlp_settings import Signal
from glasshouse_telemetry.export.outcome import Outcome

# The OTLP specification: these answers may change, all others are final.
_RETRYABLE: Final = frozenset({429, 502, 503, 504})
_TOO_LARGE: Final = 413
_DEFAULT_ENDPOINT: Final = "http://localhost:4318"
_MOST_READ: Final = 64 * 1024  # bytes of a response
_COMPRESS: Final[dict[str, Callable[[bytes], bytes]]] = {"gzip": gzip.compress, "deflate": zlib.compress}


class HttpSender:
    """Sends serialized requests of one signal."""

    def __init__(self, signal: Signal) -> None:
        self._url = _url(signal)
        self._timeout = otlp_settings.timeout(signal)
        self._headers = {
            "content-type": "application/x-protobuf",
            "user-agent": otlp_settings.user_agent(),
            **otlp_settings.headers(signal),
        }
        encoding = otlp_settings.compression(signal, tuple(_COMPRESS))
        self._compress = _COMPRESS.get(encoding)
        if self._compress is not None:
            self._headers.setdefault("content-encoding", encoding)
        self._session = _session(signal)
        # Said again with each request: else REQUESTS_CA_BUNDLE would win.
        self._verify = otlp_settings.setting(signal, "CERTIFICATE")

    def send(self, request: bytes) -> Outcome:
        body = request if self._compress is None else self._compress(request)
        try:
            with (
                suppress_instrumentation(),
                self._session.post(
                    self._url,
                    data=body,
                    headers=self._headers,
                    timeout=self._timeout,
                    verify=self._verify,
                    allow_redirects=False,
                    stream=True,
                ) as response,
            ):
                return _outcome(response, _body(response))
        except requests.RequestException as error:
            # Of an address or a header that cannot be, it is a ValueError, too: no attempt will go better.
            return Outcome(type(error).__name__, str(error), retryable=not isinstance(error, ValueError))

    def close(self) -> None:
        self._session.close()


def _url(signal: Signal) -> str:
    base = otlp_settings.endpoint_of_all() or _DEFAULT_ENDPOINT
    return otlp_settings.endpoint_of_signal(signal) or f"{base.removesuffix('/')}/v1/{signal}"


def _session(signal: Signal) -> requests.Session:
    session = otlp_settings.credentials(signal, "HTTP") or requests.Session()
    if not isinstance(session, requests.Session):
        raise TypeError(
            f"an OTLP credential provider for HTTP must make a requests.Session, not {type(session)}"
        )
    if trusted := otlp_settings.setting(signal, "CERTIFICATE"):
        session.verify = trusted
    certificate = otlp_settings.setting(signal, "CLIENT_CERTIFICATE")
    key = otlp_settings.setting(signal, "CLIENT_KEY")
    if certificate is not None:
        session.cert = (certificate, key) if key else certificate
    return session


def _body(response: requests.Response) -> bytes:
    """What can be had of it: the status has said already whether the request was taken."""
    try:
        body: bytes = response.raw.read(_MOST_READ, decode_content=True)
    except (HTTPError, OSError):  # it breaks off, or is not compressed as it says
        return b""
    return body


def _outcome(response: requests.Response, body: bytes) -> Outcome:
    status = response.status_code
    if 200 <= status < 300:
        return delivered(body)
    reason = f"{status} {response.reason}"
    if said := _message(response, body):
        reason += f": {said}"
    return Outcome(
        error_type=str(status),
        reason=reason,
        retryable=status in _RETRYABLE,
        retry_after=retry_after(response.headers.get("Retry-After")) if status in _RETRYABLE else 0.0,
        too_large=status == _TOO_LARGE,
    )


def _message(response: requests.Response, body: bytes) -> str:
    """A refusal in OTLP is a `google.rpc.Status`; what a proxy says is for its own clients."""
    is_otlp = response.headers.get("Content-Type", "").startswith("application/x-protobuf")
    return message_of(status_of(body)) if is_otlp else ""
