"""Observes the Flask apps of a program that knows nothing of this library, beside its own console and logs.

The folder is on PYTHONPATH of a program that `./stack run` starts: `sitecustomize.py` calls `observe`.
Nothing is set up before the first app is made, so that a program may still configure OpenTelemetry itself.
"""

from typing import Any, Final

from opentelemetry.sdk.resources import Resource

from glasshouse_telemetry._exit import at_exit
from glasshouse_telemetry._resource import describe_service, name_of
from glasshouse_telemetry._safe_call import safe_call
from glasshouse_telemetry.export.destinations import otlp_sender
from glasshouse_telemetry.export.log_lines import LogLineQueue
from glasshouse_telemetry.libraries.imports import when_imported
from glasshouse_telemetry.logs.output import output

_FIRST_FLASK: Final = (3, 1)


def observe() -> None:
    """Observe every Flask app of this process. Its access lines are pushed; all else is printed as ever."""
    when_imported("flask", _observe_flask)


def _observe_flask() -> None:
    safe_call(_wrap_flask)


def _wrap_flask() -> None:
    import functools
    from importlib.metadata import version

    from flask import Flask

    if tuple(int(part) for part in version("flask").split(".")[:2]) < _FIRST_FLASK:
        raise RuntimeError(f"Flask {version('flask')} is not observed: Flask 3.1 or newer is")
    stock = Flask.__init__

    @functools.wraps(stock)
    def init(app: Flask, *args: Any, **kwargs: Any) -> None:
        stock(app, *args, **kwargs)
        safe_call(_instrument, app)

    Flask.__init__ = init  # type: ignore[assignment, method-assign]


def _instrument(app: Any) -> None:
    from glasshouse_telemetry.flask import access_log
    from glasshouse_telemetry.flask.instrument import instrument_by_environment

    if not access_log.is_apart() and (handler := _pushing_handler(describe_service())) is not None:
        access_log.send_apart(handler)
    instrument_by_environment(app, metrics_path=None)


def _pushing_handler(resource: Resource) -> Any:
    """Takes the access lines alone. None when they cannot be pushed."""
    from glasshouse_telemetry.logs.handler import LineHandler
    from glasshouse_telemetry.logs.line import severity_of

    make_sender = otlp_sender("logs")
    if make_sender is None:
        return None
    queue = LogLineQueue(resource, make_sender)
    at_exit(queue.shutdown)
    output.service = name_of(resource)

    class PushingHandler(LineHandler):
        def emit(self, record: Any) -> None:
            try:
                queue.put(severity_of(record.levelno), self._line_of(record))
            except Exception:
                self.handleError(record)

    return PushingHandler()
