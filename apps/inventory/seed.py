"""Stock of the catalogue's seed, and what the seed's orders hold of it. A test holds them together."""

from apps.inventory.stock import Reservation, Status, StockLevel
from chassis.identity import seed_id

# Enough for many days of traffic: an order is to fail when somebody wants it to.
UNITS = 1_000_000

PRODUCTS = (
    "Espresso Beans, 1 kg",
    "Filter Coffee, 500 g",
    "Decaf Beans, 500 g",
    "Hand Grinder",
    "Pour-over Set",
    "Cast-iron Pan",
    "Chef's Knife",
    "Bread Tin",
    "Measuring Jug",
    "Salt Mill",
    "Mechanical Keyboard",
    "Desk Lamp",
    "Notebook, dotted",
    "Fountain Pen",
    "Monitor Arm",
    "Vacuum Flask",
    "Head Torch",
    "Rain Jacket",
    "Compass",
    "Hammock",
    "Introduction to Algorithms",
    "Release It!",
    "The Art of Monitoring",
    "Site Reliability Engineering",
)

# The order's number, how far its reservation is, and its quantities by product. PENDING orders have none yet.
RESERVED: tuple[tuple[int, Status, dict[str, int]], ...] = (
    (0, Status.CONFIRMED, {"Introduction to Algorithms": 1, "Notebook, dotted": 3}),
    (1, Status.CONFIRMED, {"Compass": 1}),
    (2, Status.RELEASED, {"Mechanical Keyboard": 1}),
    (3, Status.CONFIRMED, {"Release It!": 1, "Site Reliability Engineering": 1}),
    (4, Status.CONFIRMED, {"Vacuum Flask": 2, "Hammock": 1}),
    (5, Status.CONFIRMED, {"Fountain Pen": 1}),
)


def levels() -> list[StockLevel]:
    return [_level(name) for name in PRODUCTS]


def reservations() -> list[Reservation]:
    return [
        Reservation(
            seed_id("order", str(number)),
            status,
            {seed_id("product", name): quantity for name, quantity in items.items()},
        )
        for number, status, items in RESERVED
    ]


def _level(name: str) -> StockLevel:
    sold = sum(items.get(name, 0) for _, status, items in RESERVED if status is Status.CONFIRMED)
    return StockLevel(seed_id("product", name), available=UNITS - sold, sold=sold)
