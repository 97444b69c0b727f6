"""A catalogue in five categories, so that the first look is not empty."""

from datetime import UTC, datetime, timedelta

from apps.products.products import Product
from chassis.identity import seed_id

CATALOGUE = (
    ("coffee", "Espresso Beans, 1 kg", 2190, "Dark roast from Sidamo and Huehuetenango."),
    ("coffee", "Filter Coffee, 500 g", 1290, "Light roast for a slow morning."),
    ("coffee", "Decaf Beans, 500 g", 1390, "Water process; nobody notices."),
    ("coffee", "Hand Grinder", 8900, "Conical steel burrs, 30 g."),
    ("coffee", "Pour-over Set", 4450, "Glass carafe, dripper and 40 filters."),
    ("kitchen", "Cast-iron Pan", 5990, "28 cm, lasts longer than we do."),
    ("kitchen", "Chef's Knife", 7950, "20 cm, carbon steel."),
    ("kitchen", "Bread Tin", 1850, "For a loaf of 1 kg."),
    ("kitchen", "Measuring Jug", 1190, "Borosilicate glass, 1 l."),
    ("kitchen", "Salt Mill", 2450, "Ceramic mechanism."),
    ("desk", "Mechanical Keyboard", 12900, "Tactile switches, and quiet enough."),
    ("desk", "Desk Lamp", 6490, "Warm to cold light, no flicker."),
    ("desk", "Notebook, dotted", 1350, "192 numbered pages."),
    ("desk", "Fountain Pen", 3990, "Steel nib, fine."),
    ("desk", "Monitor Arm", 9900, "For 2 to 9 kg."),
    ("outdoor", "Vacuum Flask", 2990, "0.75 l, hot for 12 hours."),
    ("outdoor", "Head Torch", 4290, "400 lumens, red light for the map."),
    ("outdoor", "Rain Jacket", 13900, "Three layers, packs small."),
    ("outdoor", "Compass", 2650, "With declination adjustment."),
    ("outdoor", "Hammock", 5450, "With tree straps."),
    ("books", "Introduction to Algorithms", 8400, "Heavy in every sense."),
    ("books", "Release It!", 3790, "Stability patterns, with the stories behind them."),
    ("books", "The Art of Monitoring", 4100, "Events, logs and metrics as one."),
    ("books", "Site Reliability Engineering", 4490, "Where error budgets come from."),
)
FIRST_ADDED = datetime(2026, 1, 2, 8, tzinfo=UTC)


def products() -> list[Product]:
    return [_product(*entry, FIRST_ADDED + timedelta(hours=hour)) for hour, entry in enumerate(CATALOGUE)]


def _product(category: str, name: str, price_cents: int, description: str, created_at: datetime) -> Product:
    return Product(seed_id("product", name), name, category, price_cents, description, created_at)
