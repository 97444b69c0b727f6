"""Follows the file of flags: a thread that looks twice a second whether it has changed."""

import logging
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from openfeature import api
from openfeature.evaluation_context import EvaluationContext
from openfeature.event import ProviderEventDetails
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from chassis.faults._flags import Flag, FlagsBroken, read_flags
from chassis.faults._provider import FileProvider
from chassis.faults._state import DOMAIN, STATE

LOOK_EVERY_S: Final = 0.5

_log = logging.getLogger("chassis.faults")
_watching: "Watch | None" = None


class Watch:
    """What the file says holds from the next `look` on; `attributes` are compared with a flag's `when`."""

    def __init__(self, path: Path, attributes: Mapping[str, str]) -> None:
        self._path = path
        self._attributes = attributes
        self._provider = FileProvider()
        self._seen: tuple[int, ...] | None = ()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="faults", daemon=True)
        api.set_provider(self._provider, DOMAIN)
        STATE.context = EvaluationContext(attributes=dict(attributes))

    def start(self) -> None:
        """The flags hold when this returns; later changes within LOOK_EVERY_S."""
        self.look()
        self._thread.start()

    def stop(self) -> None:
        """All are off afterwards."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self._apply({})

    def look(self) -> None:
        """Read the file if it has changed."""
        seen = _signature(self._path)
        if seen == self._seen:
            return
        self._seen = seen
        try:
            flags = read_flags(self._path)
        except FlagsBroken as error:
            _log.error("the file of faults is broken: all of them are off (%s: %s)", self._path, error)
            flags = {}
        self._apply(flags)

    def _apply(self, flags: Mapping[str, Flag]) -> None:
        """Nothing of it is logged: whoever practises (./stack drill --hide) must not read the answer."""
        self._provider.flags = flags
        ours = (name for name, flag in flags.items() if flag.is_on and flag.is_for(self._attributes))
        STATE.switch(frozenset(ours))
        self._provider.emit_provider_configuration_changed(ProviderEventDetails(flags_changed=[*flags]))

    def _run(self) -> None:
        while not self._stop.wait(LOOK_EVERY_S):
            try:
                self.look()
            except Exception:
                _log.exception("a fault could not be switched")


def watch() -> None:
    """Follow the file that FAULTS_FILE names; without it nothing is read and no thread runs.

    Called where a service is made, after any fork. A later call in the same process changes nothing.
    """
    global _watching
    path = os.environ.get("FAULTS_FILE")
    if path and _watching is None:
        _watching = Watch(Path(path), _own_attributes())
        _watching.start()


def _own_attributes() -> dict[str, str]:
    """As this process calls itself in its telemetry: service.name, service.version, service.instance.id …"""
    provider = trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider):
        return {}
    return {name: str(value) for name, value in provider.resource.attributes.items()}


def _signature(path: Path) -> tuple[int, ...] | None:
    """Changes with the file: its inode too, so that two writes within one tick of the clock are two."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ino, status.st_size
