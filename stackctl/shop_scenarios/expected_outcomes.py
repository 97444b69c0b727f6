"""What a run's requests have changed in the shop, as far as the ledger knows, and what must come of it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from proof.expectations import Call, Counted, handled, published
from proof.ledger.rows import Row
from stackctl.shop_scenarios import (
    EVENTS,
    EXCHANGES,
    GAINS,
    SHIPPED,
    WELCOMED,
    Consequence,
    Fate,
    SagaMode,
    consequences_of_event,
    consequences_of_order,
    events_of_order,
)


@dataclass(frozen=True)
class Occurrence:
    """A consequence for one order or one user, whose id is `key`. It takes effect once."""

    consequence: Consequence
    key: str
    # Then nobody knows how the question for that user ends.
    user_may_be_gone: bool = field(default=False, compare=False)

    @property
    def calls(self) -> Counter[Call]:
        return Counter() if self.user_may_be_gone else Counter(self.consequence.calls)

    @property
    def allowed(self) -> Counter[Call]:
        calls = self.consequence.calls if self.user_may_be_gone else ()
        return Counter(call.with_any_status() for call in calls)

    @property
    def services(self) -> frozenset[str]:
        """All that take part in it."""
        return frozenset({self.consequence.service, *(call.callee for call in self.consequence.calls)})

    def __str__(self) -> str:
        return f"{self.consequence} {self.key}"


@dataclass(frozen=True)
class Effects:
    """Orders and users by their ids. `unsure` requests may have placed or registered what nobody knows of."""

    orders: Mapping[str, Fate]
    shipped: frozenset[str]
    users: frozenset[str]
    gone: frozenset[str]
    unsure: int

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(self.orders) | self.users

    def perhaps(self, told_again: Mapping[str, int]) -> "Effects":
        """What may have been effected besides: orders of any fate, users, orders told of so often again."""
        unknown = range(self.unsure)
        orders = {f"{n} {fate}": fate for n in unknown for fate in Fate}
        again = {
            f"{order_id} {n}": self.orders[order_id]
            for order_id, times in told_again.items()
            if order_id in self.orders
            for n in range(times)
        }
        return Effects(orders | again, frozenset(), frozenset(map(str, unknown)), frozenset(), 0)

    def occurrences(self, mode: SagaMode) -> Iterator[Occurrence]:
        for order_id, fate in self.orders.items():
            for consequence in consequences_of_order(fate, mode):
                yield Occurrence(consequence, order_id)
        for order_id in self.shipped:
            for consequence in consequences_of_event("OrderShipped", mode):
                yield Occurrence(consequence, order_id)
        for user_id in self.users:
            for consequence in consequences_of_event("UserRegistered", mode):
                yield Occurrence(consequence, user_id, user_id in self.gone)

    def events(self, mode: SagaMode) -> Counter[Counted]:
        """By how much the counters of events rise: published, and handled from each queue."""
        types = Counter(event for fate in self.orders.values() for event in events_of_order(fate, mode))
        types += Counter(OrderShipped=len(self.shipped), UserRegistered=len(self.users))
        counts = Counter(
            handled(one.consequence.service, one.consequence.queue, one.consequence.event)
            for one in self.occurrences(mode)
            if one.consequence.event
        )
        for event, amount in types.items():
            exchange = EVENTS[event].exchange
            counts[published(EXCHANGES[exchange], exchange, event)] += amount
        return counts

    def gains(self) -> Counter[Counted]:
        """By how much the counters of the business rise."""
        of_orders = Counter(gain for fate in self.orders.values() for gain in GAINS[fate])
        return of_orders + Counter({SHIPPED: len(self.shipped), WELCOMED: len(self.users - self.gone)})

    def uncertain_gains(self) -> Counter[Counted]:
        """Who is gone may have been welcomed or not."""
        return Counter({WELCOMED: len(self.users & self.gone)})


def effects_of(rows: Iterable[Row]) -> Effects:
    orders: dict[str, Fate] = {}
    shipped, users, gone, unsure = set(), set(), set(), 0
    for row in rows:
        fate = row.expected_kind.fate
        if row.kind == "user_delete":
            gone.add(_named(row))
        elif row.kind == "order_ship" and row.status == 200:
            shipped.add(_named(row))
        elif row.created_id and fate is not None:
            orders[row.created_id] = fate
        elif row.created_id and row.kind == "user_create":
            users.add(row.created_id)
        elif fate is not None or row.kind == "user_create":
            unsure += 1
    return Effects(orders, frozenset(shipped), frozenset(users), frozenset(gone), unsure)


def _named(row: Row) -> str:
    """The id at the end of its path."""
    return row.path.rpartition("/")[2]
