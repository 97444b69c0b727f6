"""What the OTEL_EXPORTER_OTLP_* variables say for one signal.

The stock exporters keep what they have read to themselves, so this reads it again, the same way:
tests/unit/telemetry/test_otlp_settings.py compares what both of them send.
"""

import logging
import os
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, entry_points, version
from typing import Final, Literal

from opentelemetry.util.re import parse_env_headers

Signal = Literal["traces", "metrics", "logs"]

_log = logging.getLogger("telemetry.export")
_PREFIX: Final = "OTEL_EXPORTER_OTLP_"
_DEFAULT_TIMEOUT: Final = 10.0  # seconds


def user_agent() -> str:
    name = "glasshouse-telemetry"
    try:
        return f"{name}/{version(name)}"
    except PackageNotFoundError:  # it is run from a checkout
        return name


def otlp_protocol(signal: Signal) -> str:
    return setting(signal, "PROTOCOL") or "http/protobuf"


def setting(signal: Signal, name: str) -> str | None:
    """What is said for this signal, else for all."""
    return _environ(f"{_PREFIX}{signal.upper()}_{name}") or _environ(_PREFIX + name)


def endpoint_of_signal(signal: Signal) -> str | None:
    return _environ(f"{_PREFIX}{signal.upper()}_ENDPOINT")


def endpoint_of_all() -> str | None:
    return _environ(_PREFIX + "ENDPOINT")


def timeout(signal: Signal) -> float:
    """Seconds that one attempt may take."""
    text = setting(signal, "TIMEOUT")
    try:
        seconds = float(text) if text else _DEFAULT_TIMEOUT
    except ValueError:
        seconds = 0.0
    if 0 < seconds < float("inf"):
        return seconds
    _log.warning(
        "the OTLP time-out must be a positive number of seconds, not %r: using %g", text, _DEFAULT_TIMEOUT
    )
    return _DEFAULT_TIMEOUT


def compression(signal: Signal, known: tuple[str, ...]) -> str:
    """One of `known`, or `none`."""
    wanted = (setting(signal, "COMPRESSION") or "none").lower()
    if wanted in (*known, "none"):
        return wanted
    _log.warning("the OTLP compression %r is not supported: sending uncompressed", wanted)
    return "none"


def headers(signal: Signal) -> Mapping[str, str]:
    """With lower-case names; values may be URL-encoded or not."""
    return parse_env_headers(setting(signal, "HEADERS") or "", liberal=True)


def retryable_codes() -> frozenset[str]:
    """The gRPC status codes after which an attempt is repeated, if the environment names any."""
    named = _environ("OTEL_PYTHON_EXPORTER_OTLP_GRPC_RETRYABLE_ERROR_CODES") or ""
    return frozenset(code.strip().upper() for code in named.split(",") if code.strip())


def credentials(signal: Signal, transport: Literal["HTTP", "GRPC"]) -> object | None:
    """A `requests.Session` or `grpc.ChannelCredentials`, if the environment names a provider of them.

    A provider is an entry point in the group `opentelemetry_otlp_credential_provider`.
    """
    prefix = f"OTEL_PYTHON_EXPORTER_OTLP_{transport}"
    name = _environ(f"{prefix}_CREDENTIAL_PROVIDER") or _environ(
        f"{prefix}_{signal.upper()}_CREDENTIAL_PROVIDER"
    )
    if name is None:
        return None
    for provider in entry_points(group="opentelemetry_otlp_credential_provider", name=name):
        made: object = provider.load()()
        return made
    raise LookupError(f"no OTLP credential provider {name!r} is installed")


def _environ(variable: str) -> str | None:
    return os.environ.get(variable, "").strip() or None
