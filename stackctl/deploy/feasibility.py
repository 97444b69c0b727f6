"""Can this traffic decide a canary at all? Said before the new version starts, with numbers that would do."""

import math
from collections.abc import Callable
from contextlib import suppress

from stackctl.deploy import queries
from stackctl.deploy.analysis import Limits
from stackctl.errors import StackError
from stackctl.query import Prometheus
from stackctl.shop_scenarios.profiles import requests_to
from stackctl.system.polling import NotYet, PollTimeout, poll_until

# From one look to the next: the gateway is scraped so often (otel-collector/config.yaml).
_LOOK_SECONDS = 5.0

# What is suggested has a margin: requests come by chance.
_MARGIN = 1.2

# Over so long traffic is measured, and as long it may take until it has begun.
_WINDOW_SECONDS = 20
_PATIENCE_SECONDS = 30.0


def require_enough(
    service: str, rate: float | None, profile: str, limits: Limits, measure: Callable[[], float] | None = None
) -> None:
    """Raise when the smaller side of a step cannot get the requests that it needs in all of its looks.

    Where nobody sends anything, it is too early to say.

    Args:
        rate: of the traffic that the deploy brings, requests per second; None: there is some already.
        measure: how many requests per second the service gets at present.
    """
    needed = _needed_per_second(limits)
    measure = measure or _measured(service)
    if rate is None:
        reached = _highest(measure, needed, _PATIENCE_SECONDS)
    else:
        expected = rate * requests_to(service, profile)
        reached = expected if expected >= needed else expected + measure()
    if 0 < reached < needed:
        raise _too_little(service, rate, reached, needed, limits)


def _needed_per_second(limits: Limits) -> float:
    """Requests to the service per second."""
    return limits.least_requests / (_seconds(limits) * _smallest_share(limits))


def _seconds(limits: Limits) -> float:
    """That a step lasts at most."""
    return limits.most_looks * _LOOK_SECONDS


def _smallest_share(limits: Limits) -> float:
    return min(min(share, 100 - share) for share in limits.shares) / 100


def _measured(service: str) -> Callable[[], float]:
    def ask() -> float:
        counted = Prometheus().value(queries.traffic(service, f"{_WINDOW_SECONDS}s"))
        return (counted or 0.0) / _WINDOW_SECONDS

    return ask


def _highest(measure: Callable[[], float], wanted: float, within: float) -> float:
    """The highest rate seen until it is enough: traffic that has only begun looks less than it is."""
    highest = 0.0

    def enough() -> bool | NotYet:
        nonlocal highest
        highest = max(highest, measure())
        return highest >= wanted or NotYet(f"{highest:.1f} per second")

    with suppress(PollTimeout):
        poll_until(enough, "enough traffic", within, interval=1.0)
    return highest


def _too_little(
    service: str, rate: float | None, reached: float, needed: float, limits: Limits
) -> StackError:
    share, seconds = _smallest_share(limits), _seconds(limits)
    gets = math.floor(reached * share * seconds)
    message = (
        f"{service} gets {reached:.1f} requests per second: in {seconds:.0f} s, the most for a step, "
        f"{share:.0%} of them are {gets}, and {limits.least_requests} are needed."
    )
    options = [f"--requests {math.floor(gets / _MARGIN)}"] if gets >= _FEWEST else []
    if rate is not None and reached:
        options.insert(0, f"--traffic {math.ceil(rate * needed / reached * _MARGIN)}")
    elif rate is None:
        options.insert(0, "--traffic 50")
    weight = math.ceil(share * 100 * needed / reached * _MARGIN) if reached else 100
    if weight <= 50 and limits.shares[0] / 100 == share:
        options.append(f"--weight {weight}")
    return StackError(message, f"Any of these would do: {', '.join(options)}")


# With fewer, hardly any difference is beyond doubt.
_FEWEST = 50
