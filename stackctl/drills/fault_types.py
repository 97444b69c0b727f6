"""The kinds of faults, by the name that drills/*.yml have for them."""

from collections.abc import Callable, Mapping

from stackctl.drills.flags import Flag
from stackctl.drills.holder_spec import HeldLock, HeldSpace, StaleSamples
from stackctl.drills.indexes import MissingIndex
from stackctl.drills.injection import Injection
from stackctl.drills.poison_message import PoisonEvents
from stackctl.drills.processes import IngesterShutDown, KilledProcess

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
