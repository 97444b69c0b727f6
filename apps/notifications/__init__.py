"""What people hear from the shop: a mail when they register, and one when an order is decided."""

from typing import TYPE_CHECKING

from flask import Flask

from apps.notifications.settings import Settings

if TYPE_CHECKING:
    from apps.notifications.notifications import Contacts, Mailer

__version__ = "0.1.0"


def create_app(
    settings: Settings | None = None, contacts: "Contacts | None" = None, mailer: "Mailer | None" = None
) -> Flask:
    """The composition root."""
    import glasshouse_telemetry as telemetry
    from apps.notifications import events, routes, workers
    from apps.notifications.alert_letters import AlertLetters
    from apps.notifications.alerting import Alerts
    from apps.notifications.letters import Letters
    from apps.notifications.mail_server import MailServer
    from apps.notifications.notifications import Notifications
    from apps.notifications.smtp import SmtpMailer
    from apps.notifications.store import RecordStore
    from apps.notifications.watchdog import Watchdog
    from apps.users.client import UsersClient
    from chassis.addresses import find
    from chassis.database import Database
    from chassis.health import add_health
    from chassis.peers import Peer, Timeouts
    from chassis.service import new_service, provide
    from chassis.transactions import Transactions

    settings = settings or Settings.from_env()
    app = new_service("notifications", __version__, {settings.users_url: "users"})
    telemetry.use_loguru()
    database = Database(settings.database_url)
    store = RecordStore(Transactions(database))
    timeouts = Timeouts(settings.connect_timeout_s, settings.read_timeout_s)
    users = find("users", settings.users_url, settings.registry_file)
    contacts = contacts or UsersClient(Peer("users", users, timeouts))
    mailer = mailer or SmtpMailer(MailServer.from_url(settings.smtp_url), settings.smtp_timeout_s)
    notifications = Notifications(store, contacts, Letters(settings.mail_from), mailer)
    handlers = events.handlers(lambda session: notifications.on(store.within(session)))
    alert_letters = AlertLetters(settings.mail_from, settings.alerts_to)
    watchdog = Watchdog(alert_letters, mailer, settings.watchdog_patience_s)
    alerts = Alerts(alert_letters, mailer, watchdog)
    background = workers.background(settings, database, handlers, watchdog)
    for part in (database, notifications, alerts, background):
        provide(app, part)
    app.register_blueprint(routes.blueprint)
    add_health(app, store.check, background.check)
    background.start()
    return app
