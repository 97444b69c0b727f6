"""The neighbours of notifications, without their services: users, and mail servers of every temper."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Event, Thread

from apps.notifications.notification import Record, Search
from apps.users.client import Contact
from chassis.paging import Page, PageRequest

ADA = Contact(email="ada.secret@example.com", name="Ada Secretname")


@dataclass
class FakeContacts:
    """Everybody is Ada, but for those who are gone."""

    gone: set[str] = field(default_factory=set)
    failure: Exception | None = None
    contact_of_all: Contact = field(default_factory=lambda: ADA)

    def contact(self, user_id: str) -> Contact | None:
        if self.failure is not None:
            raise self.failure
        return None if user_id in self.gone else self.contact_of_all


@dataclass
class FakeMailer:
    """`failures` are used up one by one: a mail is not taken, or is (None). It waits until it `answers`."""

    failures: list[Exception | None] = field(default_factory=list)
    sent: list[EmailMessage] = field(default_factory=list)
    asked: Event = field(default_factory=Event)
    answers: Event = field(default_factory=Event)

    def __post_init__(self) -> None:
        self.answers.set()

    def send(self, mail: EmailMessage) -> None:
        self.asked.set()
        assert self.answers.wait(10)
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise failure
        self.sent.append(mail)

    @property
    def subjects(self) -> list[str]:
        return [mail["Subject"] for mail in self.sent]


@dataclass
class MemoryRepository:
    records: dict[str, Record] = field(default_factory=dict)
    reports: list[Callable[[], None]] = field(default_factory=list)

    def has(self, notification_id: str) -> bool:
        return notification_id in self.records

    def add(self, record: Record) -> None:
        self.records[record.id] = record

    def search(self, search: Search, request: PageRequest) -> Page[Record]:
        found = list(self.records.values())
        return Page(found, request.page, request.limit, len(found))

    def when_committed(self, report: Callable[[], None]) -> None:
        self.reports.append(report)

    def commit(self) -> None:
        while self.reports:
            self.reports.pop(0)()


HANGS = "(nothing)"
HANGS_UP = "(hangs up)"


class ScriptedMailServer:
    """Answers each command as the script says ("RCPT": "450 later"), and "250 fine" where it says nothing.

    "." stands for the end of a mail, "" for the greeting. Before each answer it rests for `slow_s`.
    """

    def __init__(self, script: Mapping[str, str], slow_s: float) -> None:
        self._slow_s = slow_s
        self._script = {"": "220 scripted", "DATA": "354 go on", "QUIT": "221 bye", **script}
        self.commands: list[str] = []
        self.mails: list[bytes] = []
        self.port = 0
        self._closing = Event()

    def hurry(self) -> None:
        self._closing.set()

    def answer(self, command: str) -> str:
        return self._script.get(command, "250 fine")

    def talk(self, handler: StreamRequestHandler) -> None:
        if not self._say(handler, ""):
            return
        for line in handler.rfile:
            command = line.decode().strip()
            self.commands.append(command)
            verb = command[:4].upper()
            if not self._say(handler, verb) or verb == "QUIT":
                return
            if verb == "DATA" and self.answer("DATA").startswith("354"):
                self.mails.append(b"".join(iter(handler.rfile.readline, b".\r\n")))
                if not self._say(handler, "."):
                    return

    def _say(self, handler: StreamRequestHandler, command: str) -> bool:
        answer = self.answer(command)
        self._closing.wait(self._slow_s)
        if answer == HANGS:
            handler.rfile.read()  # until the other side has had enough
        elif answer != HANGS_UP:
            with suppress(OSError):  # the other side may have had enough
                handler.wfile.write(f"{answer}\r\n".encode())
                return True
        return False


@contextmanager
def mail_server(
    script: Mapping[str, str] | None = None, slow_s: float = 0.0, host: str = "127.0.0.1"
) -> Iterator[ScriptedMailServer]:
    """On a port of its own while the block lasts."""
    scripted = ScriptedMailServer(script or {}, slow_s)

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            scripted.talk(self)

    with ThreadingTCPServer((host, 0), Handler) as server:
        scripted.port = server.server_address[1]
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield scripted
        finally:
            scripted.hurry()
            server.shutdown()
            thread.join()
