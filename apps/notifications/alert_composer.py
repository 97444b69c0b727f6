"""From alerts to mails, for those who are on call."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import localtime, parseaddr
from typing import Final
from uuid import uuid4

from apps.notifications.alerting import Alert, Group, Status

_LONGEST_SUBJECT: Final = 200


class AlertMailComposer:
    """`sender` and `recipient` as in a From header."""

    def __init__(self, sender: str, recipient: str) -> None:
        self._sender, self._recipient = _address(sender), _address(recipient)

    def of_group(self, group: Group) -> EmailMessage:
        """The same group in the same state is the same mail: its Message-ID says so."""
        first = group.alerts[0]
        more = f" and {len(group.alerts) - 1} more" if len(group.alerts) > 1 else ""
        subject = f"[{group.status.upper()} {first.severity}] {first.name}: {first.summary}{more}"
        return self._mail(subject, "\n\n".join(map(_described, group.alerts)), group.id)

    def of_silence(self, silent_s: float) -> EmailMessage:
        text = (
            f"There has been no word from alerting for {silent_s:.0f} s: Prometheus, Alertmanager or the way "
            "from there to here is down.\nUntil it is back, no alert comes.\n\n"
            "runbook: docs/runbooks/Watchdog.md\nfirst: ./stack status"
        )
        return self._mail("[FIRING page] Watchdog: alerting is silent", text, str(uuid4()))

    def of_return(self, silent_s: float) -> EmailMessage:
        text = f"Alerting works again, after {silent_s:.0f} s of silence."
        return self._mail("[RESOLVED page] Watchdog: alerting works again", text, str(uuid4()))

    def _mail(self, subject: str, text: str, mail_id: str) -> EmailMessage:
        mail = EmailMessage()
        mail["From"], mail["To"] = self._sender, self._recipient
        mail["Subject"] = _one_line(subject)
        mail["Date"] = localtime()
        mail["Message-ID"] = f"<{mail_id}@{self._sender.domain}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(text + "\n")
        return mail


def _described(alert: Alert) -> str:
    state = "" if alert.status is Status.FIRING else " (over)"
    lines = [f"{alert.name}{state}: {alert.summary}", alert.description]
    lines += [f"{name}: {link}" for name, link in alert.links]
    return "\n".join([*lines, f"since: {alert.starts_at:%Y-%m-%d %H:%M:%S} UTC"])


def _one_line(text: str) -> str:
    """Labels come from log lines, too: whatever is in them, it is a subject."""
    printable = "".join(each if each.isprintable() else " " for each in text)
    return " ".join(printable.split())[:_LONGEST_SUBJECT]


def _address(text: str) -> Address:
    name, address = parseaddr(text)
    return Address(name, addr_spec=address)
