"""Each domain error has a status, a code for programs and a message for people."""

import pytest

from chassis.error_responses import status_of
from chassis.errors import (
    Conflict,
    DatabaseUnavailable,
    DomainError,
    NotFound,
    Refused,
    UpstreamFailed,
    UpstreamRefused,
    UpstreamTimeout,
)


class PageMissing(NotFound):
    code = "page_missing"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFound("x"), 404),
        (PageMissing("x"), 404),
        (Conflict("x"), 409),
        (Refused("x"), 422),
        (UpstreamFailed("users", "x"), 502),
        (UpstreamRefused("users", 404, "not_found"), 502),
        (DatabaseUnavailable("x"), 503),
        (UpstreamTimeout("users", "x"), 504),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, DomainError) else str(value),
)
def test_a_domain_error_has_the_status_of_its_kind(error: DomainError, status: int) -> None:
    assert status_of(error) == status


def test_why_a_peer_failed_is_for_the_log_and_not_for_the_caller() -> None:
    error = UpstreamRefused("users", 404, "not_found")
    assert (error.message, str(error)) == ("The users service failed.", "users: answered 404 not_found")
