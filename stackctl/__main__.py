"""Run as `python -m stackctl`, which is what ./stack does."""

from stackctl.cli import app
from stackctl.interrupts import raise_when_terminated

if __name__ == "__main__":
    raise_when_terminated()
    app(prog_name="./stack")
