"""Mails to a mail server: each is a client span and a duration. Nobody's address is in either.

A server's answer is not passed on: it likes to quote the address that it refuses.
"""

import smtplib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Final

from opentelemetry import propagate, trace
from opentelemetry.trace import SpanKind

from apps.notifications import metrics
from apps.notifications.mail_server import MailServer, connected
from apps.notifications.notification import MailFailed, MailRefused, Outcome
from glasshouse_telemetry import exemplar, names

PEER: Final = "mail"


class SmtpMailer:
    """Each mail on a connection of its own. `timeout_s` is for all that it takes."""

    def __init__(self, server: MailServer, timeout_s: float) -> None:
        self._server = server
        self._timeout_s = timeout_s

    def send(self, mail: EmailMessage) -> None:
        with self._observed(mail):
            try:
                with connected(self._server, self._timeout_s) as smtp:
                    smtp.send_message(mail)
            except (smtplib.SMTPException, OSError) as error:
                raise judge(error) from None

    @contextmanager
    def _observed(self, mail: EmailMessage) -> Iterator[None]:
        started = time.perf_counter()
        outcome = Outcome.SENT
        attributes: dict[str, str | int] = {
            names.SERVICE_PEER_NAME: PEER,
            names.SERVER_ADDRESS: self._server.host,
            names.SERVER_PORT: self._server.port,
            "network.protocol.name": "smtp",
            "email.message_id": str(mail["Message-ID"]).strip("<>").partition("@")[0],
        }
        with trace.get_tracer(__name__).start_as_current_span(
            "smtp send", kind=SpanKind.CLIENT, attributes=attributes
        ) as span:
            _add_trace(mail)
            try:
                yield
            except (MailFailed, MailRefused) as failure:
                outcome = Outcome.REFUSED if isinstance(failure, MailRefused) else Outcome.FAILED
                span.set_attribute(names.ERROR_TYPE, failure.reason)
                raise
            finally:
                duration = metrics.smtp_duration.labels(outcome)
                duration.observe(time.perf_counter() - started, exemplar(span))


def judge(error: Exception) -> MailFailed | MailRefused:
    """Final is only what is said of the recipient or of the mail: the rest can be mended on either side."""
    code = _code(error)
    reason = type(error).__name__ + (f" {code}" if code else "")
    is_final = code >= 500 and isinstance(error, smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError)
    return MailRefused(PEER, reason) if is_final else MailFailed(PEER, reason)


def _code(error: Exception) -> int:
    """0 where no answer was the reason."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return max((code for code, _ in error.recipients.values()), default=0)
    return int(error.smtp_code) if isinstance(error, smtplib.SMTPResponseException) else 0


def _add_trace(mail: EmailMessage) -> None:
    """Leads from the mail to the trace that has sent it."""
    headers: dict[str, str] = {}
    propagate.inject(headers)
    if (traceparent := headers.get("traceparent")) is not None:
        mail["traceparent"] = traceparent
