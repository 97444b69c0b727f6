"""What can be made to go wrong in products, on purpose (docs/drills.md)."""

from contextlib import AbstractContextManager, ExitStack
from typing import Final
from uuid import uuid4

from opentelemetry import trace
from prometheus_client import Counter
from sqlalchemy.orm import Session

from chassis.faults import Fault, Knobs, ResourceLeak

# A bug in a release: `ratio` of the searches fail. {"when": {"service.version": "2"}} gives it to one alone.
ERROR_BURST = Fault("products-error-burst", ratio=0.3)

# A release that is slow: `ratio` of the searches take `seconds` longer. `when` as above.
SLOW = Fault("products-slow", seconds=0.8, ratio=1.0)

# Each search keeps `kib` of memory, at most `limit` times (300 MB).
MEMORY_LEAK = Fault("memory-leak", kib=512, limit=600)

# Each search labels a counter with `series` ids that nobody has seen before; `limit` in all.
LABEL_EXPLOSION = Fault("label-explosion", series=60, limit=4_000)

# A search puts all that it found into an attribute of its span: `mib` of text, `ratio` of the times. The
# Collector takes 20 MiB at once and refuses more, so all spans that are sent with such a one are lost.
OVERSIZED_SPANS = Fault("oversized-spans", mib=21, ratio=0.1)

# Each search forgets to give its connection back, until one of 16 is left (chassis/database.py). Without that
# one, all threads would wait for it, and nobody would be left to answer Prometheus: then TargetDown tells.
POOL_EXHAUSTED = Fault("pool-exhausted", limit=15)


class RatingMissing(KeyError):
    """What the bug of ERROR_BURST raises; nobody expects it, so the answer is 500, the line a stack trace."""


_views = Counter("shop_product_views", "Searches by visitor: there while label-explosion is on.", ["visitor"])

_leaked: Final[ResourceLeak[bytes]] = ResourceLeak(MEMORY_LEAK)
_forgotten: Final[ResourceLeak[ExitStack]] = ResourceLeak(POOL_EXHAUSTED, ExitStack.close)
_visitors: Final[ResourceLeak[str]] = ResourceLeak(LABEL_EXPLOSION, _views.remove)


def fail_sometimes() -> None:
    if ERROR_BURST.strikes():
        raise RatingMissing("rating")


def oversize_span() -> None:
    if OVERSIZED_SPANS.strikes() and (knobs := OVERSIZED_SPANS.current()) is not None:
        trace.get_current_span().set_attribute("product.found", "x" * (1024**2 * int(knobs["mib"])))


def forget_connection(reading: AbstractContextManager[Session]) -> None:
    def forgotten(_: Knobs) -> ExitStack:
        stack = ExitStack()
        stack.enter_context(reading).connection()
        return stack

    _forgotten.keep(forgotten)


def leak_memory() -> None:
    _leaked.keep(lambda knobs: b"x" * (1024 * int(knobs["kib"])))


def explode_labels() -> None:
    knobs = LABEL_EXPLOSION.current()
    for _ in range(int(knobs["series"]) if knobs else 0):
        _visitors.keep(_count_visitor)


def _count_visitor(knobs: Knobs) -> str:
    visitor = uuid4().hex
    _views.labels(visitor).inc()
    return visitor
