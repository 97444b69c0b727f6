"""An empty cache, a PATH with nothing of ours on it, and a sample release, for each test."""

import shutil
from pathlib import Path

import pytest

from stackctl.fetch.cache import Cache
from stackctl.fetch.releases import Unit
from tests.unit.stackctl.fetch import samples


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


@pytest.fixture
def report() -> samples.Readable:
    return samples.Readable()


@pytest.fixture
def hello(tmp_path: Path) -> Unit:
    return samples.release(tmp_path / "modules" / "hello")


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on PATH; it has what the scripts of the tests need, and no Go."""
    folder = tmp_path / "path"
    folder.mkdir()
    for tool in ("cat", "cp", "mkdir", "sleep"):
        (folder / tool).symlink_to(shutil.which(tool) or "missing")
    monkeypatch.setenv("PATH", str(folder))
    return folder


@pytest.fixture
def go(path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a fake `go`, which is on PATH; files in it say what it does."""
    monkeypatch.setenv("FAKE_GO", str(path))
    samples.fake_go(path)
    return path
