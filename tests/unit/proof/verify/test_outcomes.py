"""What became of a run's orders, in the shop's own words and in the mails that went out."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

from proof.ledger.runs import Run
from stackctl.mail.mailbox import Mailbox
from stackctl.shop_scenarios import OrderOutcome
from stackctl.shop_scenarios.emails import emails_in, expected_emails
from stackctl.shop_scenarios.expected_outcomes import ExpectedOutcomes, expected_outcomes_of
from stackctl.shop_scenarios.outcomes import (
    Email,
    Order,
    reconcile_emails,
    reconcile_money,
    reconcile_orders,
    reconcile_stock,
)
from tests.unit.proof.builders import STARTED_AT, row

RUN = Run("run-a", 1, 50, 60, "mixed", 3, STARTED_AT)
ORDER_ID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"


def outcomes(unsure: int = 0, **orders: OrderOutcome) -> ExpectedOutcomes:
    return ExpectedOutcomes(orders, frozenset(), frozenset(), frozenset(), unsure)


def effects_on(order_id: str) -> ExpectedOutcomes:
    return ExpectedOutcomes({order_id: OrderOutcome.CONFIRMED}, frozenset(), frozenset(), frozenset(), 0)


def order(order_id: str, status: str, reason: str | None = None) -> tuple[str, Order]:
    return order_id, Order(order_id, status, reason, 2, 500)


def wrong(expected: ExpectedOutcomes, *found: tuple[str, Order]) -> dict[str, tuple[int, int]]:
    checks = reconcile_orders(expected, dict(found))
    return {check.name: (check.missing, check.duplicated) for check in checks if not check.ok}


def test_orders_that_met_their_fates_are_complete() -> None:
    expected = outcomes(
        o1=OrderOutcome.CONFIRMED,
        o2=OrderOutcome.PAYMENT_DECLINED,
        o3=OrderOutcome.OUT_OF_STOCK,
        o4=OrderOutcome.CONFIRMED,
    )
    found = (
        order("o1", "CONFIRMED"),
        order("o2", "CANCELLED", "payment_declined"),
        order("o3", "CANCELLED", "out_of_stock"),
        order("o4", "SHIPPED"),
    )
    assert wrong(expected, *found) == {}


def test_an_order_that_is_stuck_is_named_with_its_state_and_a_query() -> None:
    checks = reconcile_orders(outcomes(o1=OrderOutcome.CONFIRMED), dict([order("o1", "PENDING")]))
    (finding,) = checks[1].findings
    assert (finding.subject, finding.detail) == ("order o1", "it is PENDING")
    assert finding.query.startswith('curl -s -H "X-Service-Token: $(cat /')
    assert finding.query.endswith('/secrets/service-token)" http://127.0.0.1:5003/orders/o1')


def test_an_order_that_was_cancelled_for_another_reason_has_not_met_its_fate() -> None:
    assert wrong(outcomes(o1=OrderOutcome.PAYMENT_DECLINED), order("o1", "CANCELLED", "timed_out")) == {
        "orders cancelled: payment_declined": (1, 0)
    }


def test_an_order_that_is_not_there_is_missing_and_one_that_nobody_placed_is_too_much() -> None:
    assert wrong(outcomes(o1=OrderOutcome.CONFIRMED), order("o2", "CONFIRMED")) == {"orders placed": (1, 1)}


def test_a_request_without_an_answer_may_have_placed_an_order() -> None:
    assert wrong(outcomes(unsure=1), order("o1", "CONFIRMED")) == {}
    assert wrong(outcomes(unsure=1), order("o1", "CONFIRMED"), order("o2", "PENDING")) == {
        "orders placed": (0, 1)
    }


def test_money_or_stock_that_was_lost_or_moved_twice_is_counted() -> None:
    assert reconcile_money(500, 500).ok
    assert reconcile_money(500, 300).missing == 200
    assert reconcile_money(500, 1000).duplicated == 500
    assert reconcile_stock(7, 7, 0).ok
    assert reconcile_stock(7, 5, 0).missing == 2
    assert reconcile_stock(7, 7, 3).duplicated == 3, "held for nobody"


def test_customers_and_new_users_are_welcomed_and_told_what_became_of_their_orders() -> None:
    rows = [
        replace(row("order_create", created=ORDER_ID), client="customer-2"),
        row("user_create", n=5, created="u5"),
        row("user_create", n=6, created="u6"),
        replace(row("user_delete"), path="/users/u6"),
        row("user_create", None, n=7),
        row("user_get"),
    ]
    due, allowed = expected_emails(RUN, rows, expected_outcomes_of(rows))
    welcomes = [Email(f"customer-{n}-run-a@traffic.example", "") for n in (1, 2, 3, 4)]
    assert due == Counter(
        [
            *welcomes,
            Email("customer-2-run-a@traffic.example", ORDER_ID),
            Email("run-a-5@traffic.example", ""),
        ]
    )
    assert allowed == Counter([Email("run-a-6@traffic.example", ""), Email("run-a-7@traffic.example", "")])


def test_mails_of_the_run_are_read_once_however_often_they_were_delivered(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path)
    confirmed = f"Message-ID: <m1@shop>\r\n\r\nyour order {ORDER_ID} is paid".encode()
    for _ in range(2):
        mailbox.store("shop", ["customer-2-run-a@traffic.example"], confirmed)
    mailbox.store("shop", ["run-a-5@traffic.example"], b"Message-ID: <m2@shop>\r\n\r\nwelcome")
    mailbox.store("shop", ["run-b-5@traffic.example"], b"Message-ID: <m3@shop>\r\n\r\nwelcome")
    run = replace(RUN, started_at=(tmp_path / "m1@shop.eml").stat().st_mtime)
    assert emails_in(tmp_path, run, effects_on(ORDER_ID)) == Counter(
        [Email("customer-2-run-a@traffic.example", ORDER_ID), Email("run-a-5@traffic.example", "")]
    )


def test_a_mail_that_did_not_come_or_came_twice_is_found() -> None:
    letter, perhaps = Email("a@traffic.example", ORDER_ID), Email("b@traffic.example", "")
    due, allowed = Counter([letter]), Counter([perhaps])
    assert reconcile_emails(due, allowed, Counter([letter])).ok
    assert reconcile_emails(due, allowed, Counter([letter, perhaps])).ok
    assert reconcile_emails(due, allowed, Counter()).missing == 1
    check = reconcile_emails(due, allowed, Counter([letter, letter]))
    assert (check.duplicated, check.findings[0].detail) == (1, f"1 mail about order {ORDER_ID}")
