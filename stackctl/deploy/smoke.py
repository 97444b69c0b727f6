"""A few requests of our own to a new instance, on its own port, before anybody else's."""

import statistics
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import requests

from stackctl.errors import StackError
from stackctl.settings import credentials

OK = requests.codes.ok

# What each service is asked: something that reads its database, and its own description.
PATHS: Mapping[str, Sequence[str]] = {
    "users": ("/users?limit=3", "/openapi.json"),
    "products": ("/products?limit=3", "/products?sort=price_asc&limit=3", "/openapi.json"),
    "orders": ("/orders?limit=3", "/openapi.json"),
}
# They also warm it up, on all its threads: it is slow at first, and that is not what it is judged for.
ROUNDS = 40
AT_ONCE = 8


@dataclass(frozen=True)
class Smoke:
    """`failures` says of each answer that was not 200, which."""

    requests: int
    median_ms: float
    failures: tuple[str, ...]

    def require_at_most(self, share: float) -> None:
        """Raise when a larger share than this has failed."""
        if len(self.failures) > share * self.requests:
            raise StackError(
                f"the smoke test failed: {len(self.failures)} of {self.requests} requests.",
                f"The first: {self.failures[0]}",
            )


def smoke_test(service: str, address: str) -> Smoke:
    urls = [f"http://{address}{path}" for _ in range(ROUNDS) for path in PATHS[service]]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(_ask, urls))
    failures = tuple(failure for _, failure in answers if failure)
    return Smoke(len(answers), statistics.median(seconds for seconds, _ in answers) * 1000, failures)


def _ask(url: str) -> tuple[float, str]:
    """Seconds, and what was wrong."""
    began = time.monotonic()
    try:
        response = requests.get(url, headers=credentials.service_headers(), timeout=5)
    except requests.RequestException as error:
        return time.monotonic() - began, f"{url} did not answer ({type(error).__name__})"
    id_ = response.headers.get("X-Request-ID", "")
    wrong = f"{url} answered {response.status_code} (request_id {id_})" if response.status_code != OK else ""
    return time.monotonic() - began, wrong
