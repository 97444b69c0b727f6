"""The saga in one thread: every step of every service by hand, in any order, with anything going wrong."""

from random import Random
from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient
from sqlalchemy import make_url

from apps.inventory.inventory import Inventory
from chassis.saga_mode import Mode
from chassis.service import resolve
from tests.databases import NewDatabase
from tests.integration.saga import books, services
from tests.integration.saga.crashes import Crash, Crashes
from tests.integration.saga.wild_broker import WildBroker
from tests.unit.apps.fakes import FakeCatalogue, FakeCustomers
from tests.unit.apps.payments.ledger import LedgerProcessor

NAMES = ("orders", "payments", "inventory")
IN_STOCK = 1_000_000
PRICE_CENTS = 2_650
# Of so many turns every hundredth at least is one in which something happens.
TURNS = 500
TIME_PASSES_EVERY = 10


class Shop:
    def __init__(self, new_database: NewDatabase, mode: Mode, crashes: Crashes, random: Random) -> None:
        urls = [new_database(name) for name in NAMES]
        crashes.services = {make_url(url).database: name for url, name in zip(urls, NAMES, strict=True)}
        self.crashes = crashes
        self.random = random
        self.broker = WildBroker(random)
        self.processor = LedgerProcessor()
        customers, catalogue = FakeCustomers(), FakeCatalogue()
        self.payments = services.open_payments(urls[1], self.broker, mode, self.processor)
        self.inventory = services.open_inventory(urls[2], self.broker, mode)
        self.orders = services.open_orders(
            urls[0], self.broker, mode, (customers, catalogue), (self.payments, self.inventory)
        )
        self.placed: list[str] = []
        self.services = (self.orders, self.payments, self.inventory)
        self.user_id = customers.one()
        self.product_id = catalogue.one(price_cents=PRICE_CENTS)
        self.set_stock(IN_STOCK)

    def set_stock(self, units: int) -> None:
        """Before anything is reserved."""
        self.in_stock = units
        resolve(Inventory, self.inventory.app).set_available(self.product_id, units)

    def close(self) -> None:
        for service in self.services:
            service.close()

    def place(self, quantity: int = 1, card_token: str = "tok_visa") -> str:
        """Its id. A client whose connection breaks asks again with the same key."""
        item = {"product_id": self.product_id, "quantity": quantity}
        body = {"user_id": self.user_id, "items": [item], "card_token": card_token}
        key = str(uuid4())
        order_id = str(self._ask("POST", "/orders", {201}, body, {"Idempotency-Key": key})["id"])
        self.placed.append(order_id)
        return order_id

    def cancel(self, order_id: str) -> None:
        """As somebody may who looks after orders; when it is cancelled already that is fine."""
        self._ask("PATCH", f"/orders/{order_id}", {200, 409}, {"status": "CANCELLED"})

    def order(self, order_id: str) -> dict[str, Any]:
        return self._ask("GET", f"/orders/{order_id}", {200})

    def turn(self) -> None:
        """Every service that is there takes each of its steps once."""
        steps = [step for service in self.services if not service.is_down for step in service.steps]
        if self.broker.disorder:
            self.random.shuffle(steps)
        for step in steps:
            try:
                step()
            except Crash as crash:
                crash.restart()

    def run(self) -> None:
        """Until nothing is left to do."""
        for number in range(1, TURNS):
            self.turn()
            if self.is_quiet():
                return
            if number % TIME_PASSES_EVERY == 0:
                self.let_time_pass()
        raise AssertionError(f"not at its end: {self.broker.queues}")

    def run_until_decided(self, order_id: str) -> None:
        for _ in range(TURNS):
            if self.order(order_id)["status"] != "PENDING":
                return
            self.turn()
            self.let_time_pass()
        raise AssertionError(f"not decided: {self.broker.queues}")

    def is_quiet(self) -> bool:
        if any(self.broker.queues.values()):
            return False
        with self.crashes.none():
            return not any(books.has_work(service.database) for service in self.services)

    def let_time_pass(self) -> None:
        """Leases end, and what was put off is due."""
        with self.crashes.none():
            for service in self.services:
                books.age(service.database)

    def check(self) -> None:
        """Money, stock and orders agree, and nobody has given up a message."""
        assert self.broker.dead == []
        orders, payments, inventory = (service.database for service in self.services)
        assert sorted(self.placed) == books.order_ids(orders)
        books.check(orders, payments, inventory, self.processor, self.in_stock)

    def _ask(
        self,
        method: str,
        path: str,
        expected: set[int],
        body: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        client: FlaskClient = self.orders.app.test_client()
        while True:
            try:
                answer = client.open(path, method=method, json=body, headers=headers)
            except Crash as crash:
                crash.restart()
                self.let_time_pass()
                continue
            assert answer.status_code in expected, answer.get_json()
            content: dict[str, Any] = answer.get_json()
            return content
