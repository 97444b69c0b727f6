"""What is switched on in this process: faults look here first, so that being off costs next to nothing."""

from collections.abc import Callable
from typing import Final

from openfeature import api
from openfeature.evaluation_context import EvaluationContext

# Ours alone: an application's own feature flags live in other domains.
DOMAIN: Final = "faults"


class State:
    """`on` is replaced as a whole, never changed: no thread needs a lock to read it."""

    def __init__(self) -> None:
        self.on: frozenset[str] = frozenset()
        self.context = EvaluationContext()
        self.client = api.get_client(domain=DOMAIN)
        self.listeners: dict[str, list[Callable[[bool], object]]] = {}

    def switch(self, on: frozenset[str]) -> None:
        changed = self.on ^ on
        self.on = on
        for name in changed:
            for listener in self.listeners.get(name, ()):
                listener(name in on)


STATE: Final = State()
