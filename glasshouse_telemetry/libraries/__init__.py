"""Libraries whose calls are observed from the moment the app imports them: requests, urllib3, SQLAlchemy."""

from collections.abc import Mapping
from functools import partial
from importlib import import_module
from typing import Final

from glasshouse_telemetry._safe_call import safe_call
from glasshouse_telemetry.libraries.http_call import name_peers
from glasshouse_telemetry.libraries.imports import when_imported

_OBSERVED: Final = ("requests", "urllib3", "sqlalchemy")


def observe_libraries(peers: Mapping[str, str] | None = None) -> None:
    """Observe the calls of this process. `peers`: base URLs and the names of the services behind them.

    A library that is imported later is observed from then on; one that is not imported costs nothing.
    """
    name_peers(peers or {})
    for library in _OBSERVED:
        when_imported(library, partial(_observe, library))


def _observe(library: str) -> None:
    """A version of a library that we do not understand is left alone."""
    safe_call(lambda: import_module(f"{__name__}.{library}").observe())
