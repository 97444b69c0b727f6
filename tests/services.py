"""Every service as an app with its seed, and with neighbours that know everybody and everything."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from apiflask import APIFlask
from flask import Flask

from apps import gateway, inventory, notifications, orders, payments, products, users
from apps.gateway.settings import Settings as GatewaySettings
from apps.gateway.upstreams import Upstreams
from apps.inventory import metrics as inventory_metrics
from apps.inventory.settings import Settings as InventorySettings
from apps.notifications.settings import Settings as NotificationsSettings
from apps.orders.settings import Settings as OrdersSettings
from apps.payments.settings import Settings as PaymentsSettings
from apps.products.client import Product
from apps.products.settings import Settings as ProductsSettings
from apps.users.settings import Settings as UsersSettings
from chassis.background import Background
from chassis.database import Database
from chassis.registry import Version
from chassis.service import resolve
from tests.unit.apps.gateway.fakes import FakeInventory
from tests.unit.apps.notifications.fakes import FakeMailer

TOKEN_KEY = "k" * 32


class AnyCustomers:
    def exists(self, user_id: str) -> bool:
        return True


class AnyCatalogue:
    def find(self, product_ids: Sequence[str]) -> Mapping[str, Product]:
        return {each: Product(id=each, name="Compass", price_cents=2650) for each in product_ids}


def _open_orders(url: str) -> Flask:
    return orders.create_app(OrdersSettings(url), AnyCustomers(), AnyCatalogue())


OPEN: Mapping[str, Callable[[str], Flask]] = {
    "users": lambda url: users.create_app(UsersSettings(url)),
    "products": lambda url: products.create_app(ProductsSettings(url)),
    "orders": _open_orders,
    "payments": lambda url: payments.create_app(PaymentsSettings(url, card_slow_for_s=0.0)),
    "inventory": lambda url: inventory.create_app(InventorySettings(url, grpc_address=None)),
    "notifications": lambda url: notifications.create_app(NotificationsSettings(url), mailer=FakeMailer()),
}


@contextmanager
def opened(service: str, database_url: str) -> Iterator[APIFlask]:
    app = OPEN[service](database_url)
    assert isinstance(app, APIFlask)
    try:
        yield app
    finally:
        if Background.__qualname__ in app.extensions:
            resolve(Background, app).stop()
        resolve(Database, app).close()
        inventory_metrics.stock.read_from(None)


@contextmanager
def opened_gateway(urls: Mapping[str, str]) -> Iterator[APIFlask]:
    """In front of services at these addresses, and of an inventory that is played."""
    services = {service: {"v1": Version(instances=(url,))} for service, url in urls.items()}
    settings = GatewaySettings((TOKEN_KEY,), services=services, rate_limit="1000000/second")
    app = gateway.create_app(settings, inventory=FakeInventory())
    assert isinstance(app, APIFlask)
    try:
        yield app
    finally:
        resolve(Upstreams, app).close()
