"""The plan of a run, made before its first request: the same seed gives the same requests and times."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from proof.traffic.timetable import Slot, make_timetable
from stackctl.shop_scenarios import KINDS
from stackctl.shop_scenarios.catalogue import Catalogue
from stackctl.shop_scenarios.contents import CREATED, Draw
from stackctl.shop_scenarios.profiles import PROFILES
from stackctl.shop_scenarios.recipes import RECIPES


@dataclass(frozen=True)
class PlannedRequest:
    """One request of a client, `offset` seconds after the start.

    `needs` is the number of the request that creates the id that this one names. `spare_id` belongs to
    nothing: it takes the place of an id that was never created.
    """

    n: int
    kind: str
    client: str
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
            return self.kind, *self._naming(created[self.needs])
        otherwise = RECIPES[self.kind].otherwise or self.kind
        collection, named, _ = KINDS[otherwise].route.partition("<")
        return otherwise, *((collection + self.spare_id, None) if named else self._naming(self.spare_id))

    def _naming(self, created: str) -> tuple[str, str | None]:
        return self.path.replace(CREATED, created), self.body and self.body.replace(CREATED, created)


def arrivals(rate: float, duration: float, rng: Random) -> list[float]:
    """Return rate x duration arrival times: a Poisson process, given that it brings exactly that many."""
    return sorted(rng.uniform(0, duration) for _ in range(max(1, round(rate * duration))))


def make_plan(
    profile: str, rate: float, duration: float, seed: int, run_id: str, catalogue: Catalogue
) -> list[PlannedRequest]:
    """Plan every request of a run.

    Kinds, times, clients and contents follow from `seed` alone. Trace ids, request ids and the e-mail
    addresses that are registered follow from `run_id` too, because they must never occur twice.
    """
    offsets = arrivals(rate, duration, Random(f"{seed}/arrivals"))
    rng = Random(f"{seed}/requests")
    ids = Random(f"{seed}/{run_id}")
    timetable = make_timetable(PROFILES[profile], offsets, rng)
    return [_request(slot, Draw(rng, catalogue, run_id, slot.n), ids) for slot in timetable]


def _request(slot: Slot, draw: Draw, ids: Random) -> PlannedRequest:
    content = RECIPES[slot.kind].make(draw)
    return PlannedRequest(
        n=slot.n,
        kind=slot.kind,
        client=slot.client,
        offset=slot.offset,
        trace_id=ids.getrandbits(128) or 1,
        request_id=uuid.UUID(int=ids.getrandbits(128), version=4).hex,
        path=content.path,
        body=content.body,
        needs=slot.needs,
        spare_id=draw.some_id(),
    )
