"""The names under which a service answers: ALLOWED_HOSTS=shop.example,.shop.example (a dot: all below it).

Without it, under every name: then a page can reach a service that listens on its reader's own machine, by
pointing the page's name there.
"""

import re
from typing import Final

from flask import Flask, request
from werkzeug.exceptions import MisdirectedRequest
from werkzeug.sansio.utils import host_is_trusted

from chassis import environment
from chassis.environment import InvalidSetting

# Asked by machines, which know an address and no name.
_UNDER_EVERY_NAME: Final = frozenset({"/healthz", "/readyz", "/metrics"})
_NAME: Final = re.compile(r"\.?[a-z0-9-]+(\.[a-z0-9-]+)*")


def require(app: Flask) -> None:
    """Of every request; nothing where no names are set."""
    setting = environment.text("ALLOWED_HOSTS").lower()
    names = setting.replace(",", " ").split()
    if not all(map(_NAME.fullmatch, names)):
        raise InvalidSetting(
            "ALLOWED_HOSTS", setting, "names without scheme and port, with commas between them"
        )
    if not names:
        return

    @app.before_request
    def check() -> None:
        if request.path not in _UNDER_EVERY_NAME and not host_is_trusted(request.host.lower(), names):
            raise MisdirectedRequest("This service does not answer under the name that Host gives it.")
