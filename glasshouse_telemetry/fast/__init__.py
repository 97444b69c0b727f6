"""The fast path: the same signals as the plain path, at about a third of its price.

    span.py       a span of the SDK whose parts are made only when somebody asks for them
    operations.py a span and a measurement that are handed on later, in a row with others
    log_line.py   an ordinary log record as a line, without the formatter's detours
    otlp.py       spans as OTLP bytes, without an object for each attribute

It knows the SDK's private parts, so it is used only where a check at start shows that they are what it knows,
and where nobody could tell the difference: no sampler, no limits, no other processors, no other handlers.
`TELEMETRY_FAST_PATH=off` switches it off.
"""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

    from glasshouse_telemetry.spans.operations import Operations


def is_wanted() -> bool:
    """Whether the environment leaves the fast path on."""
    return os.environ.get("TELEMETRY_FAST_PATH", "").strip().lower() not in ("off", "false", "0", "no")


def operations_of(tracer: "Tracer") -> "Operations | None":
    """Of a tracer that does what the SDK's does by default; None for any other, and for an unknown SDK."""
    if not is_wanted():
        return None
    try:
        from glasshouse_telemetry.fast.operations import FastOperations

        return FastOperations.of(tracer)
    except Exception:  # an SDK of another version: it costs speed and nothing else
        return None
