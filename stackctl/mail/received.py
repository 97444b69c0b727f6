"""The mail sink as a part of the stack, and what it has received, for people and for programs."""

import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from stackctl import ports
from stackctl.errors import StackError
from stackctl.mail import mailbox
from stackctl.mail.mailbox import Mail
from stackctl.paths import data_dir
from stackctl.run.components import Component
from stackctl.system.terminal import visible

# Of W3C Trace Context.
_TRACE = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-")
_SHOWN_HEADERS = ("From", "To", "Subject", "Date", "Message-ID", "traceparent")


def folder() -> Path:
    return data_dir("mail")


def component() -> Component:
    """A backend: it takes the last mails of the services that `down` stops before it."""
    return Component(
        name="mail",
        argv=(sys.executable, "-m", "stackctl.mail.sink", "--folder", str(folder())),
        ready_url=ports.url(ports.MAIL_HTTP, "/healthz"),
        ports=(ports.SMTP, ports.MAIL_HTTP),
        source="this repository",
    )


def show_list(console: Console, most: int, as_json: bool) -> None:
    """The last mails, the newest last."""
    paths = mailbox.files(folder())
    mails = [mailbox.read(path) for path in paths[-most:]]
    if as_json:
        print(json.dumps([_summary(mail) for mail in mails], indent=2))
    elif mails:
        console.print(_table(mails, _shortest([path.stem for path in paths])))
        console.print(f"{len(mails)} of {len(paths)} mails. Read one: ./stack mail ID", style="dim")
    else:
        console.print("No mail has come yet.")


def show_one(console: Console, mail_id: str, as_json: bool) -> None:
    """A mail by its id, or by a beginning of it that no other has."""
    mail = mailbox.read(_find(mail_id))
    headers = {name: str(mail.message[name]) for name in _SHOWN_HEADERS if mail.message[name]}
    if as_json:
        print(json.dumps({**_summary(mail), "headers": headers, "text": mail.text}, indent=2))
        return
    for name, value in headers.items():
        console.print(Text(f"{name}: ", "dim").append(visible(value), "none"), soft_wrap=True)
    console.print()
    console.print(Text(visible(mail.text, keep="\n\t")), soft_wrap=True)
    if trace := _TRACE.match(str(mail.message["traceparent"])):
        console.print(f"The trace that has sent it: ./stack trace {trace[1]}", style="dim", soft_wrap=True)


def _find(mail_id: str) -> Path:
    paths = {path.stem: path for path in mailbox.files(folder())}
    matching = [mail_id] if mail_id in paths else [each for each in paths if each.startswith(mail_id)]
    if len(matching) != 1:
        problem = "is the beginning of several mails' ids" if matching else "is no mail's id"
        hint = "\n".join(matching[:5]) or "They are listed by: ./stack mail"
        raise StackError(f"{mail_id!r} {problem}.", hint)
    return paths[matching[0]]


def _shortest(ids: Sequence[str]) -> int:
    """How many characters tell these apart: eight or more, for there will be more of them."""
    return next(length for length in range(8, 256) if len({each[:length] for each in ids}) == len(ids))


def _table(mails: Sequence[Mail], id_length: int) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for title in ("time", "to", "subject", "id"):
        table.add_column(title, no_wrap=title in ("time", "id"))
    for mail in mails:
        subject = Text(visible(mail.subject))
        if mail.deliveries > 1:
            subject.append(f"  (delivered {mail.deliveries} times)", "yellow")
        time = mail.received_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        table.add_row(time, Text(visible(", ".join(mail.to))), subject, Text(mail.id[:id_length]))
    return table


def _summary(mail: Mail) -> Mapping[str, object]:
    return {
        "id": mail.id,
        "received_at": mail.received_at.isoformat(),
        "to": mail.to,
        "subject": mail.subject,
        "deliveries": mail.deliveries,
    }
