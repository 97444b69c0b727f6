"""Users, notifications, the broker between them and the mail sink: real processes that come and go."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import requests

from chassis.events import broker_from_url
from stackctl.mail import mailbox
from stackctl.mail.mailbox import Mail
from stackctl.paths import ROOT
from stackctl.system.polling import NotYet, poll_until
from tests.integration.gateway.processes import ServiceProcess

QUEUE = "notifications"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        return int(unused.getsockname()[1])


class MailSink:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self._http_port = free_port(), free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        options = ["--folder", str(self.folder), "--smtp-port", str(self.port)]
        options += ["--http-port", str(self._http_port)]
        self._process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", sys.executable, "-m", "stackctl.mail.sink", *options], cwd=ROOT
        )
        poll_until(self._is_ready, "the mail sink")

    def _is_ready(self) -> bool | NotYet:
        try:
            return requests.get(f"http://127.0.0.1:{self._http_port}/healthz", timeout=1).ok
        except requests.RequestException as error:
            return NotYet(type(error).__name__)

    def end(self, with_signal: signal.Signals = signal.SIGTERM) -> int:
        """Its exit code; that of a process that does not run is 0."""
        if self._process is None:
            return 0
        self._process.send_signal(with_signal)
        code, self._process = self._process.wait(timeout=10), None
        return code

    def mails(self) -> list[Mail]:
        return [mailbox.read(path) for path in mailbox.files(self.folder)]


class Shop:
    def __init__(self, folder: Path) -> None:
        broker_url = f"sqlite:///{folder}/broker/broker.db"
        self.broker = broker_from_url(broker_url)
        self.sink = MailSink(folder / "mail")
        self.users = ServiceProcess("users", folder, BROKER_URL=broker_url, SEED_DATA="false")
        self.notifications = ServiceProcess(
            "notifications",
            folder,
            BROKER_URL=broker_url,
            USERS_URL=self.users.url,
            SMTP_URL=f"smtp://127.0.0.1:{self.sink.port}",
        )

    def open(self) -> None:
        """Before the first customer the queue is there: what nobody waits for is told to nobody."""
        self.broker.declare(QUEUE, ["user_events", "order_events"])
        for service in (self.users, self.notifications):
            service.start()
        self.sink.start()
        for service in (self.users, self.notifications):
            service.wait_until_ready()

    def close(self) -> None:
        for service in (self.users, self.notifications):
            service.kill()
            service.wait()
        self.sink.end()
        self.broker.close()

    def register(self, name: str) -> requests.Response:
        body = {"email": f"{name}@example.com", "name": name.title(), "password": "correct horse"}
        answer = requests.post(f"{self.users.url}/users", json=body, timeout=10)
        assert answer.status_code == 201, answer.text
        return answer

    def restart_notifications(self, with_signal: signal.Signals = signal.SIGKILL) -> None:
        self.notifications.kill(with_signal)
        self.notifications.wait()
        self.notifications.start()

    def wait_for_mails(self, number: int) -> list[Mail]:
        """Until so many different ones have come."""

        def all_have_come() -> list[Mail] | NotYet:
            mails = self.sink.mails()
            return mails if len(mails) >= number else NotYet(f"{len(mails)} mails")

        return poll_until(all_have_come, f"{number} mails", timeout=60)

    def wait_until_settled(self) -> None:
        def is_settled() -> bool | NotYet:
            depth = self.broker.stats(QUEUE).depth
            return NotYet(f"{depth} messages") if depth else True

        poll_until(is_settled, f"the end of {QUEUE}", timeout=60)

    def records(self) -> list[dict[str, str]]:
        answer = requests.get(f"{self.notifications.url}/notifications?limit=100", timeout=10)
        found: list[dict[str, str]] = answer.json()["items"]
        return found
