"""Services and the broker are killed and restarted while orders are placed; money, stock and mails agree.

The full form, with RabbitMQ among the killed: ./stack test parts --chaos-orders=1000 -k chaos
"""

from collections.abc import Sequence
from itertools import cycle

import pytest
from rich.console import Console

from proof.ledger.runs import load_run
from proof.verify.display import print_report
from stackctl.run import stack as whole_stack
from tests.e2e.reports import defects, verified
from tests.e2e.running import kill, pids
from tests.e2e.sending import Sending, begin_traffic

VICTIMS = ("payments", "inventory", "notifications", "rabbitmq")
RATE = 8
# What piled up meanwhile; on a machine that has much else to do, orders were announced again, too.
SECONDS_TO_WORK_IT_OFF = 300.0


def test_no_order_is_stuck_and_nothing_is_lost_or_twice_while_services_are_killed_in_chaos(
    stack: None, console: Console, pytestconfig: pytest.Config
) -> None:
    victims = [name for name in VICTIMS if name in pids()]
    wanted = pytestconfig.getoption("--chaos-orders")
    killed = 0
    while killed < len(victims):  # once is enough, unless the machine has much else to do
        killed += kill_in_turn(victims[killed % len(victims) :] + victims, placing(wanted), console)
        require_agreement(wanted, console)


def placing(orders: int) -> Sending:
    """Nine requests in ten place an order."""
    return begin_traffic(RATE, round(orders / 0.9 / RATE), profile="checkout")


def kill_in_turn(victims: Sequence[str], orders: Sending, console: Console) -> int:
    """Return how many were killed and restarted while orders were placed."""
    killed = 0
    for name in cycle(victims):
        if orders.over:
            break
        kill(name)
        orders.let_pass(RATE)
        assert whole_stack.bring_up(console) == [name]
        orders.let_pass(RATE)
        killed += 1
    assert orders.wait() == 0
    return killed


def require_agreement(orders: int, console: Console) -> None:
    """Of the last run. What was lost of its telemetry is told; of its business nothing may be."""
    report = verified(load_run(), SECONDS_TO_WORK_IT_OFF)
    print_report(console, report)
    assert defects(report) == []
    assert report.ok
    assert (report.requests.unanswered, report.requests.unexpected) == (0, 0)
    placed = next(check for check in report.checks if check.name == "orders placed")
    assert placed.found >= orders
    lost = {check.name for check in report.checks if check.signal == "outcomes" and check.lost}
    assert lost <= {"business counters"}
