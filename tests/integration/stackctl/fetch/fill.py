"""Acquires the sample release in its own process: CACHE MODULES MIRROR|off. What it says goes to stdout."""

import signal
import sys
from pathlib import Path

from rich.console import Console

from stackctl.fetch.cache import Cache
from stackctl.fetch.ensure import acquire
from stackctl.fetch.mirror import Mirror
from stackctl.fetch.progress import Report
from tests.unit.stackctl.fetch.samples import release

signal.signal(signal.SIGINT, signal.default_int_handler)
root, modules, address = sys.argv[1:]
mirror = None if address == "off" else Mirror(address)
with Report(Console(file=sys.stdout, width=200)) as report:
    try:
        print(acquire(["hello"], [release(Path(modules))], Cache(Path(root)), mirror, report)["hello"].source)
    except KeyboardInterrupt:
        sys.exit(130)
