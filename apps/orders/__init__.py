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
    from apps.orders import routes, workers
    from apps.orders.orders import Orders
    from apps.orders.repositories import open_repositories
    from apps.orders.saga import ALLOWED
    from apps.products.client import ProductsClient
    from apps.users.client import UsersClient
    from chassis.health import add_health
    from chassis.http_client import HttpClient, Timeouts
    from chassis.resolver import find
    from chassis.service import new_service, register

    settings = settings or Settings.from_env()
    timeouts = Timeouts(settings.connect_timeout_s, settings.read_timeout_s)
    app = new_service("orders", __version__, settings.peers())
    repositories = open_repositories(settings)
    repositories.prepare(settings)
    users = find("users", settings.users_url, settings.registry_file)
    products = find("products", settings.products_url, settings.registry_file)
    customers = customers or UsersClient(HttpClient("users", users, timeouts))
    catalogue = catalogue or ProductsClient(HttpClient("products", products, timeouts))
    background = workers.background(settings, repositories)
    for part in (settings, repositories.database, repositories.keys, repositories.history, background):
        register(app, part)
    register(app, Orders(repositories.orders, customers, catalogue, ALLOWED[settings.saga_mode]))
    app.register_blueprint(routes.blueprint)
    add_health(app, repositories.orders.check)
    background.start()
    return app
