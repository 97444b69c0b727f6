"""Mails as files: one .eml each, named by its Message-ID; whole or not there, however its writer dies.

What SMTP knows of a mail beside its text stands as headers above it, as any mail server puts it there.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

DELIVERIES = "X-Deliveries"
_SUFFIX = ".eml"
_LONGEST_NAME = 200


@dataclass(frozen=True)
class Mail:
    """`deliveries`: how often a mail with this Message-ID has come; the last one is what is kept."""

    id: str
    received_at: datetime
    to: tuple[str, ...]
    subject: str
    deliveries: int
    message: EmailMessage

    @property
    def text(self) -> str:
        body = self.message.get_body(("plain", "html"))
        return "" if body is None else str(body.get_content()).replace("\r\n", "\n")


class Mailbox:
    """One process writes to a folder, any number may read. Beyond `keep` mails the oldest are removed."""

    def __init__(self, folder: Path, keep: int = 10_000) -> None:
        self._folder = folder
        self._keep = keep
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for leftover in folder.glob("*.part"):
            leftover.unlink()
        self._names = dict.fromkeys(path.name for path in files(folder))

    def store(self, sender: str, recipients: Sequence[str], text: bytes) -> None:
        """Returns once the mail is on disk. One with the same Message-ID is replaced, and counted."""
        name = file_name(_message_id(text))
        deliveries = 1 + (_deliveries(self._folder / name) if name in self._names else 0)
        self._write(name, _envelope(sender, recipients, deliveries) + text)
        self._names.pop(name, None)
        self._names[name] = None
        while len(self._names) > self._keep:
            oldest = next(iter(self._names))
            (self._folder / oldest).unlink(missing_ok=True)
            del self._names[oldest]

    def _write(self, name: str, content: bytes) -> None:
        part = self._folder / f"{sha256(name.encode()).hexdigest()}.part"
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._folder / name)
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def files(folder: Path) -> list[Path]:
    """The mails of a folder, the oldest first."""
    found = []
    for path in folder.glob(f"*{_SUFFIX}"):
        try:
            found.append((path.stat().st_mtime_ns, path))
        except FileNotFoundError:  # the mailbox was full, and this the oldest
            continue
    return [path for _, path in sorted(found)]


def read(path: Path) -> Mail:
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    return Mail(
        id=path.name.removesuffix(_SUFFIX),
        received_at=datetime.fromtimestamp(path.stat().st_mtime, UTC),
        to=tuple(str(address) for address in message.get_all("Delivered-To", ())),
        subject=str(message["Subject"] or ""),
        deliveries=int(message[DELIVERIES]),
        message=message,
    )


def file_name(message_id: str) -> str:
    """Readable where the id is an ordinary one; safe whatever it is."""
    name = quote(message_id, safe="@+=")
    if len(name) > _LONGEST_NAME:
        name = sha256(message_id.encode()).hexdigest()
    return name + _SUFFIX


def _message_id(text: bytes) -> str:
    given = str(message_from_bytes(text)["Message-ID"] or "").strip().strip("<>")
    return given or f"{uuid4()}@mail"


def _deliveries(path: Path) -> int:
    return int(message_from_bytes(path.read_bytes())[DELIVERIES])


def _envelope(sender: str, recipients: Sequence[str], deliveries: int) -> bytes:
    headers = [
        f"Return-Path: <{sender}>",
        *(f"Delivered-To: {recipient}" for recipient in recipients),
        f"{DELIVERIES}: {deliveries}",
        f"Received: by mail; {format_datetime(datetime.now(UTC))}",
    ]
    return "".join(f"{header}\r\n" for header in headers).encode()
