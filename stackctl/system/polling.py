"""Waiting for what becomes true by itself; a time-out says what was awaited and what was seen last."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from stackctl.errors import StackError

T = TypeVar("T")


@dataclass(frozen=True)
class NotYet:
    """A falsy answer of a polled function that says how far things are: `return NotYet("3 of 5 spans")`."""

    state: object

    def __bool__(self) -> bool:
        return False

    def __str__(self) -> str:
        return str(self.state)


class PollTimeout(StackError):
    """What was awaited did not come in time; the message names it and the last state seen."""


def poll_until(fn: Callable[[], T | NotYet], what: str, timeout: float = 30.0, interval: float = 0.1) -> T:
    """Call `fn` until its answer is truthy, and return that answer.

    A StackError that `fn` raises (a backend that does not answer yet) counts as "not yet"; other errors pass.

    Args:
        fn: asked again and again; what it answers while it is falsy is the state that a time-out shows.
        what: the thing awaited and where, as in "the edge orders → products in Jaeger".
        timeout: seconds until PollTimeout; `fn` is asked at least once.
        interval: seconds between two questions.
    """
    deadline = time.monotonic() + timeout
    while True:
        state: object
        try:
            answer = fn()
            if answer and not isinstance(answer, NotYet):
                return answer
            state = answer
        except StackError as error:
            state = error.message
        if time.monotonic() + interval > deadline:
            raise PollTimeout(f"Waited {timeout:g} s in vain for {what}. Last state seen: {state}")
        time.sleep(interval)
