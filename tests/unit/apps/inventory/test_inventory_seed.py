"""Stock, catalogue and orders agree from the first moment."""

from apps import inventory
from apps.inventory import metrics, seed
from apps.inventory.inventory import Inventory
from apps.inventory.settings import Settings
from apps.inventory.stock import Status
from apps.orders import seed as orders_seed
from apps.products import seed as products_seed
from chassis.database import Database
from chassis.service import resolve
from tests.databases import NewDatabase

HOLDS = {
    "CONFIRMED": Status.CONFIRMED,
    "SHIPPED": Status.CONFIRMED,
    "DELIVERED": Status.CONFIRMED,
    "CANCELLED": Status.RELEASED,
}


def test_there_is_stock_of_every_product_of_the_seed_and_of_no_other() -> None:
    products = [product.id for product in products_seed.products()]
    assert [level.product_id for level in seed.levels()] == products
    assert all(level.available > 0 for level in seed.levels())


def test_the_orders_of_the_seed_hold_what_their_status_says() -> None:
    expected = {
        order.id: (HOLDS[order.status], {item.product_id: item.quantity for item in order.items})
        for order in orders_seed.orders()
        if order.status in HOLDS
    }
    held = {each.order_id: (each.status, each.items) for each in seed.reservations()}
    assert held == expected


def test_a_new_service_has_its_seed_and_keeps_what_happened_to_it(new_database: NewDatabase) -> None:
    settings = Settings(new_database("inventory"), grpc_address=None)
    product_id = seed.levels()[0].product_id
    first = inventory.create_app(settings)
    resolve(Inventory, first).set_available(product_id, 7)
    resolve(Database, first).close()

    second = inventory.create_app(settings)
    stock = resolve(Inventory, second)
    assert [level.available for level in stock.levels([product_id])] == [7]
    assert stock.totals().sold == sum(level.sold for level in seed.levels()) > 0
    metrics.stock.read_from(None)
    resolve(Database, second).close()
