"""What the field types let through."""

from datetime import UTC, datetime

import pytest
from pydantic import Field, TypeAdapter, ValidationError

from chassis.schemas import Changes, Email, Id, Instant, Line, Text, unset


class VisitChanges(Changes):
    number: int = Field(default_factory=unset)
    note: Text = Field(default_factory=unset)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-21", datetime(2026, 11, 21, tzinfo=UTC)),
        ("2026-11-21T12:00:00", datetime(2026, 11, 21, 12, tzinfo=UTC)),
        ("2026-11-21T12:00:00Z", datetime(2026, 11, 21, 12, tzinfo=UTC)),
        ("2026-11-21T12:00:00.25+05:30", datetime(2026, 11, 21, 6, 30, 0, 250_000, tzinfo=UTC)),
    ],
)
def test_an_instant_is_read_as_utc(text: str, instant: datetime) -> None:
    read = TypeAdapter(Instant).validate_python(text)
    assert (read, read.tzinfo) == (instant, UTC)


@pytest.mark.parametrize(
    "text", ["", "now", "1767225600", "2026-02-30", "0001-01-01T00:00:00+14:00", 1767225600, None, []]
)
def test_what_is_no_instant_is_refused(text: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Instant).validate_python(text)


@pytest.mark.parametrize(
    "text", ["", "a\x00b", "a\nb", "a\x7fb", "\ud800", "x" * 201, "a\x9bb", "a\u202eb", "a\u2066b", "\u200b"]
)
def test_what_is_no_line_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Line).validate_python(text)


@pytest.mark.parametrize("text", ["Ada", "Zoë", "张伟", "👩‍🚀", "x" * 200])
def test_a_line_is_in_any_script(text: str) -> None:
    assert TypeAdapter(Line).validate_python(text) == text


def test_a_text_has_lines() -> None:
    assert TypeAdapter(Text).validate_python("one\ntwo") == "one\ntwo"


@pytest.mark.parametrize("text", ["", "..", "a/b", "a,b", "a b", "a?b", "é", "x" * 65])
def test_an_id_that_could_change_the_meaning_of_an_address_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Id).validate_python(text)


def test_an_e_mail_address_is_kept_in_lower_case() -> None:
    assert TypeAdapter(Email).validate_python("Ada@Example.COM") == "ada@example.com"


@pytest.mark.parametrize(
    "text", ["", "ada", "ada@", "@example.com", "ada@localhost", "a\x00@example.com", "a b@c.de"]
)
def test_what_is_no_e_mail_address_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Email).validate_python(text)


def test_changes_hold_what_was_given_and_nothing_else() -> None:
    assert VisitChanges.model_validate({"note": ""}).given() == {"note": ""}


@pytest.mark.parametrize("body", [{}, {"number": None}, {"number": "1"}, {"number": True}, {"other": 1}])
def test_changes_that_change_nothing_or_the_wrong_thing_are_refused(body: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        VisitChanges.model_validate(body)


@pytest.mark.parametrize("address", ["ö1@example.com", "ada@münchen.example", "ada@example.com\u202e"])
def test_an_address_that_not_every_mail_server_takes_is_refused(address: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Email).validate_python(address)
