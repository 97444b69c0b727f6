"""A time-out says what was awaited and what was seen last."""

import pytest

from stackctl.errors import StackError
from stackctl.system.polling import NotYet, PollTimeout, poll_until


def test_the_first_truthy_answer_is_returned() -> None:
    answers = iter([[], NotYet("1 of 2"), ["span"]])
    assert poll_until(lambda: next(answers), "spans", timeout=5, interval=0) == ["span"]


def test_a_time_out_names_what_was_awaited_and_the_last_state() -> None:
    with pytest.raises(PollTimeout, match=r"in vain for the edge orders → users in Jaeger.*2 of 3 spans"):
        poll_until(lambda: NotYet("2 of 3 spans"), "the edge orders → users in Jaeger", 0.02, 0.01)


def test_a_backend_that_does_not_answer_yet_is_the_last_state() -> None:
    def away() -> bool:
        raise StackError("Jaeger does not answer.")

    with pytest.raises(PollTimeout, match="Last state seen: Jaeger does not answer"):
        poll_until(away, "a trace", 0.02, 0.01)


def test_an_error_of_the_asking_itself_is_raised_at_once() -> None:
    with pytest.raises(ZeroDivisionError):
        poll_until(lambda: bool(1 / 0), "nothing", timeout=60)


def test_it_is_asked_at_least_once() -> None:
    assert poll_until(lambda: "here", "it", timeout=0) == "here"
