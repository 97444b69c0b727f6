"""Who pays: money authorized, captured and given back, by cards."""

from typing import TYPE_CHECKING

from flask import Flask

from apps.payments.settings import Settings

if TYPE_CHECKING:
    from apps.payments.payments import CardProcessor

__version__ = "0.1.0"


def create_app(settings: Settings | None = None, processor: "CardProcessor | None" = None) -> Flask:
    """The composition root. It imports here, so that other services get `client` without the rest."""
    from apps.payments import events, repository, routes, seed
    from apps.payments.card_processor import ObservedCardProcessor
    from apps.payments.fake_card_processor import FakeCardProcessor
    from apps.payments.payments import Payments
    from chassis.database import Database
    from chassis.health import add_health
    from chassis.idempotency_keys import IdempotencyKeys
    from chassis.service import new_service, register
    from chassis.unit_of_work import UnitOfWork

    settings = settings or Settings.from_env()
    app = new_service("payments", __version__)
    database = Database(settings.database_url)
    if settings.seed:
        repository.seed(database, seed.payments())
    keys = IdempotencyKeys(database)
    payments = repository.PaymentRepository(UnitOfWork(database))
    cards = ObservedCardProcessor(processor or FakeCardProcessor(settings.card_slow_for_s))
    background = events.background(settings, database, payments, cards)
    for part in (database, keys, background, Payments(payments, cards)):
        register(app, part)
    app.register_blueprint(routes.blueprint)
    add_health(app, payments.check, background.check)
    background.start()
    return app
