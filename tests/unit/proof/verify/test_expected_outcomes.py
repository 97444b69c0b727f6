"""What must come of the requests of a run, from its ledger alone."""

from collections import Counter
from dataclasses import replace

import pytest

from proof.expectations import handled, published
from proof.ledger.rows import Row
from stackctl.shop_scenarios import EVENTS, GAINS, OrderOutcome, SagaMode
from stackctl.shop_scenarios.expected_outcomes import ExpectedOutcomes, expected_outcomes_of
from tests.unit.proof.builders import row

BOTH = pytest.mark.parametrize("mode", SagaMode)


def naming(one: Row, some_id: str) -> Row:
    return replace(one, path=one.path.replace("<order_id>", some_id).replace("<user_id>", some_id))


def one_order(order_outcome: OrderOutcome) -> ExpectedOutcomes:
    kinds = {
        OrderOutcome.CONFIRMED: "order_create",
        OrderOutcome.PAYMENT_DECLINED: "order_create_declined",
        OrderOutcome.OUT_OF_STOCK: "order_create_out_of_stock",
    }
    return expected_outcomes_of([row(kinds[order_outcome], created="o1")])


def told(outcomes: ExpectedOutcomes, mode: SagaMode) -> set[str]:
    return {str(expected_step.step) for expected_step in outcomes.expected_steps(mode)}


def test_orders_users_and_what_became_of_them_are_read_from_the_ledger() -> None:
    outcomes = expected_outcomes_of(
        [
            row("order_create", created="o1"),
            row("order_create_declined", created="o2"),
            row("user_create", created="u1"),
            row("user_create", created="u2"),
            naming(row("user_delete"), "u2"),
            naming(row("order_ship"), "o1"),
            naming(row("order_ship", 409), "o2"),
            row("user_get"),
        ]
    )
    assert outcomes == ExpectedOutcomes(
        orders={"o1": OrderOutcome.CONFIRMED, "o2": OrderOutcome.PAYMENT_DECLINED},
        shipped=frozenset({"o1"}),
        users=frozenset({"u1", "u2"}),
        gone=frozenset({"u2"}),
        unsure=0,
    )


def test_a_creation_without_its_answer_leaves_us_unsure() -> None:
    rows = [row("order_create", None), row("user_create", 502), row("order_create_unknown_user", None)]
    assert expected_outcomes_of(rows).unsure == 2


def test_services_react_to_each_other_until_an_order_is_confirmed() -> None:
    assert told(one_order(OrderOutcome.CONFIRMED), SagaMode.CHOREOGRAPHY) == {
        "orders process order_events OrderPlaced order_history",
        "payments process payment_requests PaymentRequested payments",
        "orders process payment_events PaymentAuthorized orders",
        "inventory process payment_events PaymentAuthorized inventory",
        "orders process stock_events StockReserved orders",
        "orders process order_events OrderConfirmed order_history",
        "payments process order_events OrderConfirmed payments",
        "inventory process order_events OrderConfirmed inventory",
        "notifications process order_events OrderConfirmed notifications",
    }


def test_a_coordinator_takes_the_steps_of_an_order_that_is_out_of_stock() -> None:
    assert told(one_order(OrderOutcome.OUT_OF_STOCK), SagaMode.ORCHESTRATION) == {
        "orders process order_events OrderPlaced order_history",
        "orders saga authorize",
        "orders saga reserve",
        "orders process order_events OrderCancelled order_history",
        "notifications process order_events OrderCancelled notifications",
        "orders saga give_back",
        "orders saga release",
    }


@BOTH
@pytest.mark.parametrize("order_outcome", OrderOutcome)
def test_no_consequence_of_an_order_is_expected_twice(order_outcome: OrderOutcome, mode: SagaMode) -> None:
    expected_steps = list(one_order(order_outcome).expected_steps(mode))
    assert len(expected_steps) == len(set(expected_steps)) > 0


@pytest.mark.parametrize("order_outcome", OrderOutcome)
def test_every_order_is_placed_and_ends_once_in_the_counters(order_outcome: OrderOutcome) -> None:
    statuses = [gain.labels[0][1] for gain in GAINS[order_outcome] if gain.name == "shop_orders_total"]
    assert statuses == ["PENDING", "CONFIRMED" if order_outcome is OrderOutcome.CONFIRMED else "CANCELLED"]


def test_events_are_published_once_and_handled_once_from_each_queue() -> None:
    counts = expected_outcomes_of([row("user_create", created="u1")]).events(SagaMode.CHOREOGRAPHY)
    assert counts == Counter(
        {
            published("users", "user_events", "UserRegistered"): 1,
            handled("notifications", "notifications", "UserRegistered"): 1,
        }
    )


def test_whether_a_user_who_is_gone_was_found_and_welcomed_nobody_knows() -> None:
    outcomes = expected_outcomes_of([row("user_create", created="u1"), naming(row("user_delete"), "u1")])
    (expected_step,) = outcomes.expected_steps(SagaMode.CHOREOGRAPHY)
    assert not expected_step.calls
    assert [str(call) for call in expected_step.allowed] == [
        "notifications → users GET /users/<user_id>",
    ]
    assert outcomes.gains() == Counter()
    assert outcomes.uncertain_gains().total() == 1


def test_an_order_that_may_have_been_placed_may_have_had_any_fate() -> None:
    perhaps = expected_outcomes_of([row("order_create", None)]).perhaps(announced_again={})
    assert set(perhaps.orders.values()) == set(OrderOutcome)


def test_an_order_that_was_stuck_may_be_announced_again() -> None:
    outcomes = one_order(OrderOutcome.CONFIRMED)
    again = outcomes.perhaps(announced_again={"o1": 2, "of another run": 1}).orders
    assert list(again.values()) == [OrderOutcome.CONFIRMED, OrderOutcome.CONFIRMED]


def test_every_event_is_published_to_an_exchange_that_somebody_owns() -> None:
    from stackctl.shop_scenarios import EXCHANGES

    assert {event.exchange for event in EVENTS.values()} == set(EXCHANGES)
