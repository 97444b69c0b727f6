"""Outcomes, asked of the shop itself: by the gateway, and of payments and inventory, which insiders see."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

from proof.expectations import STOCK, Counted
from proof.verify.findings import Check
from proof.verify.retry_until_complete import Checks
from proof.verify.run_context import RunContext, scraped_until
from stackctl import ports
from stackctl.mail import received
from stackctl.query import JsonApi, Prometheus, Shop
from stackctl.settings import credentials
from stackctl.shop_scenarios.emails import emails_in, expected_emails
from stackctl.shop_scenarios.other_orders import OtherOrders
from stackctl.shop_scenarios.outcomes import (
    Order,
    reconcile_emails,
    reconcile_money,
    reconcile_orders,
    reconcile_stock,
)
from stackctl.shop_scenarios.sign_up import admin_account

_PAGE = 100
_INVENTORY = ports.address(ports.SERVICES["inventory"])


class OutcomeChecks:
    def __init__(
        self,
        context: RunContext,
        others: OtherOrders,
        shop: Shop,
        payments: JsonApi,
        prometheus: Prometheus,
    ) -> None:
        self._context = context
        self._others = others
        self._prometheus = prometheus
        self._shop = shop
        self._payments = payments

    def __call__(self) -> Checks:
        orders = {order.order_id: order for order in self._orders()}
        others = self._units_of_others
        paid = [order for order in orders.values() if order.is_paid]
        return (
            *reconcile_orders(self._context.outcomes, orders),
            reconcile_money(sum(order.total_cents for order in paid), self._captured(orders)),
            reconcile_stock(
                sum(order.units for order in paid) + others[True],
                self._growth("sold"),
                self._growth("reserved"),
                perhaps=others[False],
            ),
            self._emails(),
        )

    def _orders(self) -> Iterator[Order]:
        """All of the run's customers, whether the ledger knows them or not."""
        for user_id in self._context.run.details.get("customers", {}).values():
            for order in self._shop.orders(self._token, [("user_id", user_id)]):
                units = sum(item["quantity"] for item in order["items"])
                yield Order(order["id"], order["status"], order["reason"], units, order["total_cents"])

    @cached_property
    def _units_of_others(self) -> Mapping[bool, int]:
        """How much stock others have bought: by whether that is certain."""
        units = Counter[bool]()
        for order_id in self._others.surely_confirmed | self._others.perhaps_confirmed:
            items = self._shop.order(self._token, order_id)["items"]
            units[order_id in self._others.surely_confirmed] += sum(item["quantity"] for item in items)
        return units

    @cached_property
    def _token(self) -> str:
        admin = admin_account()
        return self._shop.sign_in(admin.email, admin.password)

    def _captured(self, order_ids: Collection[str]) -> int:
        """What was paid for these orders, less what was given back, in cents."""
        ours = (payment for payment in self._payments_since() if payment["order_id"] in order_ids)
        return sum(payment["captured_cents"] - payment["refunded_cents"] for payment in ours)

    def _payments_since(self) -> Iterator[Any]:
        """The newest come first, so that those from before the run need not be read."""
        for page in range(1, 1_000_000):
            paging = [("page", str(page)), ("limit", str(_PAGE))]
            answer = self._payments.get("/payments", paging, credentials.service_headers())
            yield from answer["items"]
            oldest = answer["items"][-1]["created_at"] if answer["items"] else ""
            if page * _PAGE >= answer["total"] or _seconds(oldest) < self._context.run.started_at:
                return

    def _growth(self, pool: str) -> int:
        """By how many units this pool of all stock had grown when the run was over."""
        before = self._context.run.baseline.get(_INVENTORY, {})
        over = self._context.whole.end
        selector = f'{STOCK}{{job="inventory",pool="{pool}"}}'
        samples = self._prometheus.raw_samples(selector, over, scraped_until(over))
        after = min((sample for series in samples for sample in series.samples), default=(0.0, 0.0))
        return round(after[1] - before.get(Counted("inventory", STOCK, (("pool", pool),)), 0.0))

    def _emails(self) -> Check:
        run, outcomes = self._context.run, self._context.outcomes
        due, allowed = expected_emails(run, self._context.rows, outcomes)
        return reconcile_emails(due, allowed, emails_in(received.folder(), run, outcomes))


def _seconds(instant: str) -> float:
    return datetime.fromisoformat(instant).timestamp()
