"""What must come of the requests of a run, from its ledger alone."""

from collections import Counter
from dataclasses import replace

import pytest

from proof.expectations import handled, published
from proof.ledger.rows import Row
from stackctl.shop_scenarios import EVENTS, GAINS, Fate, SagaMode
from stackctl.shop_scenarios.expected_outcomes import Effects, effects_of
from tests.unit.stackctl.builders import row

BOTH = pytest.mark.parametrize("mode", SagaMode)


def naming(one: Row, some_id: str) -> Row:
    return replace(one, path=one.path.replace("<order_id>", some_id).replace("<user_id>", some_id))


def one_order(fate: Fate) -> Effects:
    kinds = {
        Fate.CONFIRMED: "order_create",
        Fate.PAYMENT_DECLINED: "order_create_declined",
        Fate.OUT_OF_STOCK: "order_create_out_of_stock",
    }
    return effects_of([row(kinds[fate], created="o1")])


def told(effects: Effects, mode: SagaMode) -> set[str]:
    return {str(occurrence.consequence) for occurrence in effects.occurrences(mode)}


def test_orders_users_and_what_became_of_them_are_read_from_the_ledger() -> None:
    effects = effects_of(
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
    assert effects == Effects(
        orders={"o1": Fate.CONFIRMED, "o2": Fate.PAYMENT_DECLINED},
        shipped=frozenset({"o1"}),
        users=frozenset({"u1", "u2"}),
        gone=frozenset({"u2"}),
        unsure=0,
    )


def test_a_creation_without_its_answer_leaves_us_unsure() -> None:
    rows = [row("order_create", None), row("user_create", 502), row("order_create_unknown_user", None)]
    assert effects_of(rows).unsure == 2


def test_services_react_to_each_other_until_an_order_is_confirmed() -> None:
    assert told(one_order(Fate.CONFIRMED), SagaMode.CHOREOGRAPHY) == {
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
    assert told(one_order(Fate.OUT_OF_STOCK), SagaMode.ORCHESTRATION) == {
        "orders process order_events OrderPlaced order_history",
        "orders saga authorize",
        "orders saga reserve",
        "orders process order_events OrderCancelled order_history",
        "notifications process order_events OrderCancelled notifications",
        "orders saga give_back",
        "orders saga release",
    }


@BOTH
@pytest.mark.parametrize("fate", Fate)
def test_no_consequence_of_an_order_is_expected_twice(fate: Fate, mode: SagaMode) -> None:
    occurrences = list(one_order(fate).occurrences(mode))
    assert len(occurrences) == len(set(occurrences)) > 0


@pytest.mark.parametrize("fate", Fate)
def test_every_order_is_placed_and_ends_once_in_the_counters(fate: Fate) -> None:
    statuses = [gain.labels[0][1] for gain in GAINS[fate] if gain.name == "shop_orders_total"]
    assert statuses == ["PENDING", "CONFIRMED" if fate is Fate.CONFIRMED else "CANCELLED"]


def test_events_are_published_once_and_handled_once_from_each_queue() -> None:
    counts = effects_of([row("user_create", created="u1")]).events(SagaMode.CHOREOGRAPHY)
    assert counts == Counter(
        {
            published("users", "user_events", "UserRegistered"): 1,
            handled("notifications", "notifications", "UserRegistered"): 1,
        }
    )


def test_whether_a_user_who_is_gone_was_found_and_welcomed_nobody_knows() -> None:
    effects = effects_of([row("user_create", created="u1"), naming(row("user_delete"), "u1")])
    (occurrence,) = effects.occurrences(SagaMode.CHOREOGRAPHY)
    assert not occurrence.calls
    assert [str(call) for call in occurrence.allowed] == [
        "notifications → users GET /users/<user_id>",
    ]
    assert effects.gains() == Counter()
    assert effects.uncertain_gains().total() == 1


def test_an_order_that_may_have_been_placed_may_have_had_any_fate() -> None:
    perhaps = effects_of([row("order_create", None)]).perhaps(told_again={})
    assert set(perhaps.orders.values()) == set(Fate)


def test_an_order_that_was_stuck_may_be_told_of_again() -> None:
    effects = one_order(Fate.CONFIRMED)
    again = effects.perhaps(told_again={"o1": 2, "of another run": 1}).orders
    assert list(again.values()) == [Fate.CONFIRMED, Fate.CONFIRMED]


def test_every_event_is_published_to_an_exchange_that_somebody_owns() -> None:
    from stackctl.shop_scenarios import EXCHANGES

    assert {event.exchange for event in EVENTS.values()} == set(EXCHANGES)
