"""The dead man's switch: an alert that always fires. When it stays away, no other alert would come either."""

import time
from collections.abc import Callable
from email.message import EmailMessage
from threading import Lock
from typing import Final, Protocol

from loguru import logger

from apps.notifications import metrics
from apps.notifications.notification import MailFailed, MailRefused
from apps.notifications.notifications import Mailer

WATCHDOG: Final = "Watchdog"
LOOKED_EVERY_S: Final = 1.0


class Composer(Protocol):
    def of_silence(self, silent_s: float) -> EmailMessage: ...
    def of_return(self, silent_s: float) -> EmailMessage: ...


class Watchdog:
    """NullRecorder counts from the start: alerting that never worked is no better.

    `patience_s` is how long it may last; 0: for ever.
    """

    def __init__(
        self,
        composer: Composer,
        mailer: Mailer,
        patience_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._composer = composer
        self._mailer = mailer
        self._patience_s = patience_s
        self._clock = clock
        self._lock = Lock()
        self._heard_at = clock()
        self._is_missed = False
        metrics.watchdog_silence.set_function(self._silent_s)
        metrics.watchdog_missing.set(0)

    def heard(self, is_firing: bool) -> None:
        """Alertmanager has said that it fires, or that it no longer does: then Prometheus is silent."""
        if not is_firing:
            self._miss()
            return
        with self._lock:
            silent_s, was_missed = self._silent_s(), self._is_missed
            self._heard_at, self._is_missed = self._clock(), False
        if was_missed:
            metrics.watchdog_missing.set(0)
            logger.warning("dead man's switch: alerting works again after {:.0f} s", silent_s)
            self._send(self._composer.of_return(silent_s))

    def look(self) -> float:
        """Once in a while; the seconds until the next time."""
        if self._patience_s and self._silent_s() > self._patience_s:
            self._miss()
        return LOOKED_EVERY_S

    def _miss(self) -> None:
        with self._lock:
            if self._is_missed:
                return
            self._is_missed = True
            silent_s = self._silent_s()
        metrics.watchdog_missing.set(1)
        logger.error("dead man's switch: no word from alerting for {:.0f} s; no alert would come", silent_s)
        self._send(self._composer.of_silence(silent_s))

    def _silent_s(self) -> float:
        return self._clock() - self._heard_at

    def _send(self, mail: EmailMessage) -> None:
        """The line and the metric stand whatever becomes of the mail."""
        try:
            self._mailer.send(mail)
        except (MailFailed, MailRefused) as failure:
            logger.error("dead man's switch: its mail was not sent: {}", failure.reason)
