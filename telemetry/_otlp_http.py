"""OTLP over HTTP: our encoding, sent by the stock exporter's client."""

import logging
from collections.abc import Sequence
from typing import Any, Final

import requests
from opentelemetry.exporter.otlp.proto.http import trace_exporter
from opentelemetry.sdk.trace import ReadableSpan

from telemetry import _otlp
from telemetry._outcome import DELIVERED, Outcome

# The OTLP specification: these answers may be mended by trying again, all others may not.
_RETRYABLE: Final = frozenset({429, 502, 503, 504})
_NOT_SENT: Final = Outcome("not_encodable", "the batch could not be encoded or is too large")


class HttpSender:
    """Endpoint, headers, time-out, compression, certificates: as the OTEL_EXPORTER_OTLP_* variables say."""

    def __init__(self) -> None:
        # It logs every failed attempt; we log an outage, once.
        logging.getLogger(trace_exporter.__name__).setLevel(logging.CRITICAL)
        self._session = _Session()
        self._exporter = trace_exporter.OTLPSpanExporter(session=self._session)
        # What the exporter posts with. A version that hides it elsewhere encodes and posts by itself.
        self._client = getattr(self._exporter, "_client", None)

    def send(self, spans: Sequence[ReadableSpan]) -> Outcome:
        self._session.outcome = _NOT_SENT
        if self._client is None:
            self._exporter.export(spans)
        else:
            self._client.export(_otlp.encode(spans))
        return self._session.outcome

    def close(self) -> None:
        self._exporter.shutdown()  # type: ignore[no-untyped-call]


class _Session(requests.Session):
    """Remembers what came of the last request: the exporter tells failure, but not whether to retry."""

    outcome = _NOT_SENT

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        try:
            response = super().request(*args, **kwargs)
        except (requests.RequestException, OSError) as error:
            self.outcome = Outcome(type(error).__name__, str(error), retryable=True)
            raise _NotDelivered from error
        self.outcome = _outcome(response)
        if self.outcome is not DELIVERED:
            raise _NotDelivered
        return response


class _NotDelivered(Exception):
    """The stock exporter sleeps and retries after errors it knows. It does not know this one: it returns."""


def _outcome(response: requests.Response) -> Outcome:
    status = response.status_code
    if 200 <= status < 300:
        return DELIVERED
    retry_after = response.headers.get("Retry-After", "")
    return Outcome(
        error_type=str(status),
        reason=f"{status} {response.reason}",
        retryable=status in _RETRYABLE,
        retry_after=float(retry_after) if retry_after.isdecimal() else 0.0,
    )
