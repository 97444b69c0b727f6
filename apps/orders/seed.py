"""Orders in every status, so that the first look is not empty. A test holds them against the other seeds."""

from datetime import UTC, datetime, timedelta

from apps.orders.order import Item, Order, Reason, Status
from chassis.identity import seed_id

# Customer, status, then product, quantity and unit price in cents for each item.
PLACED: tuple[tuple[str, Status, tuple[tuple[str, int, int], ...]], ...] = (
    ("ada", Status.DELIVERED, (("Introduction to Algorithms", 1, 8400), ("Notebook, dotted", 3, 1350))),
    ("grace", Status.DELIVERED, (("Compass", 1, 2650),)),
    ("alan", Status.CANCELLED, (("Mechanical Keyboard", 1, 12900),)),
    ("margaret", Status.SHIPPED, (("Release It!", 1, 3790), ("Site Reliability Engineering", 1, 4490))),
    ("radia", Status.CONFIRMED, (("Vacuum Flask", 2, 2990), ("Hammock", 1, 5450))),
    ("donald", Status.CONFIRMED, (("Fountain Pen", 1, 3990),)),
    ("katherine", Status.PENDING, (("Espresso Beans, 1 kg", 2, 2190), ("Hand Grinder", 1, 8900))),
    ("ada", Status.PENDING, (("Desk Lamp", 1, 6490),)),
)
FIRST_PLACED = datetime(2026, 1, 20, 10, tzinfo=UTC)


def orders() -> list[Order]:
    return [_order(number, *placed) for number, placed in enumerate(PLACED)]


def _order(number: int, customer: str, status: Status, items: tuple[tuple[str, int, int], ...]) -> Order:
    placed_at = FIRST_PLACED + timedelta(days=number)
    return Order(
        id=seed_id("order", str(number)),
        user_id=seed_id("user", customer),
        status=status,
        items=tuple(Item(seed_id("product", name), name, quantity, price) for name, quantity, price in items),
        created_at=placed_at,
        changed_at=placed_at,
        reason=Reason.ON_REQUEST if status is Status.CANCELLED else None,
    )
