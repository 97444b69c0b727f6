"""Where the services are: versions with weights and instances, from settings or a file that may change.

{"products": {"v1": {"weight": 90, "instances": ["http://products:5002"]},
              "v2": {"weight": 10, "instances": ["http://products-v2:5002"]}}}
"""

import json
import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated

import yaml
from prometheus_client import Gauge
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    field_validator,
)

logger = logging.getLogger(__name__)

last_reload_successful = Gauge(
    "service_registry_last_reload_successful",
    "0 while the registry file is refused and an earlier one in use.",
)
last_reload_successful.set(1)  # without a file, too

# Names become metric labels: their number is bounded here.
MAX_VERSIONS = 8
MAX_INSTANCES = 64
CHECK_INTERVAL_S = 1.0

ServiceName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
VersionName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,30}$")]
# Nothing but where it is: paths and queries are the client's, and a password in it would end in telemetry.
InstanceUrl = Annotated[
    str, StringConstraints(pattern=r"^https?://([A-Za-z0-9._-]+|\[[0-9a-fA-F:]+\])(:[0-9]{1,5})?$")
]


class Version(BaseModel):
    """`weight` is its share of the requests among the versions of the service; 0 is none at all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    weight: float = Field(default=100, ge=0, le=1_000_000, allow_inf_nan=False)
    instances: tuple[InstanceUrl, ...] = Field(max_length=MAX_INSTANCES)

    @field_validator("instances")
    @classmethod
    def _each_once(cls, instances: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(instances)) < len(instances):
            raise ValueError("an instance is named twice")
        return instances


def _usable(versions: "Versions") -> "Versions":
    if not any(version.weight and version.instances for version in versions.values()):
        raise ValueError("no version has both a weight and an instance")
    return versions


Versions = Mapping[str, Version]
Registry = Mapping[str, Versions]

_Versions = Annotated[dict[VersionName, Version], Field(max_length=MAX_VERSIONS), AfterValidator(_usable)]
_registry: TypeAdapter[Registry] = TypeAdapter(dict[ServiceName, _Versions])


class InvalidRegistry(ValueError):
    """What is written there is no registry."""


def parse_registry(text: str, *, as_yaml: bool = False) -> Registry:
    try:
        return _registry.validate_python(yaml.safe_load(text) if as_yaml else json.loads(text))
    except ValidationError as error:
        problems = (f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise InvalidRegistry("; ".join(problems)) from None
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        raise InvalidRegistry(str(error)) from None


class RegistryFile:
    """JSON, or YAML when its name says so; read again when it changes. A refused one changes nothing."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._clock = clock
        self._checked_at = clock()
        self._stamp: tuple[int, int, int] | None = self._changed()
        self._complaint = ""
        self._registry = self._read()

    def current(self) -> Registry:
        """Looks at the file at most once a second. The same object as long as nothing has changed."""
        now = self._clock()
        if now - self._checked_at >= CHECK_INTERVAL_S:
            self._checked_at = now
            self._refresh()
        return self._registry

    def _refresh(self) -> None:
        try:
            stamp = self._changed()
            if stamp == self._stamp:
                return
            self._stamp = stamp
            self._registry = self._read()
        except (OSError, InvalidRegistry) as error:
            self._stamp = self._stamp if isinstance(error, InvalidRegistry) else None
            self._complain(str(error))
        else:
            self._complaint = ""
            last_reload_successful.set(1)
            logger.info("service registry read", extra={"registry.services": sorted(self._registry)})

    def _complain(self, complaint: str) -> None:
        """Once for each way of being wrong, however often it is looked at."""
        last_reload_successful.set(0)
        if complaint != self._complaint:
            self._complaint = complaint
            logger.error(
                "service registry refused, the last good one stays", extra={"registry.problem": complaint}
            )

    def _changed(self) -> tuple[int, int, int]:
        status = self._path.stat()
        return status.st_mtime_ns, status.st_size, status.st_ino

    def _read(self) -> Registry:
        try:
            text = self._path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise InvalidRegistry(str(error)) from None
        return parse_registry(text, as_yaml=self._path.suffix in (".yaml", ".yml"))
