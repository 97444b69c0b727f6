"""Stock as the messages of inventory.proto, and back."""

from apps.inventory.proto import inventory_pb2 as pb2
from apps.inventory.stock import Reservation, Status, StockLevel

_PREFIX = "RESERVATION_STATUS_"


def of_reservation(reservation: Reservation) -> pb2.Reservation:
    items = (
        pb2.Item(product_id=product, quantity=quantity) for product, quantity in reservation.items.items()
    )
    status = pb2.ReservationStatus.Value(_PREFIX + reservation.status)
    return pb2.Reservation(order_id=reservation.order_id, status=status, items=items)


def to_reservation(message: pb2.Reservation) -> Reservation:
    """Raises ValueError for a status that this version does not know."""
    status = Status(pb2.ReservationStatus.Name(message.status).removeprefix(_PREFIX))
    return Reservation(message.order_id, status, {item.product_id: item.quantity for item in message.items})


def of_level(level: StockLevel) -> pb2.StockLevel:
    return pb2.StockLevel(**vars(level))


def to_level(message: pb2.StockLevel) -> StockLevel:
    return StockLevel(message.product_id, message.available, message.reserved, message.sold)
