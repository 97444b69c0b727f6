"""Health checks in the background: an instance that fails them is left out until it is well again."""

import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock, Thread, main_thread

import requests
from opentelemetry.instrumentation.utils import suppress_instrumentation

from chassis.balancing import Instance
from chassis.http_sessions import new_session

logger = logging.getLogger(__name__)

PROBE_TIMEOUT_S = 1.0
PROBES_AT_ONCE = 8


class ReadinessProbe:
    """`GET /readyz`. Nobody's request, so it leaves no trace."""

    def __init__(self, path: str = "/readyz", timeout_s: float = PROBE_TIMEOUT_S) -> None:
        self._path = path
        self._timeout_s = timeout_s
        self._session = new_session(PROBES_AT_ONCE)

    def __call__(self, base_url: str) -> bool:
        with suppress_instrumentation():
            try:
                response = self._session.get(
                    base_url + self._path, timeout=self._timeout_s, allow_redirects=False
                )
            except requests.RequestException:
                return False
        return response.status_code == 200


class HealthChecker:
    """Checks all instances again and again, on a thread of its own once `start` was called."""

    def __init__(
        self,
        instances: Callable[[], Iterable[Instance]],
        probe: Callable[[str], bool],
        interval_s: float = 1.0,
    ) -> None:
        self._instances = instances
        self._probe = probe
        self._interval_s = interval_s
        self._lock = Lock()
        self._started = False
        self._stopped = Event()

    def start(self) -> None:
        """Any number of times, in the process that is to check: a thread does not survive a fork."""
        if self._started:
            return
        with self._lock:
            if not self._started:
                Thread(target=self._run, name="health-checks", daemon=True).start()
                self._started = True

    def stop(self) -> None:
        self._stopped.set()

    def check_all(self, pool: ThreadPoolExecutor) -> None:
        def check(instance: Instance) -> None:
            instance.checked(self._probe(instance.url))

        list(pool.map(check, self._instances()))

    def _run(self) -> None:
        with ThreadPoolExecutor(PROBES_AT_ONCE, "health-check") as pool:
            while not self._stopped.wait(self._interval_s) and main_thread().is_alive():
                try:
                    self.check_all(pool)
                except Exception:  # without this thread, whoever is ill would be left out for ever
                    logger.exception("health checks failed")
