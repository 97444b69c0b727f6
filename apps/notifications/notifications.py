"""The rules of notifications: each is sent once, to who it is for at that moment.

Personal data comes in at the last moment, from users, and stays in the mail: events, records and signals
have ids only.
"""

from collections.abc import Callable
from email.message import EmailMessage
from typing import Protocol

from loguru import logger

from apps.notifications import metrics
from apps.notifications.notification import MailRefused, Notification, Outcome, Record, Search
from apps.users.client import Contact
from chassis.errors import UpstreamFailed
from chassis.identity import utc_now
from chassis.paging import Page, PageRequest


class Contacts(Protocol):
    """Who is behind a user's id; None when nobody is, or no longer. Raises UpstreamFailed."""

    def contact(self, user_id: str) -> Contact | None: ...


class Composer(Protocol):
    """Makes the same mail of the same notification and contact; raises MailRefused when that is none."""

    def compose(self, notification: Notification, contact: Contact) -> EmailMessage: ...


class Mailer(Protocol):
    """Returns once a server has taken responsibility for the mail; raises MailFailed or MailRefused."""

    def send(self, mail: EmailMessage) -> None: ...


class Repository(Protocol):
    """What became of which notification. `when_committed` calls back once what was added is there to stay."""

    def has(self, notification_id: str) -> bool: ...
    def add(self, record: Record) -> None: ...
    def search(self, search: Search, request: PageRequest) -> Page[Record]: ...
    def when_committed(self, report: Callable[[], None]) -> None: ...


class Notifications:
    def __init__(
        self, repository: Repository, contacts: Contacts, composer: Composer, mailer: Mailer
    ) -> None:
        self._repository = repository
        self._contacts = contacts
        self._composer = composer
        self._mailer = mailer

    def on(self, repository: Repository) -> "Notifications":
        """The same rules on another repository, such as one that is part of a transaction."""
        return Notifications(repository, self._contacts, self._composer, self._mailer)

    def notify(self, notification: Notification) -> None:
        """Raises what stands in the way; then it may be asked for again. What is recorded is not sent again.

        A crash between the server's answer and the commit sends the mail a second time, with the same
        Message-ID. SMTP cannot exclude that (RFC 1047); whoever receives it can.
        """
        if self._repository.has(notification.id):
            return
        try:
            outcome = self._send(notification)
        except UpstreamFailed as failure:
            outcome = Outcome.REFUSED if isinstance(failure, MailRefused) else Outcome.FAILED
            metrics.emails.labels(notification.template, outcome).inc()
            raise
        record = _record(notification, outcome)
        self._repository.add(record)
        self._repository.when_committed(lambda: _note(record))

    def search(self, search: Search, request: PageRequest) -> Page[Record]:
        return self._repository.search(search, request)

    def _send(self, notification: Notification) -> Outcome:
        contact = self._contacts.contact(notification.user_id)
        if contact is None:
            return Outcome.NO_RECIPIENT
        self._mailer.send(self._composer.compose(notification, contact))
        return Outcome.SENT


def _record(notification: Notification, outcome: Outcome) -> Record:
    return Record(
        id=notification.id,
        template=notification.template,
        user_id=notification.user_id,
        order_id=notification.order_id,
        outcome=outcome,
        recorded_at=utc_now(),
    )


def _note(record: Record) -> None:
    metrics.emails.labels(record.template, record.outcome).inc()
    fields = {"email.template": record.template.value, "user.id": record.user_id}
    if record.order_id:
        fields["order.id"] = record.order_id
    said = "mail sent" if record.outcome is Outcome.SENT else "no mail: the user is gone"
    logger.bind(**fields).info(said)
