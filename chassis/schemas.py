"""Base classes and field types of requests and answers. What they let through, any database can store."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    EmailStr,
    Field,
    StringConstraints,
    model_validator,
)

from chassis.paging import PageRequest

T = TypeVar("T")

MAX_LIMIT = 100
# Far beyond any real list, and small enough that page x limit fits the integers of every database.
MAX_PAGE = 1_000_000


def _instant(value: Any) -> datetime:
    """A date alone is its first moment; what has no offset is UTC. In JSON it may be no text at all."""
    try:
        time = datetime.fromisoformat(value)
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise ValueError("This is not a time as in RFC 3339.") from None


# Control characters, and those that change the direction of text or cannot be seen: with them a name can look
# like another one, in a mail or on a terminal. The joiners stay: Persian and emoji need them.
_CONTROL = r"\x00-\x1F\x7F-\x9F\u061C\u200B\u200E\u200F\u2028-\u202E\u2060-\u2069\uFEFF"
# One line that is not all spaces; those at its ends do not count.
Line = Annotated[
    str,
    StringConstraints(
        min_length=1, max_length=200, pattern=rf"^[^{_CONTROL}]*[^\s{_CONTROL}][^{_CONTROL}]*$"
    ),
]
Text = Annotated[str, StringConstraints(max_length=2_000, pattern=r"^[^\x00]*$")]


def _deliverable(address: str) -> str:
    """Every mail server takes ASCII; what only some would take ends as a dead letter (RFC 6531)."""
    if not address.isascii():
        raise ValueError("This address has letters that not every mail server takes: use ASCII.")
    return address.lower()


Email = Annotated[
    EmailStr,
    StringConstraints(max_length=254),
    AfterValidator(_deliverable),
    Field(examples=["ada@example.com"]),
]
# Safe in a path and in a comma-separated list; whether it exists is for the service that owns it to say.
Id = Annotated[
    str,
    StringConstraints(max_length=64, pattern=r"^[A-Za-z0-9_-]+$"),
    Field(examples=["b98beb8e-24d7-5d5d-af9c-2e2185cd928d"]),
]
Instant = Annotated[datetime, BeforeValidator(_instant), Field(examples=["2026-01-05T09:00:00Z"])]
Cents = Annotated[int, Field(ge=0, le=100_000_000, examples=[2650])]


class Body(BaseModel):
    """A request's JSON: no unknown field, no value that needs to be converted ("3" is not 3)."""

    model_config = ConfigDict(extra="forbid", strict=True, str_strip_whitespace=True)


def unset() -> Any:
    """The default of a field of `Changes`: it may be left out, but not be null."""


class Changes(Body):
    """The body of a PATCH: any of its fields, at least one."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    @model_validator(mode="after")
    def _changes_something(self) -> "Changes":
        if not self.model_fields_set:
            raise ValueError(f"Give at least one of: {', '.join(type(self).model_fields)}.")
        return self

    def given(self) -> dict[str, Any]:
        return self.model_dump(exclude_unset=True)


class Query(BaseModel):
    """A request's query string: text, so numbers are converted; no unknown parameter."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class PageQuery(Query):
    page: int = Field(1, ge=1, le=MAX_PAGE)
    limit: int = Field(20, ge=1, le=MAX_LIMIT)

    def page_request(self) -> PageRequest:
        return PageRequest(self.page, self.limit)


class ResponseModel(BaseModel):
    """What a service sends; made from the attributes of a domain object."""

    model_config = ConfigDict(from_attributes=True)


class PageResponse(ResponseModel, Generic[T]):
    items: Sequence[T]
    page: int = Field(examples=[1])
    limit: int = Field(examples=[20])
    total: int = Field(examples=[1])
