"""The programs: python -m stackctl.compose --help."""

import argparse
import sys
import time
from functools import partial
from pathlib import Path

from stackctl.compose import log_rotation, preparation
from stackctl.errors import StackError
from stackctl.paths import logs_dir
from stackctl.run import databases
from stackctl.run.readiness import answers
from stackctl.settings.saved_options import CONTAINERS
from stackctl.system.interrupts import raise_when_terminated
from stackctl.system.polling import NotYet, poll_until


def main() -> None:
    raise_when_terminated()
    options = _parser().parse_args()
    try:
        options.run(options)
    except StackError as error:
        sys.exit(f"{error.message}\n{error.hint or ''}")
    except KeyboardInterrupt:
        pass  # TERM is how a container is stopped


def _prepare(options: argparse.Namespace) -> None:
    preparation.prepare()


def _databases(options: argparse.Namespace) -> None:
    databases.make_missing(CONTAINERS)


def _wait(options: argparse.Namespace) -> None:
    for url in options.urls:
        poll_until(partial(_answers, url), f"200 from {url}", options.within)


def _answers(url: str) -> bool | NotYet:
    return answers(url) or NotYet("not yet")


def _rotate(options: argparse.Namespace) -> None:
    while True:
        log_rotation.rotate_large(options.folder, options.megabytes * 1_000_000, options.keep)
        time.sleep(options.every)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m stackctl.compose", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    commands.add_parser("prepare", help="make passwords and shared files").set_defaults(run=_prepare)
    commands.add_parser("databases", help="make what PostgreSQL lacks").set_defaults(run=_databases)
    wait = commands.add_parser("wait", help="for images that cannot say themselves that they are ready")
    wait.add_argument("urls", nargs="+", metavar="URL")
    wait.add_argument("--within", type=float, default=120.0, help="seconds for each (%(default)s)")
    wait.set_defaults(run=_wait)
    rotate = commands.add_parser("rotate-logs", help="for as long as it runs")
    rotate.add_argument("--folder", type=Path, default=logs_dir())
    rotate.add_argument("--megabytes", type=float, default=16.0, help="from when a file goes (%(default)s)")
    rotate.add_argument("--keep", type=int, default=4, help="rotated files of each service (%(default)s)")
    rotate.add_argument("--every", type=float, default=10.0, help="seconds (%(default)s)")
    rotate.set_defaults(run=_rotate)
    return parser


if __name__ == "__main__":
    main()
