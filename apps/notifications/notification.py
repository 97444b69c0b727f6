"""What a notification is, and what becomes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from chassis.errors import UpstreamFailed


class Template(StrEnum):
    WELCOME = "welcome"
    ORDER_CONFIRMED = "order_confirmed"
    ORDER_CANCELLED = "order_cancelled"


class Outcome(StrEnum):
    """The last two are no ends: what has failed is tried again, what was refused may be replayed."""

    SENT = "sent"
    NO_RECIPIENT = "no_recipient"
    FAILED = "failed"
    REFUSED = "refused"


@dataclass(frozen=True)
class Notification:
    """`id` is that of the event that it is about, and becomes the mail's."""

    id: str
    template: Template
    user_id: str
    occurred_at: datetime
    order_id: str | None = None
    variables: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Record:
    """What has become of a notification, for good."""

    id: str
    template: Template
    user_id: str
    order_id: str | None
    outcome: Outcome
    recorded_at: datetime


@dataclass(frozen=True)
class Search:
    """Each narrows the records when it is given."""

    user_id: str | None = None
    order_id: str | None = None


class MailFailed(UpstreamFailed):
    """The mail server could not be reached, failed, or does not want the mail now: to be tried again."""

    code = "mail_failed"


class MailRefused(UpstreamFailed):
    """No server will ever take this mail."""

    code = "mail_refused"
