"""A mail server that delivers nothing: what it accepts is on disk, for `./stack mail` to show.

    python -m stackctl.mail.sink --folder .stack/data/mail

Takes mails from everybody for everybody, so it listens on the loopback address unless told otherwise.
"""

import argparse
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from stackctl import ports
from stackctl.mail.mailbox import Mailbox

LARGEST_MAIL = 1024 * 1024


class Intake:
    """What aiosmtpd asks when a mail has come."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Its answer makes us responsible for the mail, so it waits for the disk."""
        text = envelope.content if isinstance(envelope.content, bytes) else b""
        try:
            self._mailbox.store(envelope.mail_from or "", envelope.rcpt_tos, text)
        except OSError as error:
            return f"452 4.3.1 Cannot store it now: {error.strerror}"
        return "250 2.0.0 Stored"


class Health(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/healthz" else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """No access log: `up` asks many times."""


@contextmanager
def receiving(mailbox: Mailbox, host: str, port: int) -> Iterator[None]:
    """A server on a thread of its own, from here to the end of the block."""
    controller = Controller(
        Intake(mailbox),
        host,
        port,
        server_hostname="mail",  # the default asks the DNS
        data_size_limit=LARGEST_MAIL,
        enable_SMTPUTF8=True,
        ident="Glasshouse",
    )
    controller.start()
    try:
        yield
    finally:
        controller.stop()


def main() -> None:
    options = _parser().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with receiving(Mailbox(options.folder, options.keep), options.host, options.smtp_port):
        ThreadingHTTPServer((options.host, options.http_port), Health).serve_forever()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m stackctl.mail.sink", description=__doc__.partition("\n")[0])
    parser.add_argument("--folder", type=Path, required=True, help="where the mails go, one .eml each")
    parser.add_argument("--keep", type=int, default=10_000, help="mails; the oldest go first (%(default)s)")
    parser.add_argument("--host", default=ports.HOST, help="address to listen on (%(default)s)")
    parser.add_argument("--smtp-port", type=int, default=ports.SMTP, help="%(default)s")
    parser.add_argument("--http-port", type=int, default=ports.MAIL_HTTP, help="for /healthz (%(default)s)")
    return parser


if __name__ == "__main__":
    main()
