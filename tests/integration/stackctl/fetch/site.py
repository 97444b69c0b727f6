"""A site with release archives on a random port, which can misbehave in all the ways that sites do."""

import hashlib
import io
import random
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from stackctl.fetch.releases import Unit
from tests.unit.stackctl.fetch.samples import program


class Site(ThreadingHTTPServer):
    """Serves `files`. A path in one of the other collections is answered with that misfortune instead."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {"": b"a front page"}
        self.moved: dict[str, str] = {}
        self.cut_off: set[str] = set()
        self.hanging: set[str] = set()
        self.asked: list[tuple[str, str | None]] = []
        self.closing = threading.Event()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def publish(self, unit: Unit, archive: bytes | None = None, checksum_of: bytes | None = None) -> bytes:
        """Put a release's archive and checksums there; `checksum_of`: other bytes that the checksum is of."""
        content = archive if archive is not None else packed(unit)
        digest = hashlib.sha256(checksum_of if checksum_of is not None else content).hexdigest()
        self.files[archive_path(unit)] = content
        self.files[checksums_path(unit)] = f"{digest} *{unit.archive.name}\n".encode()
        return content

    def requests_for(self, path: str) -> list[str | None]:
        """The Range header of each request for a path."""
        return [asked_range for asked, asked_range in self.asked if asked == path]


class _Handler(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        path = self.path.strip("/")
        asked_range = self.headers.get("Range")
        self.server.asked.append((path, asked_range))
        if path in self.server.moved:
            self.send_response(302)
            self.send_header("Location", f"{self.server.address}/{self.server.moved[path]}")
            self.end_headers()
        elif path in self.server.files:
            self._send(path, self.server.files[path], asked_range)
        else:
            self.send_error(404)

    def _send(self, path: str, content: bytes, asked_range: str | None) -> None:
        start = int(asked_range.removeprefix("bytes=").rstrip("-")) if asked_range else 0
        if start and start >= len(content):
            self.send_error(416)
            return
        content = content[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        interrupted = path in self.server.hanging | self.server.cut_off
        self.wfile.write(content[: len(content) // 2] if interrupted else content)
        self.wfile.flush()
        if path in self.server.hanging:
            self.server.closing.wait()

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def running_site() -> Iterator[Site]:
    with Site() as site:
        thread = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield site
        site.closing.set()
        site.shutdown()
        thread.join()


def archive_path(unit: Unit) -> str:
    return f"{unit.archive.folder}/{unit.archive.name}"


def checksums_path(unit: Unit) -> str:
    return f"{unit.archive.folder}/{unit.archive.checksums}"


def packed(unit: Unit, text: str | None = None) -> bytes:
    """An archive with the unit's programs, among other files, as the official ones are."""
    files = {member: (text or program()).encode() for member in unit.archive.members.values()}
    files |= {"LICENSE": random.Random(1).randbytes(300_000)}  # Does not compress, so that it takes chunks.
    return _zip(files) if unit.archive.name.endswith(".zip") else _tar(files)


def _zip(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as box:
        for name, content in files.items():
            box.writestr(name, content)
    return buffer.getvalue()


def _tar(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as box:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            box.addfile(info, io.BytesIO(content))
    return buffer.getvalue()
