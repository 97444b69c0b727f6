"""A component: one process of the stack, described as data. Nothing here starts anything."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Component:
    """One process that `up` starts.

    `argv[0]` is an absolute path. `ready_url` answers 200 once the component can do its work. `ports` are all that it
    listens on, on the loopback address. `source` says where its program came from, for `status`.
    """

    name: str
    argv: tuple[str, ...]
    ready_url: str
    ports: tuple[int, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
