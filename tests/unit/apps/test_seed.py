"""The first look is not empty, and what it shows fits together."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import text

from apps import users
from apps.orders import seed as orders_seed
from apps.orders.order import Status
from apps.products import seed as products_seed
from apps.users import seed as users_seed
from apps.users.repository import UserRepository
from apps.users.settings import Settings
from chassis.database import Database
from chassis.events import Outbox
from chassis.service import resolve
from tests.databases import NewDatabase


def test_seed_orders_are_of_seed_users_and_seed_products_at_their_prices() -> None:
    user_ids = {user.id for user in users_seed.users()}
    catalogue = {product.id: (product.name, product.price_cents) for product in products_seed.products()}
    for order in orders_seed.orders():
        assert order.user_id in user_ids
        for item in order.items:
            assert catalogue[item.product_id] == (item.name, item.unit_price_cents)


def test_there_is_a_seed_order_in_every_status() -> None:
    assert {order.status for order in orders_seed.orders()} == set(Status)


def test_seed_ids_are_the_same_on_every_machine() -> None:
    assert users_seed.users()[0].id == "b98beb8e-24d7-5d5d-af9c-2e2185cd928d"


def test_a_new_service_has_its_seed_and_keeps_what_happened_to_it(new_database: NewDatabase) -> None:
    settings = Settings(new_database("users"))
    first = users.create_app(settings)
    ada = users_seed.users()[0].id
    assert first.test_client().delete(f"/users/{ada}").status_code == 204
    resolve(Database, first).close()

    second = users.create_app(settings)
    assert second.test_client().get(f"/users/{ada}").status_code == 404
    assert second.test_client().get("/users").get_json()["total"] == len(users_seed.NAMES) - 1
    resolve(Database, second).close()


def test_instances_that_start_at_once_on_a_new_database_seed_it_once(new_database: NewDatabase) -> None:
    url = new_database("users")
    # Only what they race for: Python 3.11 may fail when threads make Flask's routes at the same time.
    databases = [Database(url) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda each: UserRepository(each, Outbox()).seed(users_seed.users()), databases))
    with databases[0].reading() as session:
        assert session.scalar(text("SELECT count(*) FROM users")) == len(users_seed.NAMES)
    for each in databases:
        each.close()
