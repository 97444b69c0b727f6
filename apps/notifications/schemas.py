"""What requests and answers about notifications look like."""

from datetime import datetime

from pydantic import Field

from apps.notifications.notification import Outcome, Template
from chassis.schemas import Id, PageQuery, PageResponse, ResponseModel


class NotificationQuery(PageQuery):
    user_id: Id | None = None
    order_id: Id | None = None


class NotificationResponse(ResponseModel):
    """`id` is the event's, and the part of the mail's Message-ID before the @."""

    id: str = Field(examples=["6f0d1aa2-5f3c-4a0d-8e1c-94c0f8a54b7f"])
    template: Template
    user_id: str = Field(examples=["b98beb8e-24d7-5d5d-af9c-2e2185cd928d"])
    order_id: str | None = Field(examples=["dc86247e-2868-50d4-870c-fe08230a4c9a"])
    outcome: Outcome
    recorded_at: datetime = Field(examples=["2026-01-21T10:00:02Z"])


class NotificationPageResponse(PageResponse[NotificationResponse]):
    pass
