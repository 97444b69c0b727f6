"""Processes that fill the cache are killed, interrupted and run at the same time; it is whole throughout."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from stackctl.fetch.cache import Cache
from stackctl.fetch.releases import Unit
from stackctl.paths import ROOT
from stackctl.system.polling import poll_until
from tests.integration.stackctl.fetch.site import Site, archive_path

FILL = Path(__file__).with_name("fill.py")

Fill = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def fill(cache: Cache, hello: Unit, go: Path) -> Iterator[Fill]:
    """Start a process that acquires the release; after the test none of them runs, nor their `go`."""
    with ExitStack() as processes:

        def start(mirror: str = "off") -> subprocess.Popen[str]:
            process = processes.enter_context(
                subprocess.Popen(
                    [sys.executable, FILL, cache.root, hello.source.folder, mirror],
                    env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                )
            )
            processes.callback(process.kill)
            return process

        yield start
        (go / "hangs").unlink(missing_ok=True)


def hanging_build(go: Path) -> psutil.Process:
    """Wait until `go build` hangs in the middle; its process."""
    poll_until((go / "is-hanging").exists, "go build to hang")
    return psutil.Process(int(poll_until((go / "is-hanging").read_text, "the pid of go build")))


def installed(cache: Cache) -> list[str]:
    """The releases in the cache, unfinished ones left out."""
    return [folder.name for folder in cache.bin.iterdir() if not folder.name.startswith(".")]


def test_a_killed_build_leaves_nothing_in_the_cache_and_the_next_goes_on(
    fill: Fill, cache: Cache, hello: Unit, go: Path
) -> None:
    (go / "hangs").touch()
    process = fill()
    build = hanging_build(go)
    process.kill()
    process.wait()
    assert installed(cache) == []
    assert (cache.root / "build" / "compiled.txt").exists()
    (go / "hangs").unlink()
    build.wait(10)
    assert fill().communicate()[0].splitlines()[-1] == "built from modules"
    assert cache.holds(hello)
    assert len(list(cache.bin.iterdir())) == 1


def test_ctrl_c_ends_the_build_cleans_up_and_says_that_the_next_goes_on(
    fill: Fill, cache: Cache, hello: Unit, go: Path
) -> None:
    (go / "hangs").touch()
    process = fill()
    build = hanging_build(go)
    process.send_signal(signal.SIGINT)
    said = process.communicate()[0]
    assert process.returncode == 130
    assert "interrupted: the next run goes on with what is compiled so far" in said
    assert not build.is_running()
    assert list(cache.bin.iterdir()) == []


def test_a_second_process_waits_for_the_first_and_builds_nothing_itself(
    fill: Fill, cache: Cache, hello: Unit, go: Path
) -> None:
    (go / "hangs").touch()
    first = fill()
    hanging_build(go)
    second = fill()
    assert second.stdout is not None
    assert second.stdout.readline() == "another ./stack is fetching or building: waiting for it\n"
    (go / "hangs").unlink()
    assert second.communicate()[0].splitlines()[0] == "hello 1.2.3: in the cache (built from modules)"
    first.communicate()
    builds = [
        call for call in (go / "calls").read_text(encoding="utf-8").splitlines() if call.startswith("build")
    ]
    assert len(builds) == 1


def test_a_killed_download_is_gone_on_with(
    fill: Fill, cache: Cache, hello: Unit, go: Path, site: Site
) -> None:
    site.publish(hello)
    site.hanging.add(archive_path(hello))
    process = fill(site.address)
    part = cache.root / "downloads" / "hello-1.2.3-hello-1.2.3.tar.gz.part"
    poll_until(lambda: part.exists() and part.stat().st_size >= 1 << 16, "some of the archive to be written")
    process.kill()
    process.wait()
    assert not cache.holds(hello)
    site.hanging.clear()
    assert fill(site.address).communicate()[0].splitlines()[-1] == "official archive"
    assert site.requests_for(archive_path(hello))[0] is None
    assert str(site.requests_for(archive_path(hello))[1]).startswith("bytes=")
