"""What is done about alerts: each group of them is a log line, a count and a mail, once.

Alertmanager sends a group again when it had no good answer, and after its repeat interval as a reminder. It
is the queue, too: a mail that fails here fails there, and comes again.
"""

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from enum import StrEnum
from threading import Lock
from typing import Final, Protocol

from loguru import logger

from apps.notifications import metrics
from apps.notifications.notification import MailFailed, MailRefused
from apps.notifications.notifications import Mailer
from apps.notifications.watchdog import WATCHDOG, Watchdog

# The same group, sent again so soon, is a duplicate.
DEDUPLICATION_WINDOW_S: Final = 600.0

# A mail server that does not answer holds up one thread, not all: scrapes and the Watchdog want answers, too.
_WAITS_FOR_ANOTHER_S: Final = 0.5

# Whatever a rule may say: labels of metrics are bounded.
_SEVERITIES: Final = ("page", "ticket")


class Status(StrEnum):
    FIRING = "firing"
    RESOLVED = "resolved"


@dataclass(frozen=True)
class Alert:
    """`links`: what its annotations lead to, by their names."""

    fingerprint: str
    name: str
    status: Status
    severity: str
    service: str
    summary: str
    description: str
    starts_at: datetime
    links: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Group:
    """Alerts that Alertmanager sends together; `key` names the group for as long as there is one."""

    key: str
    status: Status
    alerts: Sequence[Alert]

    @property
    def id(self) -> str:
        """The same for the same alerts in the same state."""
        states = sorted(
            f"{each.fingerprint} {each.status} {each.starts_at.isoformat()}" for each in self.alerts
        )
        return hashlib.sha256("\n".join([self.key, self.status, *states]).encode()).hexdigest()[:32]


class Composer(Protocol):
    def of_group(self, group: Group) -> EmailMessage: ...


class Alerts:
    def __init__(
        self,
        composer: Composer,
        mailer: Mailer,
        watchdog: Watchdog,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._composer = composer
        self._mailer = mailer
        self._watchdog = watchdog
        self._clock = clock
        self._sent_at: dict[str, float] = {}
        self._lock = Lock()

    def receive(self, group: Group) -> None:
        """Raises MailFailed when no mail could be sent: Alertmanager tries again."""
        if all(alert.name == WATCHDOG for alert in group.alerts):
            self._watchdog.heard(is_firing=group.status is Status.FIRING)
            return
        with self._turn():
            if self._is_duplicate(group):
                return
            self._mail(group)
            self._sent_at[group.id] = self._clock()
        for alert in group.alerts:
            _note(alert)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """One group after the other: there may be two Alertmanagers, or one that is impatient."""
        if not self._lock.acquire(timeout=_WAITS_FOR_ANOTHER_S):
            raise MailFailed("mail", "another mail is not yet done")
        try:
            yield
        finally:
            self._lock.release()

    def _is_duplicate(self, group: Group) -> bool:
        now = self._clock()
        self._sent_at = {each: at for each, at in self._sent_at.items() if now - at < DEDUPLICATION_WINDOW_S}
        return group.id in self._sent_at

    def _mail(self, group: Group) -> None:
        try:
            self._mailer.send(self._composer.of_group(group))
        except MailRefused:
            logger.bind(**{"alert.group": group.key}).error(
                "no mail server takes the mail about these alerts"
            )


def _note(alert: Alert) -> None:
    severity = alert.severity if alert.severity in _SEVERITIES else "other"
    metrics.alerts.labels(alert.status, severity).inc()
    fields = {
        "alert.name": alert.name,
        "alert.status": alert.status.value,
        "alert.severity": alert.severity,
        "alert.service": alert.service,
        "alert.description": alert.description,
        **{f"alert.{name}": link for name, link in alert.links},
    }
    logger.bind(**fields).warning("alert {}: {}: {}", alert.status.value, alert.name, alert.summary)
