"""Handing a mail over: what counts as sent, what is tried again, and what is told of it."""

import smtplib
import time
from email.message import EmailMessage

import pytest
from opentelemetry.trace import SpanKind, StatusCode

from apps.notifications.mail_server import MailServer
from apps.notifications.notification import MailFailed, MailRefused
from apps.notifications.smtp import SmtpMailer, judge
from chassis.errors import UpstreamFailed
from glasshouse_telemetry.testing import capture_metrics, capture_spans
from tests.unit.apps.notifications.fakes import HANGS, HANGS_UP, ScriptedMailServer, mail_server


def a_mail() -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Glasshouse <shop@example.com>"
    mail["To"] = "Ada <ada.secret@example.com>"
    mail["Message-ID"] = "<event-1@example.com>"
    mail.set_content("Hello Ada,\n.\nwelcome.\n")
    return mail


def send(server: ScriptedMailServer, timeout_s: float = 5.0) -> None:
    SmtpMailer(MailServer("127.0.0.1", server.port), timeout_s).send(a_mail())


def test_a_mail_is_sent_once_the_server_has_taken_it() -> None:
    with mail_server() as server:
        send(server)
    assert [command.split()[0] for command in server.commands] == ["ehlo", "mail", "rcpt", "data", "quit"]
    assert "FROM:<shop@example.com>" in server.commands[1]
    assert server.commands[2] == "rcpt TO:<ada.secret@example.com>"
    assert server.mails[0].endswith(b"Hello Ada,\r\n..\r\nwelcome.\r\n")


@pytest.mark.parametrize("goodbye", [HANGS_UP, "500 what?"])
def test_what_the_server_has_taken_stays_sent_whatever_becomes_of_the_goodbye(goodbye: str) -> None:
    with mail_server({"QUIT": goodbye}) as server:
        send(server)
    assert len(server.mails) == 1


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ({"": HANGS_UP}, "SMTPServerDisconnected"),
        ({"": "421 too busy"}, "SMTPConnectError 421"),
        ({"EHLO": "500 what?", "HELO": "550 go away"}, "SMTPHeloError 550"),
        ({"MAIL": "451 later"}, "SMTPSenderRefused 451"),
        ({"MAIL": "550 not from you"}, "SMTPSenderRefused 550"),
        ({"RCPT": "450 mailbox busy"}, "SMTPRecipientsRefused 450"),
        ({"DATA": "452 disk full"}, "SMTPDataError 452"),
        ({".": "451 later"}, "SMTPDataError 451"),
        ({".": HANGS_UP}, "SMTPServerDisconnected"),
    ],
)
def test_what_may_pass_is_a_failure_to_be_tried_again(script: dict[str, str], reason: str) -> None:
    with mail_server(script) as server, pytest.raises(MailFailed) as failed:
        send(server)
    assert failed.value.reason == reason


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ({"RCPT": "550 no such user <ada.secret@example.com>"}, "SMTPRecipientsRefused 550"),
        ({"DATA": "554 no"}, "SMTPDataError 554"),
        ({".": "552 too large"}, "SMTPDataError 552"),
    ],
)
def test_what_the_server_will_never_take_is_refused(script: dict[str, str], reason: str) -> None:
    with mail_server(script) as server, pytest.raises(MailRefused) as refused:
        send(server)
    assert refused.value.reason == reason


def test_without_a_server_it_is_a_failure() -> None:
    with mail_server() as server:
        pass
    with pytest.raises(MailFailed, match="mail: ConnectionRefusedError"):
        send(server)


@pytest.mark.parametrize("command", ["", "EHLO", "RCPT", "."])
def test_a_server_that_falls_silent_costs_no_more_than_the_time_for_a_mail(command: str) -> None:
    with mail_server({command: HANGS}) as server:
        started = time.monotonic()
        with pytest.raises(MailFailed):
            send(server, timeout_s=0.2)
        assert 0.15 < time.monotonic() - started < 2


def test_a_server_that_is_slow_at_each_step_costs_no_more_than_the_time_for_a_mail() -> None:
    with mail_server(slow_s=0.15) as server:
        started = time.monotonic()
        with pytest.raises(MailFailed):
            send(server, timeout_s=0.4)
        assert time.monotonic() - started < 0.7


def test_a_password_leaves_the_machine_only_encrypted() -> None:
    accepting = {"EHLO": "250-scripted\r\n250 AUTH PLAIN", "AUTH": "235 come in"}
    with mail_server(accepting, host="127.0.0.2") as elsewhere, mail_server(accepting) as here:
        with pytest.raises(MailFailed, match="mail: SMTPException"):
            SmtpMailer(MailServer("127.0.0.2", elsewhere.port, user="u", password="p"), 5.0).send(a_mail())
        SmtpMailer(MailServer("127.0.0.1", here.port, user="u", password="p"), 5.0).send(a_mail())
    verbs = [[command.split()[0].upper() for command in server.commands] for server in (elsewhere, here)]
    assert verbs == [["EHLO"], ["EHLO", "AUTH", "MAIL", "RCPT", "DATA", "QUIT"]]


def test_no_failure_quotes_what_a_server_says_or_whom_it_was_about() -> None:
    said = b"no such user ada.secret@example.com"
    errors = [
        smtplib.SMTPRecipientsRefused({"ada.secret@example.com": (550, said)}),
        smtplib.SMTPDataError(550, said),
        smtplib.SMTPSenderRefused(550, said, "ada.secret@example.com"),
        smtplib.SMTPException(said),
        OSError(said.decode()),
    ]
    assert [error for error in errors if "ada" in repr(vars(judge(error))) + str(judge(error))] == []


def test_the_mail_server_is_a_peer_in_the_trace_and_the_mail_leads_there() -> None:
    with mail_server() as server, capture_spans() as spans, capture_metrics() as metrics:
        send(server)
    [span] = spans
    assert (span.name, span.kind, span.status.status_code) == ("smtp send", SpanKind.CLIENT, StatusCode.UNSET)
    assert dict(span.attributes or {}) == {
        "service.peer.name": "mail",
        "server.address": "127.0.0.1",
        "server.port": server.port,
        "network.protocol.name": "smtp",
        "email.message_id": "event-1",
    }
    assert span.context is not None
    assert f"traceparent: 00-{span.context.trace_id:032x}".encode() in server.mails[0]
    assert metrics.increase("notifications_smtp_duration_seconds_count", outcome="sent") == 1


@pytest.mark.parametrize(("answer", "outcome"), [("450 later", "failed"), ("550 no", "refused")])
def test_a_failure_is_told_without_the_address(answer: str, outcome: str) -> None:
    script = {"RCPT": f"{answer} ada.secret@example.com"}
    with (
        mail_server(script) as server,
        capture_spans() as spans,
        capture_metrics() as metrics,
        pytest.raises(UpstreamFailed),
    ):
        send(server)
    [span] = spans
    assert span.status.status_code is StatusCode.ERROR
    assert (span.attributes or {})["error.type"] == f"SMTPRecipientsRefused {answer[:3]}"
    assert "secret" not in span.to_json()
    assert metrics.increase("notifications_smtp_duration_seconds_count", outcome=outcome) == 1


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://127.0.0.1:1025", MailServer("127.0.0.1", 1025)),
        ("smtp://mail.example.com", MailServer("mail.example.com", 25)),
        ("smtps://mail.example.com", MailServer("mail.example.com", 465, True)),
        (
            "smtp://shop%40example.com:p%3Aw@[::1]:2525",
            MailServer("::1", 2525, False, "shop@example.com", "p:w"),
        ),
    ],
)
def test_a_mail_server_is_known_by_its_url(url: str, server: MailServer) -> None:
    assert MailServer.from_url(url) == server


@pytest.mark.parametrize(
    "url", ["", "mail.example.com", "http://u:secret@mail.example.com", "smtp://u:secret@"]
)
def test_another_url_is_an_error_that_does_not_quote_it(url: str) -> None:
    with pytest.raises(ValueError, match="SMTP_URL must be") as error:
        MailServer.from_url(url)
    assert "secret" not in str(error.value)


def test_a_password_is_shown_nowhere() -> None:
    assert "secret" not in repr(MailServer.from_url("smtp://u:secret@mail.example.com"))
