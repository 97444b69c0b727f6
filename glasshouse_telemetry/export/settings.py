"""How much the span queue keeps and how often it delivers."""

import logging
import os
from dataclasses import dataclass

_log = logging.getLogger("telemetry.export")
_MIB = 1024 * 1024


@dataclass(frozen=True)
class QueueSettings:
    """Sizes in spans, where it says so in bytes; times in seconds.

    Larger and prompter than the SDK's (2,048 spans, 5 s): an outage of seconds must lose nothing, and a trace
    should be there when its reader looks. A batch has to fit in the 4 MiB that gRPC servers take by default.
    """

    capacity: int = 50_000
    capacity_bytes: int = 64 * _MIB
    batch_size: int = 512
    batch_bytes: int = 3 * _MIB
    delay: float = 0.2
    give_up_after: float = 300.0
    first_pause: float = 0.1
    longest_pause: float = 2.0

    @classmethod
    def from_env(cls) -> "QueueSettings":
        capacity = _positive("OTEL_BSP_MAX_QUEUE_SIZE", cls.capacity)
        capacity_bytes = _positive("TELEMETRY_SPAN_QUEUE_BYTES", cls.capacity_bytes)
        return cls(
            capacity=capacity,
            capacity_bytes=capacity_bytes,
            batch_size=min(capacity, _positive("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", cls.batch_size)),
            batch_bytes=min(capacity_bytes, _positive("TELEMETRY_SPAN_BATCH_BYTES", cls.batch_bytes)),
            delay=_positive("OTEL_BSP_SCHEDULE_DELAY", int(cls.delay * 1000)) / 1000,
        )


@dataclass(frozen=True)
class LogQueueSettings:
    """Sizes in lines or bytes, times in seconds."""

    capacity: int = 20_000
    capacity_bytes: int = 32 * 1024 * 1024
    batch_size: int = 512
    batch_bytes: int = 1024 * 1024
    delay: float = 0.2
    give_up_after: float = 300.0

    @classmethod
    def from_env(cls) -> "LogQueueSettings":
        capacity = _positive("OTEL_BLRP_MAX_QUEUE_SIZE", cls.capacity)
        return cls(
            capacity=capacity,
            batch_size=min(capacity, _positive("OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", cls.batch_size)),
            delay=milliseconds("OTEL_BLRP_SCHEDULE_DELAY", cls.delay),
        )


def milliseconds(variable: str, default: float) -> float:
    """The seconds that a variable in milliseconds says."""
    return _positive(variable, int(default * 1000)) / 1000


def _positive(variable: str, default: int) -> int:
    text = os.environ.get(variable, "").strip()
    if not text:
        return default
    if text.isdecimal() and int(text) > 0:
        return int(text)
    _log.warning("%s must be a positive whole number, not %r: using %d", variable, text, default)
    return default
