"""The requests that a version is judged by: those that come anyway, or a run of ./stack traffic beside it."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from proof.traffic.background_run import sent_beside
from stackctl.deploy import queries
from stackctl.errors import StackError
from stackctl.paths import logs_dir
from stackctl.query import Prometheus
from stackctl.system.polling import PollTimeout, poll_until

_SEEN_WITHIN_SECONDS = 45.0
_NOTICED_WITHIN_SECONDS = 15.0


@contextmanager
def traffic_of_our_own(rate: float | None, profile: str, console: Console) -> Iterator[None]:
    """None: there is some already. Its run can be verified afterwards like any other."""
    if rate is None:
        yield
        return
    try:
        with sent_beside(rate, logs_dir() / "deploy-traffic.log", ("--profile", profile)):
            yield
    finally:
        console.print("Its own traffic has ended; prove it: ./stack verify")


def require_traffic(service: str, driven: bool) -> None:
    """Raise when nobody asks the service for anything."""
    prometheus = Prometheus()
    within = _SEEN_WITHIN_SECONDS if driven else _NOTICED_WITHIN_SECONDS
    try:
        poll_until(
            lambda: (prometheus.value(queries.traffic(service, "20s")) or 0) > 0,
            f"a request to {service}",
            within,
            interval=0.5,
        )
    except PollTimeout as error:
        hint = "Look into .stack/logs/deploy-traffic.log" if driven else _HINT
        raise StackError(f"nobody asks {service} for anything, so nothing can be compared.", hint) from error


_HINT = (
    "Let it bring its own: --traffic 50 (requests per second); "
    "or send some meanwhile: ./stack traffic --rate 50 --duration 10m"
)
