"""OTLP over HTTP: our encoding, sent by the stock exporter's client."""

import logging
from collections.abc import Sequence
from typing import Any, Final

import requests
from opentelemetry.exporter.otlp.proto.http import trace_exporter

from glasshouse_telemetry.export.outcome import DELIVERED, Destination, Outcome
from glasshouse_telemetry.fast import otlp as _otlp

# The OTLP specification: these answers may be mended by trying again, all others may not.
_RETRYABLE: Final = frozenset({429, 502, 503, 504})
# Whether we know what the exporter posts with. A version that hides it elsewhere encodes and posts by itself.
_POSTS_BYTES: Final = "_client" in trace_exporter.OTLPSpanExporter.export.__code__.co_names
_NOT_SENT: Final = Outcome("not_encodable", "the batch could not be encoded or is too large")


class HttpSender:
    """Endpoint, headers, time-out, compression, certificates: as the OTEL_EXPORTER_OTLP_* variables say."""

    def __init__(self) -> None:
        # It logs every failed attempt; we log an outage, once.
        logging.getLogger(trace_exporter.__name__).setLevel(logging.CRITICAL)
        self._session = _Session()
        self._exporter = trace_exporter.OTLPSpanExporter(session=self._session)

    def send(self, batch: Sequence[Any]) -> Outcome:
        self._session.outcome = _NOT_SENT
        if _POSTS_BYTES:
            self._exporter._client.export(_otlp.request(batch))
        else:
            self._exporter.export(batch)
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


HTTP: Final = Destination(HttpSender, _otlp.encoded) if _POSTS_BYTES else Destination(HttpSender)
