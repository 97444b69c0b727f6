"""The plan of a run, made before its first request: the same seed gives the same requests and times."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random

from stackctl.expectations import KINDS
from stackctl.traffic.catalogue import Catalogue
from stackctl.traffic.profiles import PROFILES
from stackctl.traffic.recipes import CREATED, RECIPES, Draw, Recipe

# What needs another request's creation is planned this long after it, so that it seldom has to wait.
_SECONDS_AFTER_CREATION = 1.0


@dataclass(frozen=True)
class PlannedRequest:
    """One request, `offset` seconds after the start.

    `needs` is the number of the request that creates the id in its path. `spare_id` belongs to nothing: it
    takes the place of an id that was never created.
    """

    n: int
    kind: str
    offset: float
    trace_id: int
    request_id: str
    path: str
    body: str | None
    needs: int | None
    spare_id: str

    def resolved(self, created: Mapping[int, str]) -> tuple[str, str, str | None]:
        """Return (kind, path, body) to send, now that it is known what was `created` by which request."""
        if self.needs is None:
            return self.kind, self.path, self.body
        if self.needs in created:
            return self.kind, self.path.replace(CREATED, created[self.needs]), self.body
        otherwise = RECIPES[self.kind].otherwise or self.kind
        return otherwise, KINDS[otherwise].route.partition("<")[0] + self.spare_id, None


@dataclass
class _Creations:
    """What the requests planned so far create; each may be named many times but claimed once."""

    made: dict[str, list[tuple[float, int]]] = field(default_factory=dict)
    claimed: set[int] = field(default_factory=set)

    def add(self, kind: str, offset: float, n: int) -> None:
        self.made.setdefault(kind, []).append((offset, n))

    def pick(self, recipe: Recipe, offset: float, rng: Random) -> int | None:
        old_enough = offset - _SECONDS_AFTER_CREATION
        ready = [n for at, n in self.made.get(recipe.needs or "", ())[-400:] if at <= old_enough]
        if recipe.claims:
            ready = [n for n in ready if n not in self.claimed]
        if not ready:
            return None
        chosen = rng.choice(ready)
        if recipe.claims:
            self.claimed.add(chosen)
        return chosen


def arrivals(rate: float, duration: float, rng: Random) -> list[float]:
    """Return rate x duration arrival times: a Poisson process, given that it brings exactly that many."""
    return sorted(rng.uniform(0, duration) for _ in range(max(1, round(rate * duration))))


def make_plan(
    profile: str, rate: float, duration: float, seed: int, run_id: str, catalogue: Catalogue
) -> list[PlannedRequest]:
    """Plan every request of a run.

    Kinds, times and contents follow from `seed` alone. Trace ids, request ids and the e-mail addresses that
    are registered follow from `run_id` too, because they must never occur twice in the backends.
    """
    ids = Random(f"{seed}/{run_id}")
    offsets = arrivals(rate, duration, Random(f"{seed}/arrivals"))
    rng = Random(f"{seed}/requests")
    return list(_requests(offsets, PROFILES[profile], rng, ids, run_id, catalogue))


def _requests(
    offsets: list[float],
    weights: Mapping[str, int],
    rng: Random,
    ids: Random,
    run_id: str,
    catalogue: Catalogue,
) -> Iterator[PlannedRequest]:
    creations = _Creations()
    kinds = rng.choices(list(weights), list(weights.values()), k=len(offsets))
    for n, (offset, wanted) in enumerate(zip(offsets, kinds, strict=True)):
        kind, needs = _with_creation(wanted, offset, creations, rng)
        creations.add(kind, offset, n)
        content = RECIPES[kind].make(Draw(rng, catalogue, f"{run_id}-{n}"))
        yield PlannedRequest(
            n=n,
            kind=kind,
            offset=offset,
            trace_id=ids.getrandbits(128) or 1,
            request_id=uuid.UUID(int=ids.getrandbits(128), version=4).hex,
            path=content.path,
            body=content.body,
            needs=needs,
            spare_id=str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        )


def _with_creation(wanted: str, offset: float, creations: _Creations, rng: Random) -> tuple[str, int | None]:
    """Return the kind and the request whose creation it needs; while there is none, the creating kind."""
    recipe = RECIPES[wanted]
    if recipe.needs is None:
        return wanted, None
    creator = creations.pick(recipe, offset, rng)
    return (wanted, creator) if creator is not None else (recipe.needs, None)
