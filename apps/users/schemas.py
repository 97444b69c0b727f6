"""What requests and answers about users look like."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from chassis.schemas import Answer, Body, Changes, Email, Line, PageAnswer, unset

_IS_SECRET = Field(json_schema_extra={"format": "password", "writeOnly": True})
# As NIST SP 800-63B has it: any characters, spaces at the ends as well.
Password = Annotated[str, StringConstraints(min_length=8, max_length=256, strip_whitespace=False), _IS_SECRET]
AnyPassword = Annotated[str, StringConstraints(max_length=256, strip_whitespace=False), _IS_SECRET]


class UserBody(Body):
    email: Email
    name: Line


class RegistrationBody(UserBody):
    password: Password | None = Field(None, repr=False)


class UserChanges(Changes):
    email: Email = Field(default_factory=unset)
    name: Line = Field(default_factory=unset)


class CredentialsBody(Body):
    email: Email
    password: AnyPassword = Field(repr=False)


class CredentialsAnswer(Answer):
    id: str
    roles: Sequence[str]


class UserAnswer(Answer):
    id: str
    email: str
    name: str
    created_at: datetime


class UserPageAnswer(PageAnswer[UserAnswer]):
    pass
