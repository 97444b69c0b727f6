"""The traffic of drills on the stack in containers: a container of its own, which tells what it can read."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from proof.ledger.rows import Row, rows
from proof.traffic.background_run import LONGEST
from stackctl.compose import client
from stackctl.drills.environment import Sent
from stackctl.errors import StackError
from stackctl.system.interrupts import uninterrupted
from stackctl.system.polling import NotYet, PollTimeout, poll_until

NAME = "glasshouse-drill-traffic"
_OPTIONS = (f"--duration={LONGEST}", "--no-freshness")
_STARTED_WITHIN_SECONDS = 90.0
_ENDED_WITHIN_SECONDS = 30.0
# Of 20 requests per second, looked at about every second.
_LAST_ROWS = 400


@contextmanager
def sent(rate: float) -> Iterator[Sent]:
    _remove()  # that of a drill which died
    client.run("--detach", "--name", NAME, client.INSIDE, "traffic", f"--rate={rate:g}", *_OPTIONS)
    try:
        ledger = _ledger()
        yield Sent(0, lambda: _last_rows(ledger))
    finally:
        with uninterrupted():
            stop()


def stop() -> None:
    """In order: its run is to be one that has ended."""
    with suppress(StackError):  # it is not there any more
        client.docker("kill", "--signal=INT", NAME)
        poll_until(_has_ended, "the end of the traffic", _ENDED_WITHIN_SECONDS, interval=0.5)
    _remove()


def asked(script: str) -> str:
    """What a shell in it answers: it has the volumes of state and logs. Once it has ended: nothing."""
    try:
        return client.docker("exec", NAME, "sh", "-c", script)
    except StackError:
        return ""


def _ledger() -> str:
    """That of its run, as soon as a request is in it: the first process of the container holds it open."""

    def found() -> str | NotYet:
        path = asked("readlink /proc/1/fd/* | grep 'ledger.jsonl$' || true").strip()
        return path if path and asked(f"head -c 1 {path}") else NotYet("it signs its clients in")

    try:
        return poll_until(found, "the first request", _STARTED_WITHIN_SECONDS, interval=0.5)
    except PollTimeout as error:
        raise StackError("the traffic could not be sent.", _said() or error.message) from error


def _last_rows(ledger: str) -> list[Row]:
    return list(rows(asked(f"tail -n {_LAST_ROWS} {ledger}"), Path(ledger)))


def _has_ended() -> bool | NotYet:
    return client.docker("inspect", "--format={{.State.Running}}", NAME) == "false\n" or NotYet("it runs")


def _said() -> str:
    with suppress(StackError):
        return client.docker("logs", "--tail=20", NAME).strip()
    return ""


def _remove() -> None:
    with suppress(StackError):
        client.docker("rm", "--force", NAME)
