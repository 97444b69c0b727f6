"""What can be made to go wrong in users, on purpose (docs/drills.md)."""

import logging
from time import perf_counter

from chassis.faults import Fault

# A debugging session that was released: `lines` more log lines each time that a user is read.
LOG_FLOOD = Fault("log-flood", lines=60)

# The service writes no log line any more, not even for its requests, although it answers them.
TELEMETRY_SILENT = Fault("telemetry-silent")


def flood_log(logger: logging.Logger) -> None:
    if (knobs := LOG_FLOOD.current()) is None:
        return
    for number in range(int(knobs["lines"])):
        logger.info("cache entry compared", extra={"entry.number": number, "entry.at": perf_counter()})


def _silence(is_on: bool) -> None:
    logging.disable(logging.CRITICAL if is_on else logging.NOTSET)


TELEMETRY_SILENT.when_switched(_silence)
