"""What a run's requests have changed in the shop, as far as the ledger knows, and what must come of it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from proof.expectations import Counted, ExpectedStep, handled, published
from proof.ledger.rows import Row
from stackctl.shop_scenarios import (
    EVENTS,
    EXCHANGES,
    GAINS,
    KINDS,
    SHIPPED,
    WELCOMED,
    OrderOutcome,
    SagaMode,
    async_steps_of_event,
    async_steps_of_order,
    events_of_order,
)


@dataclass(frozen=True)
class ExpectedOutcomes:
    """Orders and users by their ids. `unsure` requests may have placed or registered what nobody knows of."""

    orders: Mapping[str, OrderOutcome]
    shipped: frozenset[str]
    users: frozenset[str]
    gone: frozenset[str]
    unsure: int

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(self.orders) | self.users

    def perhaps(self, announced_again: Mapping[str, int]) -> "ExpectedOutcomes":
        """What may have come about besides: orders with any outcome, users, orders announced again."""
        unknown = range(self.unsure)
        orders = {f"{n} {order_outcome}": order_outcome for n in unknown for order_outcome in OrderOutcome}
        again = {
            f"{order_id} {n}": self.orders[order_id]
            for order_id, times in announced_again.items()
            if order_id in self.orders
            for n in range(times)
        }
        return ExpectedOutcomes(orders | again, frozenset(), frozenset(map(str, unknown)), frozenset(), 0)

    def expected_steps(self, mode: SagaMode) -> Iterator[ExpectedStep]:
        for order_id, order_outcome in self.orders.items():
            for step in async_steps_of_order(order_outcome, mode):
                yield ExpectedStep(step, order_id)
        for order_id in self.shipped:
            for step in async_steps_of_event("OrderShipped", mode):
                yield ExpectedStep(step, order_id)
        for user_id in self.users:
            for step in async_steps_of_event("UserRegistered", mode):
                yield ExpectedStep(step, user_id, user_id in self.gone)

    def events(self, mode: SagaMode) -> Counter[Counted]:
        """By how much the counters of events rise: published, and handled from each queue."""
        return self.published(mode) + Counter(
            handled(one.step.service, one.step.queue, one.step.event)
            for one in self.expected_steps(mode)
            if one.step.event
        )

    def published(self, mode: SagaMode) -> Counter[Counted]:
        types = Counter(
            event for order_outcome in self.orders.values() for event in events_of_order(order_outcome, mode)
        )
        types += Counter(OrderShipped=len(self.shipped), UserRegistered=len(self.users))
        counts: Counter[Counted] = Counter()
        for event, amount in types.items():
            exchange = EVENTS[event].exchange
            counts[published(EXCHANGES[exchange], exchange, event)] += amount
        return counts

    def gains(self) -> Counter[Counted]:
        """By how much the counters of the business rise."""
        of_orders = Counter(gain for order_outcome in self.orders.values() for gain in GAINS[order_outcome])
        return of_orders + Counter({SHIPPED: len(self.shipped), WELCOMED: len(self.users - self.gone)})

    def uncertain_gains(self) -> Counter[Counted]:
        """Who is gone may have been welcomed or not."""
        return Counter({WELCOMED: len(self.users & self.gone)})


def expected_outcomes_of(rows: Iterable[Row]) -> ExpectedOutcomes:
    orders: dict[str, OrderOutcome] = {}
    shipped, users, gone, unsure = set(), set(), set(), 0
    for row in rows:
        order_outcome = KINDS[row.kind].order_outcome
        if row.kind == "user_delete":
            gone.add(_named(row))
        elif row.kind == "order_ship" and row.status == 200:
            shipped.add(_named(row))
        elif row.created_id and order_outcome is not None:
            orders[row.created_id] = order_outcome
        elif row.created_id and row.kind == "user_create":
            users.add(row.created_id)
        elif order_outcome is not None or row.kind == "user_create":
            unsure += 1
    return ExpectedOutcomes(orders, frozenset(shipped), frozenset(users), frozenset(gone), unsure)


def _named(row: Row) -> str:
    """The id at the end of its path."""
    return row.path.rpartition("/")[2]
