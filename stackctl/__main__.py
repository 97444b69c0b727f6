"""Run as `python -m stackctl`, which is what ./stack does."""

import sys

from stackctl.system.interrupts import INTERRUPTED, raise_when_terminated


def main() -> None:
    raise_when_terminated()
    from stackctl.cli.main import app  # the imports take longest, and Ctrl-C may come meanwhile

    app(prog_name="./stack")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
