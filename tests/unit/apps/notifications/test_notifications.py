"""The rules: one mail for each notification, to who the user is then, and only what is true is told."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from apps.notifications.composer import MailComposer
from apps.notifications.notification import MailFailed, MailRefused, Notification, Outcome, Template
from apps.notifications.notifications import Notifications
from apps.users.client import Contact
from chassis.errors import UpstreamTimeout
from glasshouse_telemetry.testing import CapturedMetrics, capture_metrics
from tests.unit.apps.notifications.fakes import FakeContacts, FakeMailer, MemoryRepository


class Desk:
    """The rules and all that they need."""

    def __init__(self) -> None:
        self.repository, self.contacts, self.mailer = MemoryRepository(), FakeContacts(), FakeMailer()
        self.rules = Notifications(
            self.repository, self.contacts, MailComposer("shop@example.com"), self.mailer
        )

    def notify(self, notification: Notification) -> None:
        self.rules.notify(notification)
        self.repository.commit()

    @property
    def outcomes(self) -> list[Outcome]:
        return [record.outcome for record in self.repository.records.values()]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def welcome(**changes: Any) -> Notification:
    fields: dict[str, Any] = {"id": str(uuid4()), "template": Template.WELCOME, "user_id": "user-1"}
    return Notification(**{**fields, "occurred_at": datetime.now(UTC), **changes})


def counts(metrics: CapturedMetrics) -> dict[str, float]:
    counted = {
        outcome: metrics.increase("notifications_emails_total", template="welcome", outcome=outcome)
        for outcome in Outcome
    }
    return {outcome.value: count for outcome, count in counted.items() if count}


def test_a_notification_is_sent_recorded_and_counted(desk: Desk) -> None:
    with capture_metrics() as metrics:
        desk.notify(welcome())
    assert desk.mailer.subjects == ["Welcome to Glasshouse"]
    assert desk.outcomes == [Outcome.SENT]
    assert counts(metrics) == {"sent": 1}


def test_the_same_notification_again_is_not_sent_again(desk: Desk) -> None:
    notification = welcome()
    with capture_metrics() as metrics:
        for _ in range(3):
            desk.notify(notification)
    assert len(desk.mailer.sent) == 1
    assert counts(metrics) == {"sent": 1}


def test_what_failed_is_neither_recorded_nor_lost(desk: Desk) -> None:
    notification = welcome()
    desk.mailer.failures = [MailFailed("mail", "TimeoutError"), None]
    with capture_metrics() as metrics:
        with pytest.raises(MailFailed):
            desk.notify(notification)
        assert desk.outcomes == []
        desk.notify(notification)
    assert len(desk.mailer.sent) == 1
    assert counts(metrics) == {"failed": 1, "sent": 1}


def test_what_is_refused_is_counted_as_that(desk: Desk) -> None:
    desk.mailer.failures = [MailRefused("mail", "SMTPRecipientsRefused 550")]
    with capture_metrics() as metrics, pytest.raises(MailRefused):
        desk.notify(welcome())
    assert (desk.outcomes, counts(metrics)) == ([], {"refused": 1})


def test_while_users_does_not_answer_nothing_is_sent(desk: Desk) -> None:
    desk.contacts.failure = UpstreamTimeout("users", "ReadTimeout")
    with capture_metrics() as metrics, pytest.raises(UpstreamTimeout):
        desk.notify(welcome())
    assert (desk.outcomes, desk.mailer.sent, counts(metrics)) == ([], [], {"failed": 1})


def test_who_is_gone_gets_no_mail_and_that_is_the_end_of_it(desk: Desk) -> None:
    desk.contacts.gone = {"user-1"}
    with capture_metrics() as metrics:
        desk.notify(welcome())
    assert (desk.outcomes, desk.mailer.sent) == ([Outcome.NO_RECIPIENT], [])
    assert counts(metrics) == {"no_recipient": 1}


def test_a_mail_goes_to_the_address_that_the_user_has_now(desk: Desk) -> None:
    desk.contacts.contact_of_all = Contact(email="moved@example.com", name="Ada")
    desk.notify(welcome())
    assert desk.mailer.sent[0]["To"] == "Ada <moved@example.com>"


def test_nothing_is_said_to_be_sent_before_the_record_is_there_to_stay(desk: Desk) -> None:
    with capture_metrics() as metrics:
        desk.rules.notify(welcome())
        assert counts(metrics) == {}
        desk.repository.commit()
        assert counts(metrics) == {"sent": 1}
