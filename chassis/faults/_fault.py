"""A fault: its name, its knobs, and the ways in which it strikes."""

import random
import time
from collections.abc import Callable, Mapping
from typing import Any, cast

from chassis.faults._provider import ON
from chassis.faults._state import STATE

Knob = float | str
Knobs = Mapping[str, Any]


class Fault:
    """`knobs` are what the file may set differently; `ratio` and `seconds` are those of the ways below."""

    def __init__(self, name: str, **knobs: Knob) -> None:
        self.name = name
        self.knobs: Knobs = knobs

    def __repr__(self) -> str:
        return f"Fault({self.name!r})"

    def is_on(self) -> bool:
        return self.name in STATE.on and self.current() is not None

    def current(self) -> Knobs | None:
        """The knobs as they are now; None while the fault is off."""
        if self.name not in STATE.on:
            return None
        found = STATE.client.get_object_details(self.name, {}, STATE.context)
        return {**self.knobs, **cast(Knobs, found.value)} if found.variant == ON else None

    def strikes(self) -> bool:
        """Whether it hits this time: by chance, `ratio` of the times."""
        if self.name not in STATE.on:
            return False
        knobs = self.current()
        return knobs is not None and random.random() < float(knobs.get("ratio", 1.0))

    def delay(self, wait: Callable[[float], object] = time.sleep) -> None:
        """Take `seconds` longer, `ratio` of the times."""
        if self.name in STATE.on and self.strikes() and (knobs := self.current()) is not None:
            wait(float(knobs["seconds"]))

    def when_switched(self, listener: Callable[[bool], object]) -> None:
        """Have `listener` called with True and False as it is switched on and off, on the watching thread."""
        STATE.listeners.setdefault(self.name, []).append(listener)
