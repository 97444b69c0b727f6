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
    from apps.notifications.alert_composer import AlertMailComposer
    from apps.notifications.alerting import Alerts
    from apps.notifications.composer import MailComposer
    from apps.notifications.mail_server import MailServer
    from apps.notifications.notifications import Notifications
    from apps.notifications.repository import RecordRepository
    from apps.notifications.smtp import SmtpMailer
    from apps.notifications.watchdog import Watchdog
    from apps.users.client import UsersClient
    from chassis.database import Database
    from chassis.health import add_health
    from chassis.http_client import HttpClient, Timeouts
    from chassis.resolver import find
    from chassis.service import new_service, register
    from chassis.unit_of_work import UnitOfWork

    settings = settings or Settings.from_env()
    app = new_service("notifications", __version__, {settings.users_url: "users"})
    telemetry.use_loguru()
    database = Database(settings.database_url)
    repository = RecordRepository(UnitOfWork(database))
    timeouts = Timeouts(settings.connect_timeout_s, settings.read_timeout_s)
    users = find("users", settings.users_url, settings.registry_file)
    contacts = contacts or UsersClient(HttpClient("users", users, timeouts))
    mailer = mailer or SmtpMailer(MailServer.from_url(settings.smtp_url), settings.smtp_timeout_s)
    notifications = Notifications(repository, contacts, MailComposer(settings.mail_from), mailer)
    handlers = events.handlers(lambda session: notifications.on(repository.within(session)))
    alert_composer = AlertMailComposer(settings.mail_from, settings.alerts_to)
    watchdog = Watchdog(alert_composer, mailer, settings.watchdog_patience_s)
    alerts = Alerts(alert_composer, mailer, watchdog)
    background = workers.background(settings, database, handlers, watchdog)
    for part in (database, notifications, alerts, background):
        register(app, part)
    app.register_blueprint(routes.blueprint)
    add_health(app, repository.check, background.check)
    background.start()
    return app
