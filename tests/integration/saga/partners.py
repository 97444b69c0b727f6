"""Payments and inventory as the coordinator reaches them, where they may die while they answer."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

from flask import Flask

from apps.inventory.inventory import Inventory
from apps.inventory.stock import Reservation
from chassis.errors import UpstreamFailed
from chassis.http_client import Timeouts
from chassis.transport import Call, HttpResponse, UpstreamUnreached
from tests.integration.saga.crashes import Crash

T = TypeVar("T")


@contextmanager
def _breaking(service: str) -> Iterator[None]:
    try:
        yield
    except Crash as crash:
        if crash.service != service:
            raise
        crash.restart()
        raise UpstreamFailed(service, "broke the connection") from None


class CrashableTransport:
    """To a service in this process. One that dies is back at once; its caller has lost the connection."""

    def __init__(self, app: Flask, is_down: Callable[[], bool]) -> None:
        self._app = app
        self._is_down = is_down

    def send(self, base_url: str, call: Call, timeouts: Timeouts) -> HttpResponse:
        if self._is_down():
            raise UpstreamUnreached("payments", "ConnectionError")
        with _breaking("payments"):
            answer = self._app.test_client().open(
                call.target, method=call.method, data=call.body, headers=list(call.headers)
            )
        return HttpResponse(answer.status_code, list(answer.headers.items()), answer.data)


class Remote:
    """Inventory's rules as its client shows them."""

    def __init__(self, inventory: Inventory, is_down: Callable[[], bool]) -> None:
        self._inventory = inventory
        self._is_down = is_down

    def reserve(self, order_id: str, items: Mapping[str, int]) -> Reservation:
        return self._call(lambda: self._inventory.reserve(order_id, items))

    def confirm(self, order_id: str) -> Reservation:
        return self._call(lambda: self._inventory.confirm(order_id))

    def release(self, order_id: str) -> Reservation:
        return self._call(lambda: self._inventory.release(order_id))

    def _call(self, work: Callable[[], T]) -> T:
        if self._is_down():
            raise UpstreamFailed("inventory", "UNAVAILABLE")
        with _breaking("inventory"):
            return work()
