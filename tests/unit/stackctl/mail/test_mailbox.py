"""The folder of mails: named by Message-ID, whole, counted when they are redelivered, bounded."""

import json
import os
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from stackctl.cli.main import app
from stackctl.mail import mailbox
from stackctl.mail.mailbox import Mailbox


def text_of(message_id: str = "", subject: str = "Welcome", text: str = "Dear Ada,\n") -> bytes:
    message = EmailMessage()
    message["From"] = "Glasshouse <shop@example.com>"
    message["To"] = "Ada <ada@example.com>"
    message["Subject"] = subject
    message["Message-ID"] = message_id or f"<{uuid4()}@example.com>"
    message.set_content(text)
    return message.as_bytes()


def store(box: Mailbox, text: bytes) -> None:
    box.store("shop@example.com", ["ada@example.com"], text)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where `./stack mail` looks."""
    monkeypatch.setenv("GLASSHOUSE_STATE_DIR", str(tmp_path))
    return tmp_path / "data" / "mail"


@pytest.fixture
def box(folder: Path) -> Mailbox:
    return Mailbox(folder)


def contents(folder: Path) -> list[mailbox.Mail]:
    return [mailbox.read(path) for path in mailbox.files(folder)]


def test_a_mail_is_kept_with_what_smtp_said_of_it(box: Mailbox, folder: Path) -> None:
    text = text_of("<event-1@example.com>", "Grüße", "Dear Ada,\nwelcome.\n")
    box.store("shop@example.com", ["ada@example.com", "hidden@example.com"], text)
    [mail] = contents(folder)
    assert (mail.id, mail.to, mail.subject, mail.text, mail.deliveries) == (
        "event-1@example.com",
        ("ada@example.com", "hidden@example.com"),
        "Grüße",
        "Dear Ada,\nwelcome.\n",
        1,
    )
    assert mail.message["Return-Path"] == "<shop@example.com>"
    assert datetime.now(UTC) - mail.received_at < timedelta(minutes=1)
    assert (folder / "event-1@example.com.eml").read_bytes().endswith(text)


def test_a_second_delivery_replaces_the_first_and_is_counted(box: Mailbox, folder: Path) -> None:
    store(box, text_of("<event-1@example.com>", "First"))
    store(box, text_of("<event-1@example.com>", "Second"))
    store(Mailbox(folder), text_of("<event-1@example.com>", "Third"))
    assert [(mail.subject, mail.deliveries) for mail in contents(folder)] == [("Third", 3)]


def test_what_a_sender_claims_of_deliveries_is_not_believed(box: Mailbox, folder: Path) -> None:
    store(box, b"X-Deliveries: 7\r\nMessage-ID: <event-1@example.com>\r\n\r\n")
    assert [mail.deliveries for mail in contents(folder)] == [1]


def test_mails_without_an_id_get_one_each(box: Mailbox, folder: Path) -> None:
    for text in (b"\r\nDear Ada", b"Subject: Welcome\r\n\r\nDear Ada", b""):
        store(box, text)
    assert len({mail.id for mail in contents(folder)}) == 3


@pytest.mark.parametrize(
    "message_id",
    ["../../etc/passwd", "/etc/passwd", "..", ".", "a b\tc", "ü@example.com", "x" * 1000, "%00", "<<>>"],
)
def test_whatever_the_id_the_mail_stays_in_the_folder(tmp_path: Path, message_id: str) -> None:
    box = Mailbox(tmp_path / "box")
    for _ in range(2):
        store(box, f"Message-ID: <{message_id}>\r\n\r\n".encode())
    assert [path.name for path in tmp_path.iterdir()] == ["box"]
    assert len(list((tmp_path / "box").iterdir())) == len(contents(tmp_path / "box")) >= 1


def test_beyond_the_bound_the_oldest_go_first_also_after_a_restart(folder: Path) -> None:
    for number in range(5):
        store(Mailbox(folder, keep=3), text_of(f"<event-{number}@example.com>"))
        path = folder / f"event-{number}@example.com.eml"
        os.utime(path, (number, number))  # as if a second lay between them
    assert [mail.id[:7] for mail in contents(folder)] == ["event-2", "event-3", "event-4"]


def test_a_mail_that_comes_again_is_no_longer_the_oldest(folder: Path) -> None:
    box = Mailbox(folder, keep=2)
    for number in (0, 1, 0, 2):
        store(box, text_of(f"<event-{number}@example.com>"))
    assert {mail.id[:7] for mail in contents(folder)} == {"event-0", "event-2"}


def test_half_a_mail_of_a_writer_that_died_is_none(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "1f2e.part").write_bytes(b"Subject: Wel")
    assert contents(folder) == []
    Mailbox(folder)
    assert list(folder.iterdir()) == []


def test_only_its_owner_can_look_into_the_folder(box: Mailbox, folder: Path) -> None:
    assert folder.stat().st_mode & 0o777 == 0o700


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["mail", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_the_list_shows_time_receiver_and_subject_of_the_last_mails(box: Mailbox) -> None:
    for number in range(3):
        store(box, text_of(f"<event-{number}@example.com>", f"Order {number}"))
    head, *rows, summary = run("-n", "2").splitlines()
    assert head.split() == ["time", "to", "subject", "id"]
    assert [row.split()[2:] for row in rows] == [
        ["ada@example.com", "Order", "1", "event-1@"],
        ["ada@example.com", "Order", "2", "event-2@"],
    ]
    assert summary == "2 of 3 mails. Read one: ./stack mail ID"


def test_the_list_shows_as_much_of_an_id_as_tells_it_apart(box: Mailbox) -> None:
    for number in (1, 12, 123):
        store(box, text_of(f"<an-event-{number}@example.com>"))
    shown = [row.split()[-1] for row in run().splitlines()[1:-1]]
    assert shown == ["an-event-1@e", "an-event-12@", "an-event-123"]
    assert all(len(run(mail_id).splitlines()) > 4 for mail_id in shown)


def test_a_mail_that_came_twice_says_so_in_the_list(box: Mailbox) -> None:
    for _ in range(2):
        store(box, text_of("<e@example.com>"))
    assert "(delivered 2 times)" in run()


def test_before_the_first_mail_the_list_says_that_there_is_none(folder: Path) -> None:
    assert run() == "No mail has come yet.\n"
    assert json.loads(run("--json")) == []


def test_the_list_for_programs_has_every_mail_that_was_asked_for(box: Mailbox) -> None:
    for number in range(3):
        store(box, text_of(f"<event-{number}@example.com>", f"Order {number}"))
    listed = json.loads(run("--json"))
    assert [datetime.fromisoformat(mail.pop("received_at")).tzinfo for mail in listed] == [UTC] * 3
    assert listed[0] == {
        "id": "event-0@example.com",
        "to": ["ada@example.com"],
        "subject": "Order 0",
        "deliveries": 1,
    }


@pytest.mark.parametrize("mail_id", ["event-1@example.com", "event-1", "event"])
def test_one_mail_is_shown_by_the_beginning_of_its_id(box: Mailbox, mail_id: str) -> None:
    store(box, text_of("<event-1@example.com>", "Grüße", "Dear [bold]Ada[/],\nwelcome.\n"))
    assert run(mail_id).splitlines() == [
        "From: Glasshouse <shop@example.com>",
        "To: Ada <ada@example.com>",
        "Subject: Grüße",
        "Message-ID: <event-1@example.com>",
        "",
        "Dear [bold]Ada[/],",
        "welcome.",
        "",
    ]


def test_a_mail_leads_to_the_trace_that_has_sent_it(box: Mailbox) -> None:
    store(
        box, b"traceparent: 00-" + b"4bf92f35" * 4 + b"-00f067aa0ba902b7-01\r\n" + text_of("<e@example.com>")
    )
    assert run("e@").splitlines()[-1] == f"The trace that has sent it: ./stack trace {'4bf92f35' * 4}"


def test_one_mail_for_programs_has_its_headers_and_its_text(box: Mailbox) -> None:
    store(box, text_of("<event-1@example.com>", "Grüße", "Dear Ada,\nwelcome.\n"))
    shown = json.loads(run("event-1", "--json"))
    assert (shown["text"], shown["headers"]["Subject"]) == ("Dear Ada,\nwelcome.\n", "Grüße")


@pytest.mark.parametrize(
    ("mail_id", "said"),
    [
        ("event-9", ["stack: 'event-9' is no mail's id.", "They are listed by: ./stack mail"]),
        (
            "event",
            [
                "stack: 'event' is the beginning of several mails' ids.",
                "event-0@example.com",
                "event-1@example.com",
            ],
        ),
    ],
)
def test_an_id_that_fits_none_or_several_is_an_error(box: Mailbox, mail_id: str, said: list[str]) -> None:
    for number in range(2):
        store(box, text_of(f"<event-{number}@example.com>"))
    result = CliRunner().invoke(app, ["mail", mail_id])
    assert (result.exit_code, result.stderr.splitlines()) == (1, said)


def test_a_mail_cannot_command_the_terminal(box: Mailbox) -> None:
    store(box, b"Message-ID: <e@example.com>\r\nSubject: \x1b[2Jgone\r\n\r\n\x1b]0;title\x07text\r\n")
    assert not {"\x1b", "\x07"} & set(run() + run("e@"))
