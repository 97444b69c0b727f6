"""A check is repeated while something may still arrive, and no longer."""

import time
from collections.abc import Callable
from threading import Event

import pytest

from proof.verify.findings import Check
from proof.verify.retry_until_complete import Checks, NothingYet, retry_until_complete
from stackctl.query import QueryError


def check(missing: int = 0, duplicated: int = 0) -> Checks:
    return (Check("logs", "lines", 5, 5 - missing, missing, duplicated),)


def answers(*given: Checks | Exception) -> Callable[[], Checks]:
    """Give these answers in turn, the last one for ever."""
    rest = list(given)

    def attempt() -> Checks:
        answer = rest.pop(0) if len(rest) > 1 else rest[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    return attempt


def settled(*given: Checks | Exception, seconds: float = 5.0) -> tuple[Checks, list[str]]:
    states: list[str] = []
    return retry_until_complete(
        answers(*given), time.monotonic() + seconds, states.append, Event(), interval=0.001
    ), states


def test_what_is_complete_is_asked_for_once() -> None:
    assert settled(check(), check(missing=1)) == (check(), ["5 of 5 lines"])


def test_what_is_missing_is_asked_for_again() -> None:
    assert settled(check(missing=2), check(missing=1), check())[1] == [
        "3 of 5 lines",
        "4 of 5 lines",
        "5 of 5 lines",
    ]


def test_what_is_there_twice_is_not_waited_for() -> None:
    assert len(settled(check(duplicated=1), check())[1]) == 1


def test_at_the_deadline_the_last_result_counts() -> None:
    assert settled(check(missing=1), seconds=0.01)[0] == check(missing=1)


def test_a_backend_may_come_back() -> None:
    assert settled(QueryError("Loki does not answer."), check()) == (
        check(),
        ["Loki does not answer.", "5 of 5 lines"],
    )


def test_a_backend_that_never_answers_is_an_error() -> None:
    with pytest.raises(QueryError, match="Loki does not answer"):
        settled(QueryError("Loki does not answer."), seconds=0.01)


def test_a_stop_ends_the_waiting() -> None:
    stop = Event()
    stop.set()
    states: list[str] = []
    assert retry_until_complete(
        answers(check(missing=1)), time.monotonic() + 60, states.append, stop
    ) == check(missing=1)


def test_what_seems_lost_is_asked_for_until_it_seems_so_twice() -> None:
    def lost(amount: int) -> Checks:
        return (Check("traces", "traces", 5, 5 - amount, 0, 0, lost=amount),)

    assert settled(lost(3), lost(1), lost(1), lost(0)) == (
        lost(1),
        ["2 of 5 traces", "4 of 5 traces", "4 of 5 traces"],
    )


def test_who_can_say_nothing_yet_is_asked_again() -> None:
    assert settled(NothingYet("no such metric"), check()) == (check(), ["no such metric", "5 of 5 lines"])


def test_who_can_say_nothing_until_the_deadline_has_no_checks() -> None:
    assert settled(NothingYet("no such metric"), seconds=0.02)[0] == ()
