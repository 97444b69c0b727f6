"""Official archives from a local site: taken when all is well, else left for a build with a line."""

import socket
import time
from pathlib import Path

import pytest

from stackctl.fetch.cache import Cache
from stackctl.fetch.ensure import acquire
from stackctl.fetch.mirror import Mirror, Patience
from stackctl.fetch.releases import Program, Unit
from tests.integration.stackctl.fetch.site import Site, archive_path, checksums_path, packed
from tests.unit.stackctl.fetch.samples import Readable, program, release

IMPATIENT = Patience(connect=0.5, first_contact=0.5, stall=0.3)


def take(unit: Unit, cache: Cache, site: Site, report: Readable) -> Program:
    return acquire(unit.programs, [unit], cache, Mirror(site.address, IMPATIENT), report)[unit.programs[0]]


@pytest.mark.parametrize("kind", ["tar.gz", "zip"])
def test_a_published_archive_is_taken_with_all_its_programs(
    site: Site, cache: Cache, report: Readable, path: Path, tmp_path: Path, kind: str
) -> None:
    unit = release(tmp_path / "both", programs=("hello", "hellotool"), kind=kind)
    site.publish(unit)
    assert take(unit, cache, site, report).source == "official archive"
    assert cache.holds(unit)
    assert report.text.splitlines()[-1] == "hello, hellotool 1.2.3: official archive, checksum right"


def test_nothing_is_left_of_the_download(
    site: Site, cache: Cache, hello: Unit, report: Readable, path: Path
) -> None:
    site.publish(hello)
    take(hello, cache, site, report)
    assert list((cache.root / "downloads").iterdir()) == []
    assert [folder.name.startswith("hello-1.2.3-") for folder in cache.bin.iterdir()] == [True]


def test_a_redirect_is_followed_as_the_official_site_needs_it(
    site: Site, cache: Cache, hello: Unit, report: Readable, path: Path
) -> None:
    site.files["storage/object"] = site.publish(hello)
    site.moved[archive_path(hello)] = "storage/object"
    assert take(hello, cache, site, report).source == "official archive"


def test_several_archives_are_fetched_and_one_that_is_missing_is_built(
    site: Site, cache: Cache, hello: Unit, report: Readable, go: Path, tmp_path: Path
) -> None:
    other = release(tmp_path / "other", "other", ("other",))
    site.publish(other)
    found = acquire(["hello", "other"], [hello, other], cache, Mirror(site.address, IMPATIENT), report)
    assert {name: program.source for name, program in found.items()} == {
        "hello": "built from modules",
        "other": "official archive",
    }


def test_a_wrong_checksum_is_refused(
    site: Site, cache: Cache, hello: Unit, report: Readable, go: Path
) -> None:
    site.publish(hello, checksum_of=b"something else")
    assert take(hello, cache, site, report).source == "built from modules"
    assert "hello 1.2.3: no official archive: wrong checksum of hello-1.2.3.tar.gz" in report.text
    assert list((cache.root / "downloads").iterdir()) == []


def test_an_archive_that_is_cut_off_is_refused_and_gone_on_with_the_next_time(
    site: Site, cache: Cache, hello: Unit, report: Readable, go: Path, tmp_path: Path
) -> None:
    site.publish(hello)
    site.cut_off.add(archive_path(hello))
    assert take(hello, cache, site, report).source == "built from modules"
    assert "hello 1.2.3: no official archive: cut off after" in report.text

    site.cut_off.clear()
    (hello.source.folder / "go.sum").write_text("changed: what was built does not count", encoding="utf-8")
    assert take(hello, cache, site, report).source == "official archive"
    assert site.requests_for(archive_path(hello)) == [None, "bytes=131072-"]


def test_a_download_that_was_complete_is_not_fetched_again(
    site: Site, cache: Cache, hello: Unit, report: Readable, path: Path
) -> None:
    content = site.publish(hello)
    part = cache.root / "downloads" / "hello-1.2.3-hello-1.2.3.tar.gz.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(content)
    assert take(hello, cache, site, report).source == "official archive"


@pytest.mark.parametrize("missing", [archive_path, checksums_path])
def test_what_is_not_there_is_named(
    site: Site, cache: Cache, hello: Unit, report: Readable, go: Path, missing: object
) -> None:
    assert callable(missing)
    site.publish(hello)
    del site.files[missing(hello)]
    assert take(hello, cache, site, report).source == "built from modules"
    assert f"hello 1.2.3: no official archive: HTTP 404 for {site.address}/{missing(hello)}" in report.text


def test_an_error_page_in_place_of_the_checksums_is_refused(
    site: Site, cache: Cache, hello: Unit, report: Readable, go: Path
) -> None:
    site.publish(hello)
    site.files[checksums_path(hello)] = b"<html>Please sign in to the proxy</html>"
    assert take(hello, cache, site, report).source == "built from modules"
    assert "no official archive: sha256sums.txt does not name hello-1.2.3.tar.gz" in report.text
    assert site.requests_for(archive_path(hello)) == []


def test_an_archive_without_the_program_is_refused(
    site: Site, cache: Cache, hello: Unit, report: Readable, go: Path, tmp_path: Path
) -> None:
    other = release(tmp_path / "other", "hello", ("other",))
    site.publish(hello, archive=packed(other))
    assert take(hello, cache, site, report).source == "built from modules"
    assert "hello-1.2.3.tar.gz is not laid out as expected" in report.text


def test_something_that_is_no_archive_is_refused(
    site: Site, cache: Cache, hello: Unit, report: Readable, go: Path
) -> None:
    site.publish(hello, archive=b"<html>a page with a checksum that is right</html>")
    assert take(hello, cache, site, report).source == "built from modules"
    assert "hello-1.2.3.tar.gz is not laid out as expected" in report.text


def test_an_archive_with_another_version_is_refused(
    site: Site, cache: Cache, hello: Unit, report: Readable, go: Path
) -> None:
    site.publish(hello, archive=packed(hello, program("hello, version 6.6.6")))
    assert take(hello, cache, site, report).source == "built from modules"
    assert "no official archive: hello says that it is 6.6.6" in report.text


def test_a_site_that_hangs_is_left_within_seconds(
    cache: Cache, hello: Unit, report: Readable, go: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=1) as deaf:
        silent = Mirror(f"http://127.0.0.1:{deaf.getsockname()[1]}", IMPATIENT)
        began = time.monotonic()
        found = acquire(["hello"], [hello], cache, silent, report)
    assert time.monotonic() - began < 5
    assert found["hello"].source == "built from modules"
    assert "cannot be reached (no " in report.text


def test_an_archive_that_stops_coming_is_left_within_seconds(
    site: Site, cache: Cache, hello: Unit, report: Readable, go: Path
) -> None:
    site.publish(hello)
    site.hanging.add(archive_path(hello))
    assert take(hello, cache, site, report).source == "built from modules"
    assert "hello 1.2.3: no official archive: no data any more after" in report.text


def test_a_site_that_cannot_be_reached_is_tried_once_for_all(
    cache: Cache, hello: Unit, report: Readable, go: Path, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    other = release(tmp_path / "other", "other", ("other",))
    acquire(["hello", "other"], [hello, other], cache, Mirror(f"http://127.0.0.1:{port}", IMPATIENT), report)
    assert report.text.count("official") == 1
    assert f"official archives: http://127.0.0.1:{port} cannot be reached (no connection)" in report.text


@pytest.mark.parametrize("value", ["", "off"])
def test_the_official_site_can_be_switched_off(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("GLASSHOUSE_MIRROR", value)
    assert Mirror.from_environment() is None


def test_a_mirror_can_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLASSHOUSE_MIRROR", "https://mirror.example/github/")
    mirror = Mirror.from_environment()
    assert mirror is not None
    assert mirror.address == "https://mirror.example/github"
