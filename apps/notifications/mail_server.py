"""A mail server by its URL, and the way in: connected, encrypted, signed in, within a time."""

import smtplib
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote, urlsplit

PORTS: Final = {"smtp": 25, "smtps": 465}
_ON_THIS_MACHINE: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class MailServer:
    host: str
    port: int
    begins_encrypted: bool = False
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def from_url(cls, url: str) -> "MailServer":
        """Raises ValueError, which does not quote the URL: there may be a password in it."""
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not parts.hostname:
            raise ValueError("SMTP_URL must be smtp://host:port or smtps://host:port")
        port = parts.port or PORTS[parts.scheme]
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        return cls(parts.hostname, port, parts.scheme == "smtps", user, password)


@contextmanager
def connected(server: MailServer, timeout_s: float) -> Iterator[smtplib.SMTP]:
    """`timeout_s` is for everything until the end of the block. Raises OSError and SMTPException."""
    smtp = _open(server, time.monotonic() + timeout_s)
    try:
        _encrypt_and_sign_in(smtp, server)
        yield smtp
        with suppress(smtplib.SMTPException, OSError):
            smtp.quit()  # what was accepted stays accepted, whatever becomes of the goodbye
    finally:
        smtp.close()


class _Bounded(smtplib.SMTP):
    """smtplib's own time-out is for each single wait: a slow server could use it up many times."""

    def __init__(self, host: str, port: int, local_hostname: str, *, deadline: float, **kwargs: Any) -> None:
        self._deadline = deadline
        super().__init__(host, port, local_hostname, timeout=self._left_s(), **kwargs)

    def getreply(self) -> tuple[int, bytes]:
        if self.sock is not None:
            self.sock.settimeout(self._left_s())
        return super().getreply()

    def _left_s(self) -> float:
        return max(0.01, self._deadline - time.monotonic())


class _BoundedEncrypted(_Bounded, smtplib.SMTP_SSL):
    pass


def _open(server: MailServer, deadline: float) -> smtplib.SMTP:
    # The default for the last, our own name, asks the DNS.
    place = (server.host, server.port, "notifications")
    if server.begins_encrypted:
        return _BoundedEncrypted(*place, deadline=deadline, context=ssl.create_default_context())
    return _Bounded(*place, deadline=deadline)


def _encrypt_and_sign_in(smtp: smtplib.SMTP, server: MailServer) -> None:
    smtp.ehlo_or_helo_if_needed()
    is_private = server.begins_encrypted or server.host in _ON_THIS_MACHINE
    if not server.begins_encrypted and smtp.has_extn("starttls"):
        smtp.starttls(context=ssl.create_default_context())
        is_private = True
    if server.user:
        if not is_private:
            raise smtplib.SMTPException("the password would go out in the clear")
        smtp.login(server.user, server.password)
