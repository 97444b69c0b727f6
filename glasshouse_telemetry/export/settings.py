"""How much the queues keep and how often they deliver."""

import logging
import os
from dataclasses import dataclass
from pathlib import Path

_log = logging.getLogger("telemetry.export")
_MIB = 1024 * 1024


@dataclass(frozen=True)
class QueueSettings:
    """Sizes in items, where it says so in bytes; times in seconds.

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
    spool_dir: Path | None = None
    spool_bytes: int = 16 * _MIB

    @classmethod
    def from_env(cls) -> "QueueSettings":
        """For spans."""
        capacity = _positive("OTEL_BSP_MAX_QUEUE_SIZE", cls.capacity)
        capacity_bytes = _positive("TELEMETRY_SPAN_QUEUE_BYTES", cls.capacity_bytes)
        return cls(
            capacity=capacity,
            capacity_bytes=capacity_bytes,
            batch_size=min(capacity, _positive("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", cls.batch_size)),
            batch_bytes=min(capacity_bytes, _positive("TELEMETRY_SPAN_BATCH_BYTES", cls.batch_bytes)),
            delay=_positive("OTEL_BSP_SCHEDULE_DELAY", int(cls.delay * 1000)) / 1000,
            spool_dir=Path(folder) if (folder := os.environ.get("TELEMETRY_SPOOL_DIR", "").strip()) else None,
            spool_bytes=min(max(_positive("TELEMETRY_SPOOL_BYTES", cls.spool_bytes), _MIB), 256 * _MIB),
        )

    @classmethod
    def for_log_lines(cls) -> "QueueSettings":
        capacity = _positive("OTEL_BLRP_MAX_QUEUE_SIZE", 20_000)
        return cls(
            capacity=capacity,
            capacity_bytes=32 * _MIB,
            batch_size=min(capacity, _positive("OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", cls.batch_size)),
            batch_bytes=_MIB,
            delay=_whole("OTEL_BLRP_SCHEDULE_DELAY", int(cls.delay * 1000), least=0) / 1000,
        )


def milliseconds(variable: str, default: float) -> float:
    """The seconds that a variable in milliseconds says."""
    return _positive(variable, int(default * 1000)) / 1000


def _positive(variable: str, default: int) -> int:
    return _whole(variable, default, least=1)


def _whole(variable: str, default: int, least: int) -> int:
    text = os.environ.get(variable, "").strip()
    if not text:
        return default
    if text.isdecimal() and int(text) >= least:
        return int(text)
    kind = "a positive whole number" if least else "a whole number"
    _log.warning("%s must be %s, not %r: using %d", variable, kind, text, default)
    return default
