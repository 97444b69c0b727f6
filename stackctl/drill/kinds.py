"""The kinds of faults, by the name that drills/*.yml have for them."""

from collections.abc import Callable, Mapping

from stackctl.drill.events import PoisonEvents
from stackctl.drill.flags import Flag
from stackctl.drill.held import HeldLock, HeldSpace, StaleSamples
from stackctl.drill.indexes import MissingIndex
from stackctl.drill.injection import Injection
from stackctl.drill.processes import IngesterShutDown, KilledProcess

KINDS: Mapping[str, Callable[..., Injection]] = {
    "flag": Flag,
    "kill": KilledProcess,
    "ingester": IngesterShutDown,
    "index": MissingIndex,
    "lock": HeldLock,
    "disk": HeldSpace,
    "stale-samples": StaleSamples,
    "poison": PoisonEvents,
}
