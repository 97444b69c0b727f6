"""No line of code: `OTEL_PYTHON_DISTRO=glasshouse opentelemetry-instrument <command>` is enough."""

import functools
import os
from collections.abc import Collection
from importlib.metadata import EntryPoint
from typing import Any, Final

from opentelemetry.instrumentation.distro import BaseDistro  # type: ignore[attr-defined]
from opentelemetry.instrumentation.instrumentor import BaseInstrumentor  # type: ignore[attr-defined]

from glasshouse_telemetry._resource import describe_service, name_of
from glasshouse_telemetry.export.otel_api import start_otel_signals
from glasshouse_telemetry.export.pushes import start_log_lines
from glasshouse_telemetry.libraries import observe_libraries
from glasshouse_telemetry.logs.handler import (
    add_opentelemetry_fields,
    let_the_app_configure_logging,
    start_logging,
)
from glasshouse_telemetry.spans.provider import provider_for

NAME: Final = "glasshouse"
# What this library observes itself. The stock instrumentation of the same would make each span twice.
_OURS_INSTEAD: Final = frozenset({"flask", "wsgi", "requests", "urllib3", "sqlalchemy", "logging"})
_STOCK: Final = "_telemetry_stock_init"


class Distro(BaseDistro):  # type: ignore[misc]
    """Chooses our configurator; leaves out stock instrumentations that would observe things twice."""

    def _configure(self, **kwargs: Any) -> None:
        os.environ.setdefault("OTEL_PYTHON_CONFIGURATOR", NAME)

    def load_instrumentor(self, entry_point: EntryPoint, **kwargs: Any) -> None:
        if entry_point.name not in _OURS_INSTEAD:
            super().load_instrumentor(entry_point, **kwargs)


class Configurator:
    """Sets up logging and the tracer provider as `instrument()` does."""

    def configure(self, **kwargs: Any) -> None:
        resource = describe_service()
        let_the_app_configure_logging()
        add_opentelemetry_fields()
        start_log_lines(resource)
        start_logging(name_of(resource))
        provider_for(resource)
        start_otel_signals(resource)
        observe_libraries()


class Instrumentor(BaseInstrumentor):  # type: ignore[misc]
    """Instruments every Flask app when it is made, also those of subclasses."""

    def instrumentation_dependencies(self) -> Collection[str]:
        return ("flask >= 3.1",)

    def _instrument(self, **kwargs: Any) -> None:
        from flask import Flask

        from glasshouse_telemetry.flask.instrument import instrument_by_environment

        stock = Flask.__init__

        @functools.wraps(stock)
        def init(app: Flask, *args: Any, **kwargs: Any) -> None:
            stock(app, *args, **kwargs)
            instrument_by_environment(app)

        setattr(init, _STOCK, stock)
        Flask.__init__ = init  # type: ignore[assignment, method-assign]

    def _uninstrument(self, **kwargs: Any) -> None:
        from flask import Flask

        Flask.__init__ = getattr(Flask.__init__, _STOCK)  # type: ignore[method-assign]
