"""What the orders and accounts of others have changed in the shop while a run lasted.

Their events tell: an order whose whole story lies between the two readings of the counters has certainly
counted; of one that began earlier or ended later nobody knows which part of it did.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from proof.expectations import Counted
from proof.verify.tasks import Task
from stackctl.shop_scenarios.async_steps import async_steps_of_order
from stackctl.shop_scenarios.events import SagaMode
from stackctl.shop_scenarios.expected_outcomes import ExpectedOutcomes
from stackctl.shop_scenarios.kinds import OrderOutcome

# The event that says how an order ends; with a coordinator, the last one does not say why.
_OUTCOME_TOLD_BY = {
    "OrderConfirmed": OrderOutcome.CONFIRMED,
    "PaymentDeclined": OrderOutcome.PAYMENT_DECLINED,
    "StockRejected": OrderOutcome.OUT_OF_STOCK,
}
_OF_NO_ORDER = frozenset({"UserRegistered", "OrderShipped"})


@dataclass(frozen=True)
class OtherOrders:
    """`sure` has certainly counted. `perhaps` may have: wholly, in part, or not at all."""

    sure: ExpectedOutcomes = field(default_factory=lambda: _outcomes({}))
    perhaps: Sequence[ExpectedOutcomes] = ()

    def published(self, mode: SagaMode) -> Counter[Counted]:
        return self.sure.published(mode)

    def perhaps_published(self, mode: SagaMode) -> Counter[Counted]:
        return sum((one.published(mode) for one in self.perhaps), Counter[Counted]())

    def gains(self) -> Counter[Counted]:
        return self.sure.gains()

    def perhaps_gains(self) -> Counter[Counted]:
        return sum((one.gains() for one in self.perhaps), Counter[Counted]())

    @property
    def surely_confirmed(self) -> frozenset[str]:
        return frozenset(key for key, how in self.sure.orders.items() if how is OrderOutcome.CONFIRMED)

    @property
    def perhaps_confirmed(self) -> frozenset[str]:
        return frozenset(key for one in self.perhaps for key in one.orders) - self.surely_confirmed


def other_orders(tasks: Mapping[str, Sequence[tuple[Task, bool]]], mode: SagaMode) -> OtherOrders:
    """Read the events that were handled for others, by the order or user that they are about."""
    sure: dict[str, OrderOutcome] = {}
    shipped: set[str] = set()
    perhaps: list[ExpectedOutcomes] = []
    for key, handled in tasks.items():
        events = {task.step.event for task, _ in handled}
        certain = {task.step.event for task, is_sure in handled if is_sure}
        if "UserRegistered" in events:
            # Whether there was a mail of welcome is another question: the account may be gone.
            perhaps.append(ExpectedOutcomes({}, frozenset(), frozenset({key}), frozenset(), 0))
        if "OrderShipped" in certain:
            shipped.add(key)
        elif "OrderShipped" in events:
            perhaps.append(_outcomes({}, {key}))
        if not events - _OF_NO_ORDER:
            continue
        outcomes = list(_possible(events))
        if len(outcomes) == 1 and _whole_story(outcomes[0], mode) <= certain:
            sure[key] = outcomes[0]
        else:
            perhaps += (_outcomes({key: outcome}) for outcome in outcomes)
    return OtherOrders(_outcomes(sure, shipped), tuple(perhaps))


def _possible(events: set[str]) -> Iterator[OrderOutcome]:
    told = [outcome for event, outcome in _OUTCOME_TOLD_BY.items() if event in events]
    if told:
        yield told[0]
    elif "OrderCancelled" in events:
        yield from (OrderOutcome.PAYMENT_DECLINED, OrderOutcome.OUT_OF_STOCK)
    else:
        yield from OrderOutcome


def _whole_story(outcome: OrderOutcome, mode: SagaMode) -> set[str]:
    return {step.event for step in async_steps_of_order(outcome, mode) if step.event}


def _outcomes(orders: Mapping[str, OrderOutcome], shipped: set[str] | None = None) -> ExpectedOutcomes:
    return ExpectedOutcomes(orders, frozenset(shipped or ()), frozenset(), frozenset(), 0)
