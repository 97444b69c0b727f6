"""An ordinary log record as the line that LineFormatter makes of it, at a third of the cost."""

import logging
from json.encoder import encode_basestring as quoted
from math import isfinite, modf
from typing import Final

from opentelemetry.trace import get_current_span

from glasshouse_telemetry._current import current_service
from glasshouse_telemetry._request_id import request_id
from glasshouse_telemetry.logs.handler import NOT_FIELDS
from glasshouse_telemetry.logs.line import RESERVED, second, severity_of
from glasshouse_telemetry.logs.output import output

_LONGEST: Final = 8192  # characters; a longer line may have to be cut, which the formatter sees to
_STANDARD_FIELDS: Final = len(vars(logging.makeLogRecord({})))


def line_of(record: logging.LogRecord) -> str | None:
    """None for a record that is not ordinary: with an exception, a stack, fields that are no plain values."""
    if record.exc_info or record.exc_text or record.stack_info or type(record.msg) is not str:
        return None
    message = record.msg % record.args if record.args else record.msg
    fraction, seconds = modf(record.created)
    micros = round(fraction * 1e6)
    if micros >= 1_000_000:
        seconds, micros = seconds + 1, 0
    line = (
        f'{{"timestamp":"{second(int(seconds))}.{micros:06d}Z","severity":"{severity_of(record.levelno)}",'
        f'"message":{quoted(message)},"logger":{quoted(record.name)},'
        f'"service":{quoted(current_service() or output.service)}'
    )
    trace_id, span_id, _, _, _, valid = get_current_span().get_span_context()
    if valid:
        trace, span = trace_id.to_bytes(16, "big").hex(), span_id.to_bytes(8, "big").hex()
        line += f',"trace_id":"{trace}","span_id":"{span}"'
    if (current := request_id()) is not None:
        line += f',"request_id":"{current}"'
    fields = vars(record)
    if len(fields) > _STANDARD_FIELDS:
        for key, value in fields.items():
            if key not in NOT_FIELDS:
                kind = type(value)
                if kind is str:
                    shown = quoted(value)
                elif kind is int and -(2**63) <= value < 2**64:
                    shown = repr(value)
                elif kind is bool:
                    shown = "true" if value else "false"
                elif value is None:
                    shown = "null"
                elif kind is float and isfinite(value):
                    shown = repr(value)
                else:
                    return None
                name = f"extra.{key}" if key in RESERVED else key
                line += f",{quoted(name)}:{shown}"
    return f"{line}}}" if len(line) < _LONGEST else None
