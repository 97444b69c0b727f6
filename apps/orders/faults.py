"""What can be made to go wrong in orders, on purpose (docs/drills.md)."""

from contextlib import AbstractContextManager, ExitStack
from typing import Final

from sqlalchemy.orm import Session

from chassis.faults import Fault, Hoard, Knobs

# Each list of orders forgets to give its connection back, until the pool is empty (chassis/database.py: 16).
POOL_EXHAUSTED = Fault("pool-exhausted", limit=16)

# The relay publishes nothing: events stay in the outbox, and no order is decided.
OUTBOX_STALLED = Fault("outbox-stalled")

_forgotten: Final[Hoard[ExitStack]] = Hoard(POOL_EXHAUSTED, ExitStack.close)


def forget_connection(reading: AbstractContextManager[Session]) -> None:
    def forgotten(_: Knobs) -> ExitStack:
        stack = ExitStack()
        stack.enter_context(reading).connection()
        return stack

    _forgotten.keep(forgotten)
