"""Who may order: registration and profiles."""

from flask import Flask

from apps.users.settings import Settings

__version__ = "0.1.0"


def create_app(settings: Settings | None = None) -> Flask:
    """The composition root. It imports here, so that other services get `client` without the rest."""
    from apps.users import routes, seed, workers
    from apps.users.passwords import Passwords
    from apps.users.repository import UserRepository
    from apps.users.users import Users
    from chassis.database import Database
    from chassis.events import Outbox
    from chassis.health import add_health
    from chassis.service import new_service, register

    settings = settings or Settings.from_env()
    app = new_service("users", __version__)
    database = Database(settings.database_url)
    outbox = Outbox()
    repository = UserRepository(database, outbox)
    if settings.seed:
        repository.seed(seed.users())
    users = Users(repository, Passwords())
    if settings.admin_password:
        users.appoint_admin(settings.admin_email, settings.admin_password)
    background = workers.background(settings, outbox, database)
    for part in (database, users, background):
        register(app, part)
    app.register_blueprint(routes.blueprint)
    add_health(app, repository.check)
    background.start()
    return app
