"""The rules of stock: an order gets all that it asks for or nothing, once, and never what another has.

Everything may be asked for twice, by several at once, or in disorder: it takes effect once.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from apps.inventory import faults, metrics
from apps.inventory.stock import (
    MOVES,
    OutOfStock,
    Reservation,
    ReservationDiffers,
    ReservationEnded,
    ReservationNotFound,
    Status,
    StockLevel,
    StockTotals,
)

logger = logging.getLogger(__name__)


class Entry(NamedTuple):
    """A reservation as it is kept, and whether it is kept only since now."""

    reservation: Reservation
    is_new: bool


class Repository(Protocol):
    """Where stock is kept. Each method is one step: others see all of it or nothing.

    `reserve` keeps a reservation as RESERVED when all of its items are available, else as REJECTED; `add`
    keeps one as it is. Both leave alone what the order has already. `move` does nothing and says None when
    the status is another by now. `when_committed` calls back once what was written before is there to stay.
    """

    def reserve(self, order_id: str, items: Mapping[str, int]) -> Entry: ...
    def add(self, reservation: Reservation) -> Entry: ...
    def move(self, reservation: Reservation, wanted: Status) -> Reservation | None: ...
    def get(self, order_id: str) -> Reservation | None: ...
    def levels(self, product_ids: Sequence[str]) -> Mapping[str, StockLevel]: ...
    def set_available(self, product_id: str, available: int) -> StockLevel: ...
    def totals(self) -> StockTotals: ...
    def when_committed(self, report: Callable[[], None]) -> None: ...


class Inventory:
    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def reserve(self, order_id: str, items: Mapping[str, int]) -> Reservation:
        """The order's reservation of these items; raises OutOfStock with what lacks. Either stands."""
        reservation, is_new = self._repository.reserve(order_id, items)
        if is_new:
            self._report(reservation)
        if reservation.status is Status.RELEASED:
            raise ReservationEnded
        if reservation.items != items:
            raise ReservationDiffers
        if reservation.status is Status.REJECTED:
            raise OutOfStock(reservation.lacking)
        return reservation

    def confirm(self, order_id: str) -> Reservation:
        """What the order has reserved is sold."""
        reservation = self._follow(self.get(order_id), Status.CONFIRMED)
        if reservation.status is not Status.CONFIRMED:
            raise ReservationEnded
        return reservation

    def release(self, order_id: str) -> Reservation:
        """Give back what the order holds, sold or not, and see to it that it gets nothing later."""
        reservation, is_new = self._repository.add(Reservation(order_id, Status.RELEASED, {}))
        if is_new:
            self._report(reservation)
        return self._follow(reservation, Status.RELEASED)

    def get(self, order_id: str) -> Reservation:
        reservation = self._repository.get(order_id)
        if reservation is None:
            raise ReservationNotFound
        return reservation

    def levels(self, product_ids: Sequence[str]) -> list[StockLevel]:
        """In the order asked for. A product that never had stock has none."""
        faults.HANGING.delay()
        known = self._repository.levels(product_ids)
        return [known.get(product_id) or StockLevel(product_id) for product_id in product_ids]

    def set_available(self, product_id: str, available: int) -> StockLevel:
        level = self._repository.set_available(product_id, available)
        fields = {"product.id": product_id, "stock.available": available}
        self._repository.when_committed(lambda: logger.info("stock level set", extra=fields))
        return level

    def totals(self) -> StockTotals:
        return self._repository.totals()

    def _follow(self, reservation: Reservation, wanted: Status) -> Reservation:
        while (reservation.status, wanted) in MOVES:
            moved = self._repository.move(reservation, wanted)
            if moved is not None:
                self._report(moved)
            reservation = moved or self.get(reservation.order_id)  # or another was faster
        return reservation

    def _report(self, reservation: Reservation) -> None:
        self._repository.when_committed(lambda: _note(reservation))


def _note(reservation: Reservation) -> None:
    metrics.reached.labels(reservation.status).inc()
    fields: dict[str, object] = {
        "order.id": reservation.order_id,
        "reservation.status": reservation.status,
        "reservation.units": sum(reservation.items.values()),
    }
    if reservation.lacking:
        fields["reservation.lacking"] = dict(reservation.lacking)
    logger.info("stock %s", reservation.status.lower(), extra=fields)
