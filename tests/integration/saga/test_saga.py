"""The saga in both modes: whatever goes wrong, in the end money, stock and orders agree (see the fixture)."""

from typing import Any

import pytest

from tests.integration.saga.crashes import Crashes, Moment
from tests.integration.saga.shop import PRICE_CENTS, Shop

# More commits than any saga takes.
TOO_MANY = 60


def outcome(shop: Shop, order_id: str) -> tuple[Any, Any]:
    order = shop.order(order_id)
    return order["status"], order["reason"]


def test_an_order_that_can_be_paid_and_served_is_confirmed(shop: Shop) -> None:
    order_id = shop.place(quantity=3)
    assert outcome(shop, order_id) == ("PENDING", None)
    shop.run()
    assert outcome(shop, order_id) == ("CONFIRMED", None)
    assert shop.processor.captured == {order_id: 3 * PRICE_CENTS}


def test_an_order_whose_card_is_declined_is_cancelled(shop: Shop) -> None:
    order_id = shop.place(card_token="tok_declined")
    shop.run()
    assert outcome(shop, order_id) == ("CANCELLED", "payment_declined")


def test_an_order_that_is_out_of_stock_is_cancelled_and_its_money_given_back(shop: Shop) -> None:
    emptied = [shop.place(quantity=1_000) for _ in range(2)]
    shop.set_stock(1_500)
    shop.run()
    assert sorted(outcome(shop, order_id) for order_id in emptied) == [
        ("CANCELLED", "out_of_stock"),
        ("CONFIRMED", None),
    ]
    assert len(shop.processor.authorized) == 2


@pytest.mark.parametrize("card_token", ["tok_visa", "tok_declined"])
@pytest.mark.parametrize("turns", range(8))
def test_an_order_can_be_cancelled_at_any_time(shop: Shop, turns: int, card_token: str) -> None:
    order_id = shop.place(card_token=card_token)
    for _ in range(turns):
        shop.turn()
    shop.cancel(order_id)
    shop.run()
    status, reason = outcome(shop, order_id)
    assert status == "CANCELLED"
    assert reason in ("cancelled_on_request", "payment_declined")


@pytest.mark.parametrize("service", ["payments", "inventory", "orders"])
def test_a_service_may_be_down_for_a_while(shop: Shop, service: str) -> None:
    placed = [shop.place(), shop.place(card_token="tok_declined")]
    down = getattr(shop, service)
    down.is_down = True
    for _ in range(20):
        shop.turn()
    assert outcome(shop, placed[0]) == ("PENDING", None)
    down.is_down = False
    shop.run()
    assert [outcome(shop, order_id)[0] for order_id in placed] == ["CONFIRMED", "CANCELLED"]


def test_a_card_processor_that_fails_delays_an_order_but_charges_once(shop: Shop) -> None:
    shop.processor.failures = ["before", "after", "after", "before", None, "after", "before"]
    order_id = shop.place()
    shop.run()
    assert outcome(shop, order_id) == ("CONFIRMED", None)


def test_a_message_that_reaches_nobody_is_asked_for_again(shop: Shop) -> None:
    shop.broker.lost = {"PaymentRequested", "PaymentAuthorized", "StockReserved"}
    order_id = shop.place()
    shop.run()
    assert outcome(shop, order_id) == ("CONFIRMED", None)


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize(
    ("card_token", "cancelled"), [("tok_visa", False), ("tok_visa", True), ("tok_declined", False)]
)
def test_any_service_may_die_at_any_step(
    shop: Shop, crashes: Crashes, moment: Moment, card_token: str, cancelled: bool
) -> None:
    """Each order is struck by one crash, the first at the first commit of its saga, the last at the last."""
    struck = 0
    for number in range(1, TOO_MANY):
        crashes.arm(crashes.commits + number, moment)
        order_id = shop.place(card_token=card_token)
        if cancelled:
            shop.run_until_decided(order_id)
            shop.cancel(order_id)
        shop.run()
        if crashes.disarm():
            break
        struck += 1
    shop.check()
    assert 10 < struck < TOO_MANY - 1


def test_every_message_may_be_delivered_twice(shop: Shop) -> None:
    shop.broker.copies = 2
    shop.set_stock(999)
    placed = [shop.place(), shop.place(card_token="tok_declined"), shop.place(1_000), shop.place()]
    shop.run()
    shop.cancel(placed[0])
    shop.run()
    assert [outcome(shop, order_id)[1] for order_id in placed] == [
        "cancelled_on_request",
        "payment_declined",
        "out_of_stock",
        None,
    ]


@pytest.mark.parametrize("seed", range(12))
def test_everything_may_happen_at_once_and_in_any_order(shop: Shop, crashes: Crashes, seed: int) -> None:
    random = shop.random
    random.seed(seed)
    shop.broker.disorder, shop.broker.copies = True, 2
    shop.set_stock(7)
    placed = []
    for _ in range(12):
        crashes.arm(crashes.commits + random.randint(1, 25), random.choice(("before", "after")))
        shop.processor.failures += random.choices([None, "before", "after"], [8, 1, 1], k=3)
        card_token = random.choice(["tok_visa", "tok_visa", "tok_visa", "tok_expired"])
        placed.append(shop.place(random.randint(1, 3), card_token))
        for service in shop.services:
            service.is_down = random.random() < 0.2
        for _ in range(random.randint(0, 6)):
            shop.turn()
        if random.random() < 0.4:
            shop.cancel(random.choice(placed))
    for service in shop.services:
        service.is_down = False
    shop.run()
    assert len(set(placed)) == 12
