"""Mail servers that encrypt and want a password, as those in the wild do."""

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from apps.notifications.mail_server import MailServer
from apps.notifications.notification import MailFailed
from apps.notifications.smtp import SmtpMailer
from tests.installed import require
from tests.integration.notifications.shop import free_port

REQUEST = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"


class Inbox:
    def __init__(self) -> None:
        self.mails: list[bytes | str | None] = []
        self.was_private: list[bool] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert server.transport is not None
        self.mails.append(envelope.content)
        self.was_private.append(server.transport.get_extra_info("sslcontext") is not None)
        return "250 OK"

    def check(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        is_right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"shop", b"p:w")
        return AuthResult(success=is_right, handled=is_right)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of localhost, signed by itself, with its key."""
    require(None if shutil.which("openssl") else "openssl is not installed (apt-get install openssl)")
    folder = tmp_path_factory.mktemp("certificate")
    names = ("-addext", "subjectAltName=DNS:localhost", "-keyout", "key.pem", "-out", "certificate.pem")
    subprocess.run(["openssl", *REQUEST.split(), *names], cwd=folder, check=True, capture_output=True)
    file = folder / "localhost.pem"
    file.write_bytes((folder / "key.pem").read_bytes() + (folder / "certificate.pem").read_bytes())
    return file


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))


@contextmanager
def running(inbox: Inbox, **options: Any) -> Iterator[int]:
    controller = Controller(inbox, "127.0.0.1", free_port(), server_hostname="mail", **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def context(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def send(url: str) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"] = "shop@example.com", "ada@example.com"
    mail.set_content("Hello Ada\n")
    SmtpMailer(MailServer.from_url(url), 5.0).send(mail)


def test_what_the_server_offers_to_encrypt_is_encrypted(certificate: Path, trusted: None) -> None:
    inbox = Inbox()
    with running(inbox, tls_context=context(certificate)) as port:
        send(f"smtp://localhost:{port}")
    assert inbox.was_private == [True]


def test_a_server_may_want_encryption_from_the_first_byte(certificate: Path, trusted: None) -> None:
    inbox = Inbox()
    with running(inbox, ssl_context=context(certificate)) as port:
        send(f"smtps://localhost:{port}")
    assert inbox.was_private == [True]


@pytest.mark.parametrize(("scheme", "option"), [("smtp", "tls_context"), ("smtps", "ssl_context")])
def test_a_server_that_nobody_vouches_for_gets_nothing(certificate: Path, scheme: str, option: str) -> None:
    inbox = Inbox()
    with (
        running(inbox, **{option: context(certificate)}) as port,
        pytest.raises(MailFailed, match="mail: SSLCertVerificationError"),
    ):
        send(f"{scheme}://localhost:{port}")
    assert inbox.mails == []


def test_who_has_the_password_may_send(certificate: Path, trusted: None) -> None:
    inbox = Inbox()
    options = {"auth_required": True, "auth_callback": None, "authenticator": inbox.check}
    with running(inbox, tls_context=context(certificate), **options) as port:
        with pytest.raises(MailFailed, match="mail: SMTPSenderRefused 530"):
            send(f"smtp://localhost:{port}")
        with pytest.raises(MailFailed, match="mail: SMTPAuthenticationError 535"):
            send(f"smtp://shop:wrong@localhost:{port}")
        send(f"smtp://shop:p%3Aw@localhost:{port}")
    assert inbox.was_private == [True]
