"""What can be ordered: the catalogue."""

from flask import Flask

from apps.products.settings import Settings

__version__ = "0.1.0"


def create_app(settings: Settings | None = None) -> Flask:
    """The composition root. It imports here, so that other services get `client` without the rest."""
    from apps.products import routes, seed
    from apps.products.products import Products
    from apps.products.repository import ProductRepository
    from chassis.database import Database
    from chassis.health import add_health
    from chassis.service import new_service, register

    settings = settings or Settings.from_env()
    app = new_service("products", __version__)
    database = Database(settings.database_url)
    repository = ProductRepository(database)
    if settings.seed:
        repository.seed(seed.products())
    register(app, database)
    register(app, Products(repository))
    app.register_blueprint(routes.blueprint)
    add_health(app, repository.check)
    return app
