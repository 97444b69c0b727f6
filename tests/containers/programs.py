"""docker compose, built from its Go module as the backends are, into the same cache."""

from pathlib import Path

from rich.console import Console

from stackctl.fetch.cache import Cache
from stackctl.fetch.ensure import acquire
from stackctl.fetch.progress import Report
from stackctl.fetch.releases import Archive, Source, Unit

_VERSION = "5.5.0"

COMPOSE = Unit(
    name="compose",
    version=_VERSION,
    programs=("cmd",),  # the package's name
    archive=Archive(folder="", name="", checksums="", members={}),
    source=Source(
        folder=Path(__file__).parent / "compose",
        packages=("github.com/docker/compose/v5/cmd",),
        stamp=f"github.com/docker/compose/v5/internal.Version=v{_VERSION}",
        gigabytes=2,
        cpu_seconds=100,
    ),
)


def compose() -> Path:
    with Report(Console(stderr=True)) as report:
        return acquire(["cmd"], [COMPOSE], Cache.of_user(), None, report)["cmd"].path


def plugged_in(folder: Path) -> Path:
    """A configuration folder of the docker command in which `docker compose` is this program."""
    plugins = folder / "cli-plugins"
    plugins.mkdir(parents=True)
    (plugins / "docker-compose").symlink_to(compose())
    return folder
