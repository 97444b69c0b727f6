"""How gunicorn serves the console."""

import runpy
from pathlib import Path

import console

CONFIG = Path(console.__file__).parent / "gunicorn.conf.py"


def test_the_longest_query_fits_into_an_address() -> None:
    """Gunicorn takes 4,094 characters unless told otherwise; the service map's queries are longer."""
    assert runpy.run_path(str(CONFIG))["limit_request_line"] == 0


def test_listens_on_this_machine_only_unless_told_otherwise() -> None:
    assert runpy.run_path(str(CONFIG))["bind"] == "127.0.0.1:8000"
