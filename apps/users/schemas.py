"""What requests and answers about users look like."""

from datetime import datetime

from pydantic import Field

from chassis.schemas import Answer, Body, Changes, Email, Line, PageAnswer, unset


class UserBody(Body):
    email: Email
    name: Line


class UserChanges(Changes):
    email: Email = Field(default_factory=unset)
    name: Line = Field(default_factory=unset)


class UserAnswer(Answer):
    id: str
    email: str
    name: str
    created_at: datetime


class UserPageAnswer(PageAnswer[UserAnswer]):
    pass
