"""Requests of others are told apart by their trace ids; what came close to a reading is left open."""

from collections import Counter
from dataclasses import replace

from proof.expectations import Protocol, Served, handled
from proof.verify.other_traffic import CountingPeriod, find_other_traffic
from stackctl.query import Line
from stackctl.shop_scenarios import OrderOutcome, SagaMode
from stackctl.shop_scenarios.expected_outcomes import ExpectedOutcomes
from stackctl.shop_scenarios.other_orders import OtherOrders, other_orders
from stackctl.shop_scenarios.outcomes import reconcile_stock
from tests.unit.proof.builders import STARTED_AT, event_line, lines_of, row

SERVICES = ("gateway", "users", "products", "orders", "payments", "inventory", "notifications")
PERIOD = CountingPeriod(STARTED_AT - 10, STARTED_AT - 10, STARTED_AT + 30, STARTED_AT + 34)
PERIODS = dict.fromkeys(SERVICES, PERIOD)
PRODUCTS = Served("products", Protocol.HTTP, "GET /products", "200")
MODE = SagaMode.CHOREOGRAPHY


def at(line: Line, seconds: float) -> Line:
    return replace(line, time_ns=round((STARTED_AT + seconds) * 1e9))


def access_lines(kind: str, seconds: float = 1.0) -> list[Line]:
    return [at(line, seconds) for line in lines_of(row(kind))]


def test_what_the_run_sent_is_no_other_traffic() -> None:
    ours = row("product_list")
    lines = [at(line, 1) for line in lines_of(ours)] + access_lines("product_list")
    others = find_other_traffic(lines, {ours.trace_id}, (), PERIODS)
    assert (others.calls[PRODUCTS], others.perhaps.total()) == (1, 0)
    assert others.requests("gateway").total() == 1


def test_close_to_a_reading_nobody_can_say() -> None:
    found = {
        seconds: find_other_traffic(access_lines("product_list", seconds), (), (), PERIODS)
        for seconds in (-13, -9, 0, 29, 33, 37)
    }
    assert [(others.calls[PRODUCTS], others.perhaps[PRODUCTS]) for others in found.values()] == [
        (0, 0),
        (0, 1),
        (1, 0),
        (0, 1),
        (0, 1),
        (0, 0),
    ]


def test_before_a_process_joined_it_may_or_may_not_have_answered() -> None:
    joined = replace(PERIOD, all_from=STARTED_AT + 10)
    others = find_other_traffic(access_lines("product_list", 5), (), (), {**PERIODS, "products": joined})
    assert (others.calls[PRODUCTS], others.perhaps[PRODUCTS]) == (0, 1)


def test_what_follows_requests_of_the_run_is_no_other_traffic() -> None:
    """Even when the trace of it was not found."""
    step = next(iter(order("o1").expected_steps(MODE)))
    line = event_line(step)
    task = replace(line, fields={**line.fields, "trace_id": "c" * 32})
    *_, asked = access_lines("user_get")
    asked = replace(asked, fields={**asked.fields, "trace_id": "c" * 32})
    others = find_other_traffic([task, asked], (), {"o1"}, PERIODS)
    assert (others.calls.total(), others.events.total()) == (0, 0)


def test_calls_that_the_run_may_have_made_unseen_are_of_others_only_when_clients_asked() -> None:
    perhaps_ours = {PRODUCTS.with_any_status()}
    behind = [line for line in access_lines("product_list") if line.service == "products"]
    whole = access_lines("product_list")
    counted = [
        find_other_traffic(lines, (), (), PERIODS, perhaps_ours, "gateway").calls[PRODUCTS]
        for lines in (behind, whole)
    ]
    assert counted == [0, 1]


def order(key: str, outcome: OrderOutcome = OrderOutcome.CONFIRMED) -> ExpectedOutcomes:
    return ExpectedOutcomes({key: outcome}, frozenset(), frozenset(), frozenset(), 0)


def story(key: str, outcome: OrderOutcome = OrderOutcome.CONFIRMED, seconds: float = 1.0) -> list[Line]:
    steps = order(key, outcome).expected_steps(MODE)
    return [at(event_line(step), seconds) for step in steps if step.step.event]


def orders_in(lines: list[Line], mode: SagaMode = MODE) -> OtherOrders:
    return other_orders(find_other_traffic(lines, (), (), PERIODS).tasks, mode)


def test_events_handled_for_others_are_counted_exactly() -> None:
    others = find_other_traffic(story("theirs"), (), (), PERIODS)
    assert others.events[handled("payments", "payments", "PaymentRequested")] == 1
    assert others.events.total() == len(story("theirs"))


def test_the_order_of_somebody_else_counts_for_what_its_events_tell() -> None:
    for outcome in OrderOutcome:
        found = orders_in(story("theirs", outcome))
        assert (found.sure.orders, found.perhaps) == ({"theirs": outcome}, ())
        assert found.gains() == order("theirs", outcome).gains()
        assert found.published(MODE) == order("theirs", outcome).published(MODE)


def test_of_an_order_that_began_before_the_run_nobody_knows_what_counted() -> None:
    found = orders_in([*story("theirs", seconds=-9)[:2], *story("theirs")[2:]])
    assert (found.gains(), found.perhaps_gains()) == (Counter(), order("theirs").gains())
    assert found.perhaps_confirmed == {"theirs"}


def test_stock_that_others_may_have_bought_is_tolerated_and_no_more() -> None:
    states = ((10, 0), (13, 3), (14, 0), (9, 0))
    found = [reconcile_stock(10, sold, reserved, perhaps=3) for sold, reserved in states]
    assert [(check.missing, check.duplicated) for check in found] == [(0, 0), (0, 0), (0, 1), (1, 0)]
