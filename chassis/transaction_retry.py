"""A request whose transaction was lost to another's is begun again, as long as nothing of it was done."""

import logging
import random
import time

from flask import Flask
from flask.typing import ResponseReturnValue

from chassis.database import has_committed
from chassis.errors import TransactionLost

# How long to let the other finish, on average; after the last the client is told to retry later (503).
PAUSES_S = (0.02, 0.1)

logger = logging.getLogger(__name__)


def try_again_when_lost(app: Flask) -> None:
    dispatch = app.dispatch_request

    def dispatch_again() -> ResponseReturnValue:
        for pause_s in PAUSES_S:
            has_committed.set(False)
            try:
                return dispatch()
            except TransactionLost:
                if has_committed.get():
                    raise
                logger.warning("transaction lost to another, trying again")
                time.sleep(pause_s * random.uniform(0.5, 1.5))
        return dispatch()

    app.dispatch_request = dispatch_again  # type: ignore[method-assign]
