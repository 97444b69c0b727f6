"""Fetching from the site that has the official archives, or from a mirror of it, without ever hanging."""

import os
import threading
from dataclasses import dataclass
from pathlib import Path

import requests

from stackctl.fetch.background import in_turn
from stackctl.fetch.progress import Track

OFFICIAL_SITE = "https://github.com"
_CHUNK = 1 << 16


class Unavailable(Exception):
    """Something cannot be had from the mirror; the message says why in a few words."""


@dataclass(frozen=True)
class Patience:
    """Seconds to wait: for a connection, for the first sign of life (name look-up and all), for bytes."""

    connect: float = 3.0
    first_contact: float = 6.0
    stall: float = 15.0


class Mirror:
    """The site below which archives are, at the paths that they have on GitHub."""

    def __init__(self, address: str = OFFICIAL_SITE, patience: Patience | None = None) -> None:
        self.address = address.rstrip("/")
        self.stopped = threading.Event()
        self._patience = patience or Patience()
        self._down = ""

    @classmethod
    def from_environment(cls) -> "Mirror | None":
        """GLASSHOUSE_MIRROR names another address; empty or "off" means that there is none."""
        address = os.environ.get("GLASSHOUSE_MIRROR", OFFICIAL_SITE)
        return None if address in ("", "off") else cls(address)

    def contact(self) -> None:
        """Find out within seconds whether the site answers; no time-out covers the name look-up."""
        seconds = self._patience.first_contact
        [attempt] = in_turn([lambda: self._get(self.address, seconds)])
        try:
            attempt.result(seconds).close()
        except TimeoutError:
            self._down = "no answer"
            raise Unavailable(self._down) from None

    def text(self, path: str) -> str:
        with self._get(f"{self.address}/{path}", self._patience.stall) as answer:
            _expect(answer, requests.codes.ok)
            try:
                return answer.text
            except requests.RequestException as error:
                raise Unavailable(_reason(error)) from error

    def download(self, path: str, part: Path, track: Track) -> None:
        """Bring a file into `part`, going on from where an interrupted download ended."""
        have = part.stat().st_size if part.exists() else 0
        with self._get(f"{self.address}/{path}", self._patience.stall, start=have) as answer:
            if have and answer.status_code == requests.codes.requested_range_not_satisfiable:
                return  # All of it is there already.
            _expect(answer, requests.codes.ok, requests.codes.partial_content)
            have = have if answer.status_code == requests.codes.partial_content else 0
            length = int(answer.headers.get("Content-Length", 0))
            track.reset(total=have + length if length else None, done=have)
            self._copy(answer, part, "ab" if have else "wb", track)

    def _copy(self, answer: requests.Response, part: Path, mode: str, track: Track) -> None:
        part.parent.mkdir(parents=True, exist_ok=True)
        try:
            with part.open(mode) as file:
                for chunk in answer.iter_content(_CHUNK):
                    file.write(chunk)
                    track.advance(len(chunk))
                    if self.stopped.is_set():
                        raise Unavailable("interrupted")
        except requests.RequestException as error:
            raise Unavailable(f"{_reason(error)} after {track.measure(track.done, track.total)}") from error

    def _get(self, url: str, stall: float, start: int = 0) -> requests.Response:
        if self._down:
            raise Unavailable(self._down)
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
        try:
            return requests.get(url, headers=headers, stream=True, timeout=(self._patience.connect, stall))
        except requests.ConnectionError as error:
            self._down = _reason(error)
            raise Unavailable(self._down) from error
        except requests.RequestException as error:
            raise Unavailable(_reason(error)) from error


def _expect(answer: requests.Response, *statuses: int) -> None:
    if answer.status_code not in statuses:
        raise Unavailable(f"HTTP {answer.status_code} for {answer.url}")


def _reason(error: requests.RequestException) -> str:
    """The class of failure in words; the text of a urllib3 error is a chain of object representations."""
    text = str(error)
    if isinstance(error, requests.ConnectTimeout):
        return "no connection in time"
    if isinstance(error, requests.Timeout) or "timed out" in text:
        return "no data any more"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "cut off"
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate is not trusted"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    return text
