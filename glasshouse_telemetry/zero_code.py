"""No line of code: `OTEL_PYTHON_DISTRO=glasshouse opentelemetry-instrument <command>` is enough."""

import functools
import os
from collections.abc import Collection
from importlib.metadata import EntryPoint
from typing import Any, Final

from flask import Flask
from opentelemetry.instrumentation.distro import BaseDistro  # type: ignore[attr-defined]
from opentelemetry.instrumentation.instrumentor import BaseInstrumentor  # type: ignore[attr-defined]
from opentelemetry.sdk._configuration import _OTelSDKConfigurator

from glasshouse_telemetry import libraries as _libraries
from glasshouse_telemetry._resource import describe_service, name_of
from glasshouse_telemetry.flask.instrument import instrument
from glasshouse_telemetry.logs.handler import configure_logging
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


class Configurator(_OTelSDKConfigurator):
    """Sets up logging and the tracer provider as `instrument()` does."""

    def _configure(self, **kwargs: Any) -> None:
        resource = describe_service()
        configure_logging(name_of(resource))
        provider_for(resource)
        _libraries.observe()


class Instrumentor(BaseInstrumentor):  # type: ignore[misc]
    """Instruments every Flask app when it is made, also those of subclasses."""

    def instrumentation_dependencies(self) -> Collection[str]:
        return ("flask >= 3.1",)

    def _instrument(self, **kwargs: Any) -> None:
        stock = Flask.__init__

        @functools.wraps(stock)
        def init(app: Flask, *args: Any, **kwargs: Any) -> None:
            stock(app, *args, **kwargs)
            instrument(app)

        setattr(init, _STOCK, stock)
        Flask.__init__ = init  # type: ignore[assignment, method-assign]

    def _uninstrument(self, **kwargs: Any) -> None:
        Flask.__init__ = getattr(Flask.__init__, _STOCK)  # type: ignore[method-assign]
