"""What can be made to go wrong in products, on purpose (docs/drills.md)."""

from typing import Final
from uuid import uuid4

from prometheus_client import Counter

from chassis.faults import Fault, Hoard, Knobs

# A bug in a release: `ratio` of the searches fail. {"when": {"service.version": "2"}} gives it to one alone.
ERROR_BURST = Fault("products-error-burst", ratio=0.3)

# A release that is slow: `ratio` of the searches take `seconds` longer. `when` as above.
SLOW = Fault("products-slow", seconds=0.8, ratio=1.0)

# Each search keeps `kib` of memory, at most `limit` times (150 MB).
MEMORY_LEAK = Fault("memory-leak", kib=512, limit=300)

# Each search makes `series` new ones, by labelling a counter with an id; `limit` in all.
LABEL_EXPLOSION = Fault("label-explosion", series=20, limit=3_000)


class RatingMissing(KeyError):
    """What the bug of ERROR_BURST raises; nobody expects it, so the answer is 500, the line a stack trace."""


_views = Counter("shop_product_views", "Searches by visitor: there while label-explosion is on.", ["visitor"])

_leaked: Final[Hoard[bytes]] = Hoard(MEMORY_LEAK)
_visitors: Final[Hoard[str]] = Hoard(LABEL_EXPLOSION, _views.remove)


def fail_sometimes() -> None:
    if ERROR_BURST.strikes():
        raise RatingMissing("rating")


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
