"""Injects or undoes a fault from inside a container that has files and queues in reach.

`python -m stackctl.drills.container_entrypoint WHAT NAME FAULT`
"""

import argparse
import json
import sys

from stackctl.drills.fault_types import KINDS
from stackctl.errors import StackError


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m stackctl.drills.container_entrypoint", description=__doc__
    )
    parser.add_argument("what", choices=("inject", "undo"))
    parser.add_argument("drill")
    parser.add_argument("fault", type=json.loads, help="as in drills/*.yml, in JSON")
    options = parser.parse_args()
    fields = {name: value for name, value in options.fault.items() if name != "kind"}
    injection = KINDS[options.fault["kind"]](**fields)
    try:
        injection.inject(options.drill, owner=None) if options.what == "inject" else injection.undo(
            options.drill
        )
    except StackError as error:
        sys.exit(f"{error.message}\n{error.hint or ''}")


if __name__ == "__main__":
    main()
