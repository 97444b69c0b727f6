"""What can be ordered: the catalogue."""

from flask import Flask

from apps.products.settings import Settings

__version__ = "0.1.0"


def create_app(settings: Settings | None = None) -> Flask:
    """The composition root. It imports here, so that other services get `client` without the rest."""
    from apps.products import routes, seed
    from apps.products.products import Products
    from apps.products.store import ProductStore
    from chassis.database import Database
    from chassis.health import add_health
    from chassis.service import new_service, provide

    settings = settings or Settings.from_env()
    app = new_service("products", __version__)
    database = Database(settings.database_url)
    store = ProductStore(database)
    if settings.seed:
        store.seed(seed.products())
    provide(app, database)
    provide(app, Products(store))
    app.register_blueprint(routes.blueprint)
    add_health(app, store.check)
    return app
