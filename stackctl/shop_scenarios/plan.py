"""The plan of a run, made before its first request: the same seed gives the same requests and times."""

import uuid
from dataclasses import replace
from random import Random

from proof.traffic.planned import Content, PlannedRequest
from stackctl.shop_scenarios import KINDS
from stackctl.shop_scenarios.catalogue import Catalogue
from stackctl.shop_scenarios.contents import Draw
from stackctl.shop_scenarios.profiles import PROFILES
from stackctl.shop_scenarios.recipes import RECIPES
from stackctl.shop_scenarios.timetable import Slot, make_timetable


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
    planned = PlannedRequest(
        n=slot.n,
        kind=slot.kind,
        client=slot.client,
        offset=slot.offset,
        trace_id=ids.getrandbits(128) or 1,
        request_id=uuid.UUID(int=ids.getrandbits(128), version=4).hex,
        path=content.path,
        body=content.body,
        needs=slot.needs,
    )
    return replace(planned, instead=_instead(planned, draw.some_id()))


def _instead(planned: PlannedRequest, spare_id: str) -> Content | None:
    """With an id that belongs to nothing in the place of one that was never created."""
    if planned.needs is None:
        return None
    otherwise = RECIPES[planned.kind].otherwise or planned.kind
    collection, named, _ = KINDS[otherwise].route.partition("<")
    if named:
        return Content(otherwise, collection + spare_id, None)
    return planned.naming(spare_id)._replace(kind=otherwise)
