"""OTLP over gRPC: one attempt for each request. The only module that imports grpc, which is an extra."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import grpc
from google.protobuf.message import DecodeError
from google.rpc.error_details_pb2 import RetryInfo  # type: ignore[import-untyped]
from opentelemetry.instrumentation.utils import suppress_instrumentation

from glasshouse_telemetry.export import otlp_settings
from glasshouse_telemetry.export.otlp_responses import delivered, retry_delay, seconds_of, status_of
from glasshouse_telemetry.export.otlp_settings import Signal
from glasshouse_telemetry.export.outcome import Outcome

_METHOD: Final = {
    "traces": "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
    "metrics": "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
    "logs": "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
}
# The OTLP specification: these may change. RESOURCE_EXHAUSTED may, too, if the receiver says after what time.
_RETRYABLE: Final = frozenset(
    {"CANCELLED", "DEADLINE_EXCEEDED", "ABORTED", "OUT_OF_RANGE", "UNAVAILABLE", "DATA_LOSS"}
)
_EXHAUSTED: Final = "RESOURCE_EXHAUSTED"
_DEFAULT_ENDPOINT: Final = "http://localhost:4317"
_OPTIONS: Final = (
    # grpc's own pauses before it connects again grow to two minutes; a receiver that is back is to be found.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2000),
)


class GrpcSender:
    """Sends serialized requests of one signal."""

    def __init__(self, signal: Signal) -> None:
        self._timeout = otlp_settings.timeout(signal)
        self._retryable = otlp_settings.retryable_codes() or _RETRYABLE
        self._metadata = tuple(otlp_settings.headers(signal).items())
        self._channel = _channel(signal)
        # Without serializers: bytes go out and bytes come back.
        self._export: Callable[..., bytes] = self._channel.unary_unary(_METHOD[signal])

    def send(self, request: bytes) -> Outcome:
        try:
            with suppress_instrumentation():
                response = self._export(request, timeout=self._timeout, metadata=self._metadata)
            return delivered(response)
        except grpc.RpcError as error:
            return _outcome(error, self._retryable)

    def close(self) -> None:
        self._channel.close()


def _channel(signal: Signal) -> grpc.Channel:
    endpoint = (
        otlp_settings.endpoint_of_signal(signal) or otlp_settings.endpoint_of_all() or _DEFAULT_ENDPOINT
    )
    url = urlsplit(endpoint)
    target = url.netloc or endpoint  # `host:port`, `unix:path` … are targets of grpc as they are
    compression = otlp_settings.compression(signal, ("gzip",))
    wanted = grpc.Compression.Gzip if compression == "gzip" else grpc.Compression.NoCompression
    options = (("grpc.primary_user_agent", otlp_settings.user_agent()), *_OPTIONS)
    if _is_insecure(signal, url.scheme):
        return grpc.insecure_channel(target, options=options, compression=wanted)
    return grpc.secure_channel(target, _credentials(signal), options=options, compression=wanted)


def _is_insecure(signal: Signal, scheme: str) -> bool:
    """`https` is always secure; else what is said, else whether the endpoint is `http`."""
    if scheme == "https":
        return False
    said = otlp_settings.setting(signal, "INSECURE")
    return said.lower() == "true" if said else scheme == "http"


def _credentials(signal: Signal) -> grpc.ChannelCredentials:
    provided = otlp_settings.credentials(signal, "GRPC")
    if provided is None:
        return grpc.ssl_channel_credentials(
            root_certificates=_file(signal, "CERTIFICATE"),
            private_key=_file(signal, "CLIENT_KEY"),
            certificate_chain=_file(signal, "CLIENT_CERTIFICATE"),
        )
    if not isinstance(provided, grpc.ChannelCredentials):
        raise TypeError(
            f"an OTLP credential provider for gRPC must make grpc.ChannelCredentials, not {type(provided)}"
        )
    return provided


def _file(signal: Signal, name: str) -> bytes | None:
    path = otlp_settings.setting(signal, name)
    return Path(path).read_bytes() if path else None


def _outcome(error: Any, retryable_codes: frozenset[str]) -> Outcome:
    code: str = error.code().name
    delay = _delay_of(dict(error.trailing_metadata() or ()))
    retryable = code in retryable_codes or (code == _EXHAUSTED and delay is not None)
    return Outcome(
        error_type=code,
        reason=f"{code}: {error.details()}",
        retryable=retryable,
        retry_after=delay or 0.0,
        too_large=code == _EXHAUSTED and not retryable,
    )


def _delay_of(trailers: dict[str, Any]) -> float | None:
    """What `RetryInfo` says: within the status' details, or alone in a trailer of its own."""
    alone = trailers.get("google.rpc.retryinfo-bin")
    if alone is None:
        return retry_delay(status_of(trailers.get("grpc-status-details-bin", b"")))
    try:
        return seconds_of(RetryInfo.FromString(alone))
    except DecodeError:
        return None
