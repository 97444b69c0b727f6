"""How many requests a client may send: counted by the library `limits`, in memory or in Redis.

Without Flask-Limiter, because that cannot count in a metric that its storage fails. The headers are the same.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from limits import RateLimitItem, parse_many
from limits.errors import StorageError
from limits.storage import Storage, storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter

from apps.gateway import metrics
from apps.gateway.faults import limits_in_force
from apps.gateway.settings import Settings
from chassis.circuit import Circuit, CircuitOpen, CircuitSettings

# What a slow storage may cost a request. When three had to pay it, the next ones are let through unchecked.
STORAGE_TIMEOUT_S = 0.2
STORAGE_CIRCUIT = CircuitSettings(window_s=1.0, minimum_calls=3, open_s=2.0)


@dataclass(frozen=True)
class RateLimitStatus:
    """How a client stands with the limit that it is closest to; `reset_at` is in seconds since 1970."""

    allowed: bool
    limit: int
    remaining: int
    reset_at: float

    @property
    def retry_after_s(self) -> float:
        return self.reset_at - time.time()

    def headers(self) -> Mapping[str, str]:
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(int(self.reset_at)),
        }


class RateLimits:
    """Limits by name, each for every client. While the storage fails, requests pass and are counted."""

    def __init__(self, storage: Storage, limits: Mapping[str, str]) -> None:
        self._strategy = SlidingWindowCounterRateLimiter(storage)
        self._limits = {name: parse_many(limit) for name, limit in limits.items()}
        self._circuit = Circuit("rate-limit-storage", STORAGE_CIRCUIT)
        for name in limits:
            metrics.rate_limited.labels(name)

    def count(self, name: str, client: str) -> RateLimitStatus | None:
        """Count one request of this client; None when that was not possible."""
        try:
            with self._circuit.guard():
                limits = limits_in_force(self._limits[name])
                statuses = [self._count(limit, name, client) for limit in limits]
        except (StorageError, CircuitOpen):
            metrics.rate_limit_unchecked.inc()
            return None
        closest = min(statuses, key=lambda status: (status.allowed, status.remaining))
        if not closest.allowed:
            metrics.rate_limited.labels(name).inc()
        return closest

    def _count(self, limit: RateLimitItem, name: str, client: str) -> RateLimitStatus:
        allowed = self._strategy.hit(limit, name, client)
        window = self._strategy.get_window_stats(limit, name, client)
        return RateLimitStatus(allowed, limit.amount, window.remaining, window.reset_time)


def open_limits(settings: Settings) -> RateLimits:
    limits = {"general": settings.rate_limit, "token": settings.token_rate_limit}
    return RateLimits(open_storage(settings.rate_limit_storage), limits)


def open_storage(url: str) -> Storage:
    """`memory://` or `redis://…`; nothing is connected yet."""
    options: dict[str, Any] = {}
    if url.startswith("redis"):
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        options = {
            "socket_connect_timeout": STORAGE_TIMEOUT_S,
            "socket_timeout": STORAGE_TIMEOUT_S,
            "retry": Retry(NoBackoff(), 0),
        }
    storage = storage_from_string(url, wrap_exceptions=True, **options)
    assert isinstance(storage, Storage)
    return storage
