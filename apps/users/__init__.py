"""Who may order: registration and profiles."""

from flask import Flask

from apps.users.settings import Settings

__version__ = "0.1.0"


def create_app(settings: Settings | None = None) -> Flask:
    """The composition root. It imports here, so that other services get `client` without the rest."""
    from apps.users import routes, seed
    from apps.users.store import UserStore
    from apps.users.users import Users
    from chassis.database import Database
    from chassis.health import add_health
    from chassis.service import new_service, provide

    settings = settings or Settings.from_env()
    app = new_service("users", __version__)
    database = Database(settings.database_url)
    store = UserStore(database)
    store.prepare(seed.users() if settings.seed else [])
    provide(app, database)
    provide(app, Users(store))
    app.register_blueprint(routes.blueprint)
    add_health(app, store.check)
    return app
