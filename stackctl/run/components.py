"""A component: one process of the stack, described as data. Nothing here starts anything."""

import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from hashlib import sha256
from pathlib import Path

from stackctl.paths import ROOT


class Tier(IntEnum):
    """In which order `down` stops: senders before receivers, so that the last telemetry still arrives."""

    GATEWAY = 0
    SERVICE = 1
    PIPELINE = 2
    BACKEND = 3


@dataclass(frozen=True)
class Component:
    """One process that `up` starts.

    `argv[0]` is an absolute path. `ready_url` answers 200 once the component can do its work; with tcp:// it
    accepts connections then. `authorization` is the header to ask it with, if it wants one. `ports` are all
    that it listens on, on the loopback address. `source` says where its program came from, for `status`;
    `folder` is where it runs. `account` is the user to run it as, when that must not be root.
    """

    name: str
    argv: tuple[str, ...]
    ready_url: str
    ports: tuple[int, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    tier: Tier = Tier.BACKEND
    account: str | None = None
    stop_signal: int = signal.SIGTERM
    folder: Path = ROOT
    authorization: str = field(default="", repr=False)

    def fingerprint(self) -> str:
        """Changes with the command, the environment, and the files that the command names."""
        named = [self.folder / argument.split("=", 1)[-1] for argument in self.argv[1:]]
        contents = [path.read_bytes() for path in named if os.path.isfile(path)]
        return sha256(repr((self.argv, sorted(self.env.items()), contents)).encode()).hexdigest()
