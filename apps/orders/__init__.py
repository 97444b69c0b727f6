"""Who ordered what, and how far it is."""

from typing import TYPE_CHECKING

from flask import Flask

from apps.orders.settings import Settings

if TYPE_CHECKING:
    from apps.orders.orders import Catalogue, Customers

__version__ = "0.1.0"


def create_app(
    settings: Settings | None = None,
    customers: "Customers | None" = None,
    catalogue: "Catalogue | None" = None,
) -> Flask:
    """The composition root. It imports here, so that other services get `client` without the rest."""
    from apps.orders import routes, seed
    from apps.orders.orders import Orders
    from apps.orders.store import OrderStore
    from apps.products.client import ProductsClient
    from apps.users.client import UsersClient
    from chassis.database import Database
    from chassis.health import add_health
    from chassis.peers import Peer, Timeouts
    from chassis.service import new_service, provide

    settings = settings or Settings.from_env()
    timeouts = Timeouts(settings.connect_timeout_s, settings.read_timeout_s)
    app = new_service("orders", __version__, {settings.users_url: "users", settings.products_url: "products"})
    database = Database(settings.database_url)
    store = OrderStore(database)
    store.prepare(seed.orders() if settings.seed else [])
    customers = customers or UsersClient(Peer("users", settings.users_url, timeouts))
    catalogue = catalogue or ProductsClient(Peer("products", settings.products_url, timeouts))
    provide(app, database)
    provide(app, Orders(store, customers, catalogue))
    app.register_blueprint(routes.blueprint)
    add_health(app, store.check)
    return app
