"""What there is to sell: stock, and the orders that hold some of it. HTTP is for health and metrics only."""

from flask import Flask

from apps.inventory.settings import Settings

__version__ = "0.1.0"


def create_app(settings: Settings | None = None) -> Flask:
    """The composition root. It imports here, so that other services get `client` without the rest."""
    from apps.inventory import events, metrics, repository, seed
    from apps.inventory.inventory import Inventory
    from apps.inventory.servicer import SERVICE, add_to
    from chassis.database import Database
    from chassis.grpc_server import GrpcServer
    from chassis.health import add_health
    from chassis.service import new_service, register
    from chassis.unit_of_work import UnitOfWork

    settings = settings or Settings.from_env()
    app = new_service("inventory", __version__)
    database = Database(settings.database_url)
    if settings.seed:
        repository.seed(database, seed.levels(), seed.reservations())
    stock = repository.InventoryRepository(UnitOfWork(database))
    inventory = Inventory(stock)
    metrics.stock.read_from(inventory.totals)
    background = events.background(settings, database, stock)
    for part in (database, inventory, background):
        register(app, part)
    add_health(app, stock.check, background.check)
    if settings.grpc_address:
        register(app, GrpcServer(settings.grpc_address, SERVICE, add_to(inventory)))
    background.start()
    return app
