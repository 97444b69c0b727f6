"""How other services ask for stock."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from apps.inventory import messages
from apps.inventory.proto import inventory_pb2 as pb2
from apps.inventory.proto.inventory_pb2_grpc import InventoryServiceStub
from apps.inventory.stock import (
    OutOfStock,
    Reservation,
    ReservationDiffers,
    ReservationEnded,
    ReservationNotFound,
    StockLevel,
)
from chassis.errors import DomainError
from chassis.grpc_client import GrpcClient
from chassis.grpc_errors import CallRefused

__all__ = [
    "InventoryClient",
    "OutOfStock",
    "Reservation",
    "ReservationDiffers",
    "ReservationEnded",
    "ReservationNotFound",
    "StockLevel",
]

ERRORS: Mapping[str, Callable[[CallRefused], DomainError]] = {
    OutOfStock.code: lambda refusal: OutOfStock(refusal.answer_fields),
    ReservationDiffers.code: lambda _: ReservationDiffers(),
    ReservationEnded.code: lambda _: ReservationEnded(),
    ReservationNotFound.code: lambda _: ReservationNotFound(),
}


class InventoryClient:
    """Everything may be asked for again, as after a time-out: it takes effect once for an order."""

    def __init__(self, peer: GrpcClient) -> None:
        self._peer = peer
        self._stub = InventoryServiceStub(peer.channel)

    def reserve(self, order_id: str, items: Mapping[str, int]) -> Reservation:
        """All of `items` or nothing; raises OutOfStock, ReservationEnded, ReservationDiffers."""
        wanted = (pb2.Item(product_id=product, quantity=quantity) for product, quantity in items.items())
        with _raising_domain_errors():
            answer = self._peer.call(self._stub.Reserve, pb2.ReserveRequest(order_id=order_id, items=wanted))
        return messages.to_reservation(answer.reservation)

    def release(self, order_id: str) -> Reservation:
        answer = self._peer.call(self._stub.Release, pb2.ReleaseRequest(order_id=order_id))
        return messages.to_reservation(answer.reservation)

    def confirm(self, order_id: str) -> Reservation:
        """Raises ReservationNotFound, ReservationEnded."""
        with _raising_domain_errors():
            answer = self._peer.call(self._stub.Confirm, pb2.ConfirmRequest(order_id=order_id))
        return messages.to_reservation(answer.reservation)

    def reservation(self, order_id: str) -> Reservation:
        """Raises ReservationNotFound."""
        with _raising_domain_errors():
            answer = self._peer.call(self._stub.GetReservation, pb2.GetReservationRequest(order_id=order_id))
        return messages.to_reservation(answer.reservation)

    def levels(self, product_ids: Sequence[str]) -> list[StockLevel]:
        """In the order asked for. A product that never had stock has none."""
        answer = self._peer.call(self._stub.GetStock, pb2.GetStockRequest(product_ids=product_ids))
        return [messages.to_level(level) for level in answer.levels]

    def set_available(self, product_id: str, available: int) -> StockLevel:
        request = pb2.SetStockRequest(product_id=product_id, available=available)
        return messages.to_level(self._peer.call(self._stub.SetStock, request).level)


@contextmanager
def _raising_domain_errors() -> Iterator[None]:
    try:
        yield
    except CallRefused as refusal:
        error = ERRORS.get(refusal.answer_code)
        if error is None:
            raise
        raise error(refusal) from refusal
