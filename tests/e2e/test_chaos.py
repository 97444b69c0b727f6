"""Services and the broker are killed and restarted while orders are placed; money, stock and mails agree.

The full form: ./stack test e2e --chaos-orders=1000 -k chaos
"""

import pytest
from rich.console import Console

from stackctl import stack as whole_stack
from stackctl.traffic.runs import load_run
from tests.e2e.reports import defects, verified
from tests.e2e.running import kill, pids
from tests.e2e.sending import Sending, begin_traffic

VICTIMS = ("payments", "inventory", "notifications", "rabbitmq")
RATE = 8


@pytest.fixture
def orders(stack: None, request: pytest.FixtureRequest) -> Sending:
    """Nine requests in ten place an order."""
    wanted = int(request.config.getoption("--chaos-orders"))
    return begin_traffic(RATE, round(wanted / 0.9 / RATE), profile="checkout")


def test_no_order_is_stuck_and_nothing_is_lost_or_twice_while_services_are_killed_in_chaos(
    orders: Sending, console: Console, pytestconfig: pytest.Config
) -> None:
    victims = [name for name in VICTIMS if name in pids()]
    killed = 0
    while not orders.over:
        name = victims[killed % len(victims)]
        kill(name)
        orders.let_pass(RATE)
        assert whole_stack.bring_up(console) == [name]
        orders.let_pass(RATE)
        killed += 1
    assert orders.wait() == 0
    assert killed >= len(victims)

    report = verified(load_run())
    assert defects(report) == []
    assert report.ok
    assert (report.requests.unanswered, report.requests.unexpected) == (0, 0)
    placed = next(check for check in report.checks if check.name == "orders placed")
    assert placed.found >= pytestconfig.getoption("--chaos-orders")
    assert report.restarted >= set(victims) - {"rabbitmq"}
