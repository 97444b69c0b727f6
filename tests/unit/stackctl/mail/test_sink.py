"""What the mail sink answers to a mail, and how the stack runs it."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from stackctl import ports
from stackctl.mail import mailbox, received
from stackctl.mail.mailbox import Mailbox
from stackctl.mail.sink import Intake
from stackctl.run.components import Tier


class FullMailbox(Mailbox):
    def store(self, sender: str, recipients: Sequence[str], text: bytes) -> None:
        raise OSError(28, "No space left on device")


def answer(box: Mailbox) -> str:
    async def ask() -> str:
        intake = Intake(box)
        session = Session(asyncio.get_running_loop())
        envelope = Envelope()
        envelope.mail_from, envelope.rcpt_tos = "shop@example.com", ["ada@example.com"]
        envelope.content = b"Message-ID: <event-1@example.com>\r\n\r\nDear Ada"
        return await intake.handle_DATA(SMTP(intake, hostname="mail"), session, envelope)

    return asyncio.run(ask())


def test_a_mail_is_stored_before_it_is_acknowledged(tmp_path: Path) -> None:
    assert answer(Mailbox(tmp_path)) == "250 2.0.0 Stored"
    assert [path.name for path in mailbox.files(tmp_path)] == ["event-1@example.com.eml"]


def test_a_full_disk_asks_the_sender_to_come_again(tmp_path: Path) -> None:
    assert answer(FullMailbox(tmp_path)) == "452 4.3.1 Cannot store it now: No space left on device"


def test_the_sink_writes_where_the_command_reads_and_down_removes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GLASSHOUSE_STATE_DIR", str(tmp_path))
    assert received.component().argv[-2:] == ("--folder", str(tmp_path / "data" / "mail"))


def test_the_sink_takes_what_services_send_until_they_have_stopped() -> None:
    sink = received.component()
    assert (sink.tier, sink.ports) == (Tier.BACKEND, (ports.SMTP, ports.MAIL_HTTP))
