"""What the mails say, and that whatever people are called, a mail is one mail to one address."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from apps.notifications.composer import MailComposer
from apps.notifications.notification import MailRefused, Notification, Template
from apps.users.client import Contact
from chassis.schemas import Line

ORDER = "0f2a3b4c-7d1e-4a55-9a63-5b1f7c2d8e90"
EVENT = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
LETTERS = MailComposer("Glasshouse <shop@glasshouse.example>")


def letter(
    template: Template = Template.WELCOME, email: str = "ada@example.com", name: str = "Ada", **variables: Any
) -> EmailMessage:
    occurred_at = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
    notification = Notification(EVENT, template, "user-1", occurred_at, ORDER, variables)
    return LETTERS.compose(notification, Contact(email=email, name=name))


def arrived(mail: EmailMessage) -> EmailMessage:
    """As its receiver reads it."""
    return message_from_bytes(mail.as_bytes(), policy=policy.default)


def order_variables(**changes: Any) -> dict[str, Any]:
    items = [
        {"name": "Compass", "quantity": 2, "unit_price_cents": 2_650},
        {"name": "Telescope", "quantity": 1, "unit_price_cents": 124_500},
    ]
    return {"items": items, "total_cents": 129_800, "reason": None} | changes


def test_the_head_says_from_whom_to_whom_when_and_about_which_event() -> None:
    mail = arrived(letter())
    assert {
        name: mail[name] for name in ("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted")
    } == {
        "From": "Glasshouse <shop@glasshouse.example>",
        "To": "Ada <ada@example.com>",
        "Subject": "Welcome to Glasshouse",
        "Date": "Sat, 21 Nov 2026 09:30:00 +0000",
        "Message-ID": f"<{EVENT}@glasshouse.example>",
        "Auto-Submitted": "auto-generated",
    }


def test_a_confirmation_lists_what_was_bought_and_what_it_costs() -> None:
    mail = arrived(letter(Template.ORDER_CONFIRMED, **order_variables()))
    assert mail["Subject"] == "Your order 0f2a3b4c is confirmed"
    assert mail.get_content().splitlines() == [
        "Hello Ada,",
        "",
        f"thank you: your order {ORDER} is paid and on its way.",
        "",
        "   2 x Compass at 26.50",
        "   1 x Telescope at 1,245.00",
        "Total: 1,298.00",
        "",
        "The Glasshouse team",
    ]


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("payment_declined", "Your card was declined."),
        ("out_of_stock", "We are sorry: something of it is out of stock."),
        ("cancelled_on_request", "You have asked for it."),
        ("timed_out", "We are sorry: it could not be completed."),
        ("of_another_version", "We are sorry: it could not be completed."),
        (None, "We are sorry: it could not be completed."),
    ],
)
def test_a_cancellation_says_why(reason: str | None, said: str) -> None:
    mail = arrived(letter(Template.ORDER_CANCELLED, **order_variables(reason=reason)))
    assert mail["Subject"] == "Your order 0f2a3b4c is cancelled"
    assert mail.get_content().splitlines()[2:4] == [f"your order {ORDER} is cancelled.", said]


@pytest.mark.parametrize("template", Template)
def test_the_same_notification_makes_the_same_mail(template: Template) -> None:
    mails = [letter(template, **order_variables()).as_bytes() for _ in range(2)]
    assert mails[0] == mails[1]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ada Lovelace", "Ada Lovelace <ada@example.com>"),
        ("Łukasz Żółć 🎉", "Łukasz Żółć 🎉 <ada@example.com>"),
        ('Ada "<eve@example.com>,', '"Ada \\"<eve@example.com>," <ada@example.com>'),
    ],
)
def test_a_name_of_any_kind_is_a_name(name: str, shown: str) -> None:
    assert arrived(letter(name=name))["To"] == shown


def is_line(text: str) -> bool:
    try:
        TypeAdapter(Line).validate_python(text)
    except ValidationError:
        return False
    return True


@given(st.text(min_size=1, max_size=200).filter(is_line))
def test_no_name_that_users_lets_through_adds_an_address_or_a_header(name: str) -> None:
    mail = arrived(letter(name=name))
    assert [address.addr_spec for address in mail["To"].addresses] == ["ada@example.com"]
    assert len(mail.keys()) == len(arrived(letter()).keys())


def test_a_domain_of_any_script_is_written_as_every_server_understands_it() -> None:
    assert arrived(letter(email="ada@bücher.example"))["To"] == "Ada <ada@xn--bcher-kva.example>"


@pytest.mark.parametrize(
    "email", ["jürgen@example.com", "ada", "a b@example.com", "ada@", "ada@" + "x" * 64 + ".de"]
)
def test_an_address_that_fits_no_mail_is_refused_and_not_quoted(email: str) -> None:
    with pytest.raises(MailRefused) as refused:
        letter(email=email)
    assert str(refused.value) == "mail: the address does not fit into a mail"
    assert refused.value.__suppress_context__


def test_nothing_in_a_name_is_taken_for_a_template() -> None:
    mail = arrived(letter(name="{{ order_id }}{% raw %}"))
    assert mail.get_content().splitlines()[0] == "Hello {{ order_id }}{% raw %},"
