"""What requests and answers about notifications look like."""

from datetime import datetime

from apps.notifications.notification import Outcome, Template
from chassis.schemas import Answer, Id, PageAnswer, PageQuery


class NotificationQuery(PageQuery):
    user_id: Id | None = None
    order_id: Id | None = None


class NotificationAnswer(Answer):
    """`id` is the event's, and the part of the mail's Message-ID before the @."""

    id: str
    template: Template
    user_id: str
    order_id: str | None
    outcome: Outcome
    recorded_at: datetime


class NotificationPageAnswer(PageAnswer[NotificationAnswer]):
    pass
