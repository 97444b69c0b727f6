"""After a fork the child starts afresh: what waits is the parent's, and so are its threads and locks."""

import os
import weakref
from collections.abc import Callable
from typing import Protocol


class Renewable(Protocol):
    def renew_after_fork(self) -> None: ...


_owners: "weakref.WeakSet[Renewable]" = weakref.WeakSet()


def renew_after_fork(owner: Renewable) -> None:
    """Call `owner.renew_after_fork()` in every forked child, as long as the owner is alive."""
    _owners.add(owner)


def weakly(method: Callable[[], None]) -> Callable[[], None]:
    """Calls the method as long as its object is alive, and does not keep it alive."""
    reference = weakref.WeakMethod(method)

    def call() -> None:
        if (alive := reference()) is not None:
            alive()

    return call


def _renew() -> None:
    for owner in list(_owners):
        owner.renew_after_fork()


if hasattr(os, "register_at_fork"):  # once: a hook can never be taken back
    os.register_at_fork(after_in_child=_renew)
