"""What is to become of a message after a handler had it."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy.orm import Session

from chassis.events._backoff import Backoff
from chassis.events._message import Message

_LONGEST_REASON: Final = 500

Handler = Callable[[Session, Message], None]


class Retry(Exception):
    """A handler cannot do it yet. `delay_s` says when to ask again; None leaves it to the back-off."""

    def __init__(self, reason: str, delay_s: float | None = None) -> None:
        super().__init__(reason)
        self.delay_s = delay_s


class PermanentError(Exception):
    """A handler will never be able to do it: the message is a dead letter at once."""


class Outcome(StrEnum):
    HANDLED = "handled"
    DUPLICATE = "duplicate"
    IGNORED = "ignored"
    RETRIED = "retried"
    DEAD = "dead"


@dataclass(frozen=True)
class Decision:
    outcome: Outcome
    error: Exception | None = None
    reason: str = ""
    delay_s: float = 0.0

    @property
    def error_type(self) -> str:
        return type(self.error).__name__ if self.error else ""


@dataclass(frozen=True)
class Rules:
    """What a consumer wants of its messages."""

    queue: str
    exchanges: Collection[str]
    handlers: Mapping[str, Handler]
    max_tries: int
    backoff: Backoff

    def judge(self, error: Exception, tries: int) -> Decision:
        """After a handler has raised at this try."""
        if isinstance(error, PermanentError) or tries >= self.max_tries:
            return Decision(Outcome.DEAD, error, reason=shorten(f"{type(error).__name__}: {error}"))
        asked_for = error.delay_s if isinstance(error, Retry) else None
        delay_s = self.backoff.delay_s(tries) if asked_for is None else asked_for
        return Decision(Outcome.RETRIED, error, delay_s=delay_s)


def shorten(reason: str) -> str:
    return reason[:_LONGEST_REASON]
