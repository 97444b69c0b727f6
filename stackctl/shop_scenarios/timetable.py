"""Which request is due when, who sends it, and which earlier one it needs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from stackctl.shop_scenarios import KINDS
from stackctl.shop_scenarios.clients import SIGNED_IN, choose_client
from stackctl.shop_scenarios.recipes import RECIPES

# What needs another request's creation is planned this long after it, so that it seldom has to wait.
_SECONDS_AFTER_CREATION = 1.0

# Of the latest creations so many are remembered.
_MOST_TO_CHOOSE_FROM = 400

# A token lasts three times as long; not all clients renew theirs at once.
_SECONDS_BETWEEN_RENEWALS = 300.0
_SECONDS_BETWEEN_CLIENTS = 6.0

# Sent in the place of a request that would come too soon after one like it.
_INSTEAD = "product_list"


@dataclass(frozen=True)
class Slot:
    """The request number `n`, due `offset` seconds after the start; it `needs` what that request creates."""

    n: int
    offset: float
    kind: str
    client: str
    needs: int | None = None


class _Wish(NamedTuple):
    """Without a client: of whoever may send it."""

    offset: float
    kind: str
    client: str = ""


def make_timetable(weights: Mapping[str, int], offsets: Sequence[float], rng: Random) -> list[Slot]:
    """Return a slot for every offset, its kind drawn by weight, and more for the tokens of a long run."""
    kinds = rng.choices(list(weights), list(weights.values()), k=len(offsets))
    timetable = _Timetable(rng)
    for wish in sorted([*map(_Wish, offsets, kinds), *_renewals(offsets[-1])]):
        timetable.enter(wish)
    return timetable.slots


def _renewals(end: float) -> Iterator[_Wish]:
    offset = _SECONDS_BETWEEN_RENEWALS
    while offset < end:
        for number, client in enumerate(SIGNED_IN):
            yield _Wish(offset + number * _SECONDS_BETWEEN_CLIENTS, "login", client)
        offset += _SECONDS_BETWEEN_RENEWALS


class _Timetable:
    """What requests entered so far create may be named by many later ones, but claimed by one."""

    def __init__(self, rng: Random) -> None:
        self.slots: list[Slot] = []
        self._rng = rng
        self._creating: dict[str, list[Slot]] = {}
        self._claimed: set[int] = set()
        self._latest: dict[str, float] = {}

    def enter(self, wish: _Wish) -> None:
        kind, creator = self._with_creation(self._not_too_soon(wish), wish.offset)
        client = wish.client or choose_client(RECIPES[kind].by, creator.client if creator else "", self._rng)
        slot = Slot(len(self.slots), wish.offset, kind, client, creator.n if creator else None)
        self.slots.append(slot)
        self._creating.setdefault(kind, []).append(slot)
        self._latest[KINDS[kind].operation] = wish.offset

    def _not_too_soon(self, wish: _Wish) -> str:
        """What is wished for, unless that wants to be apart from what was sent to the same route."""
        latest = self._latest.get(KINDS[wish.kind].operation)
        too_soon = latest is not None and wish.offset - latest < RECIPES[wish.kind].apart
        return _INSTEAD if too_soon and not wish.client else wish.kind

    def _with_creation(self, wanted: str, offset: float) -> tuple[str, Slot | None]:
        """The kind and the request whose creation it needs; while there is none, the creating kind."""
        needs = RECIPES[wanted].needs
        if needs is None:
            return wanted, None
        creator = self._pick(wanted, needs, offset)
        return (wanted, creator) if creator is not None else (needs, None)

    def _pick(self, wanted: str, needs: str, offset: float) -> Slot | None:
        latest = self._creating.get(needs, ())[-_MOST_TO_CHOOSE_FROM:]
        ready = [slot for slot in latest if slot.offset <= offset - _SECONDS_AFTER_CREATION]
        if RECIPES[wanted].claims:
            ready = [slot for slot in ready if slot.n not in self._claimed]
        if not ready:
            return None
        chosen = self._rng.choice(ready)
        if RECIPES[wanted].claims:
            self._claimed.add(chosen.n)
        return chosen
