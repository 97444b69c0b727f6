"""What requests and answers about users look like."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from chassis.schemas import Body, Changes, Email, Line, PageResponse, ResponseModel, unset

_IS_SECRET = Field(
    examples=["correct horse battery staple"], json_schema_extra={"format": "password", "writeOnly": True}
)
# As NIST SP 800-63B has it: any characters, spaces at the ends as well.
Password = Annotated[str, StringConstraints(min_length=8, max_length=256, strip_whitespace=False), _IS_SECRET]
AnyPassword = Annotated[str, StringConstraints(max_length=256, strip_whitespace=False), _IS_SECRET]

ID = Field(examples=["b98beb8e-24d7-5d5d-af9c-2e2185cd928d"])
Name = Annotated[Line, Field(examples=["Ada Lovelace"])]


class UserBody(Body):
    email: Email
    name: Name


class RegistrationBody(UserBody):
    password: Password | None = Field(None, repr=False)


class UserChanges(Changes):
    email: Email = Field(default_factory=unset)
    name: Name = Field(default_factory=unset)


class CredentialsBody(Body):
    email: Email
    password: AnyPassword = Field(repr=False)


class CredentialsResponse(ResponseModel):
    id: str = ID
    roles: Sequence[str] = Field(examples=[["customer"]])


class UserResponse(ResponseModel):
    id: str = ID
    email: str = Field(examples=["ada@example.com"])
    name: str = Field(examples=["Ada Lovelace"])
    created_at: datetime = Field(examples=["2026-01-05T09:00:00Z"])


class UserPageResponse(PageResponse[UserResponse]):
    pass
