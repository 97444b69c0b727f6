"""Somebody else uses the shop during a run: it is complete all the same, and their requests are reported."""

import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from itertools import cycle

import requests
from rich.console import Console

from stackctl import ports
from stackctl.query import Shop
from stackctl.shop_scenarios.traffic import run_traffic
from tests.e2e.reports import defects, verified

GATEWAY = ports.url(ports.SERVICES["gateway"])


class Visitor:
    """Looks at the catalogue, asks for what there is not, and orders something now and then."""

    def __init__(self) -> None:
        email = f"{uuid.uuid4()}@visitor.example"
        self._sent: list[tuple[float, str]] = []
        shop = Shop()
        shop.register(email, "Visitor", "a long password")
        self._headers = {"Authorization": f"Bearer {shop.sign_in(email, 'a long password')}"}
        self._product = next(iter(shop.products(100)))["id"]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._visit)

    def __enter__(self) -> "Visitor":
        self._thread.start()
        return self

    def sent(self, since: float = 0.0) -> Counter[str]:
        return Counter(operation for at, operation in self._sent if at >= since)

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _visit(self) -> None:
        steps: tuple[Callable[[], None], ...] = (self._look, self._look, self._miss, self._order)
        for step in cycle(steps):
            step()
            if self._stop.wait(0.2):
                return

    def _look(self) -> None:
        self._send("GET /products", lambda: requests.get(f"{GATEWAY}/products", timeout=10))

    def _miss(self) -> None:
        self._send("GET", lambda: requests.get(f"{GATEWAY}/nowhere", timeout=10))

    def _order(self) -> None:
        body = {"items": [{"product_id": self._product, "quantity": 2}], "card_token": "tok_visa"}
        self._send(
            "POST /orders",
            lambda: requests.post(f"{GATEWAY}/orders", json=body, headers=self._headers, timeout=10),
        )

    def _send(self, operation: str, request: Callable[[], requests.Response]) -> None:
        began = time.time()
        self._sent.append((began, f"{operation} {request().status_code}"))


def test_requests_of_others_are_reported_and_leave_the_run_complete(stack: None, console: Console) -> None:
    with Visitor() as visitor:
        run = run_traffic(console, rate=20, duration=12, seed=5, freshness=False)

    report = verified(run)

    assert defects(report) == []
    told = {f"{call.operation} {call.status}": count for call, count in report.other_traffic.items()}
    assert run.counted_from is not None
    assert visitor.sent(since=run.counted_from) <= Counter(told) <= visitor.sent()
    assert told["POST /orders 201"] > 5
