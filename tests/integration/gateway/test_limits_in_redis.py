"""Several gateways that share their limits in Redis, and go on without it when it is away."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from apps.gateway.rate_limiting import RateLimits, open_storage
from glasshouse_telemetry.testing import capture_metrics
from stackctl.system.polling import NotYet, poll_until
from tests import redis_server
from tests.installed import require


@pytest.fixture(scope="module")
def server() -> Iterator[redis_server.RedisServer]:
    require(redis_server.missing())
    server = redis_server.RedisServer()
    try:
        server.start()
        yield server
    finally:
        server.stop()


def limits_in(server: redis_server.RedisServer, limit: str = "5/day") -> RateLimits:
    return RateLimits(open_storage(server.url), {"general": limit})


def allowed(limits: RateLimits, client: str) -> bool | None:
    status = limits.count("general", client)
    return None if status is None else status.allowed


def test_two_gateways_count_together(server: redis_server.RedisServer) -> None:
    first, second, client = limits_in(server), limits_in(server), f"user {uuid4()}"
    found = [allowed(gateway, client) for _ in range(4) for gateway in (first, second)]
    assert found == [True] * 5 + [False] * 3
    assert allowed(first, f"user {uuid4()}") is True


def test_an_answer_says_how_many_are_left(server: redis_server.RedisServer) -> None:
    limits, client = limits_in(server), f"user {uuid4()}"
    statuses = [limits.count("general", client) for _ in range(6)]
    assert [(each.limit, each.remaining) for each in statuses if each] == [
        (5, 4),
        (5, 3),
        (5, 2),
        (5, 1),
        (5, 0),
        (5, 0),
    ]


def test_while_redis_is_away_requests_pass_and_limits_come_back_with_it(
    server: redis_server.RedisServer,
) -> None:
    limits, client = limits_in(server, "1/day"), f"user {uuid4()}"
    assert [allowed(limits, client) for _ in range(2)] == [True, False]
    server.stop()
    with capture_metrics() as metrics:
        assert [allowed(limits, client) for _ in range(10)] == [None] * 10
        assert metrics.increase("gateway_rate_limit_unchecked_total") == 10
    server.start()

    def counts_again() -> bool | NotYet:
        return NotYet("unchecked") if allowed(limits, client) is None else True

    poll_until(counts_again, "the limits in Redis", timeout=15)
    assert allowed(limits, client) is False
