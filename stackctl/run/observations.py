"""How a component is now: its process, whether it answers, its memory, what it said last."""

from dataclasses import dataclass
from enum import StrEnum

import psutil

from stackctl.run import pidfiles, readiness
from stackctl.run.components import Component
from stackctl.run.pidfiles import Record
from stackctl.run.supervisor import READY_WITHIN_SECONDS


class State(StrEnum):
    READY = "ready"
    STARTING = "starting"
    NOT_READY = "not ready"
    DEAD = "dead"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Observation:
    """How a component is now; `note` says what one should know or do about it."""

    name: str
    state: State
    ports: tuple[int, ...]
    source: str
    pid: int | None = None
    memory_bytes: int = 0
    uptime_seconds: float = 0.0
    note: str = ""


def observe(component: Component) -> Observation:
    record = pidfiles.read(component.name)
    if record is None:
        return Observation(component.name, State.STOPPED, component.ports, component.source)
    process = pidfiles.process_of(record)
    if process is None:
        return Observation(
            component.name, State.DEAD, component.ports, record.source, note=_last_words(component.name)
        )
    return Observation(
        component.name,
        _state_of_living(component, record),
        component.ports,
        record.source,
        record.pid,
        _resident_bytes(process),
        record.uptime_seconds,
        ""
        if record.fingerprint == component.fingerprint()
        else "its configuration has changed since: ./stack down && ./stack up",
    )


def _state_of_living(component: Component, record: Record) -> State:
    if readiness.is_ready(component):
        return State.READY
    return State.STARTING if record.uptime_seconds < READY_WITHIN_SECONDS else State.NOT_READY


def _last_words(name: str) -> str:
    last = readiness.log_tail(name, most=1).strip()
    return "./stack up restores it." + (f" The last that it wrote: {last}" if last else "")


def _resident_bytes(process: psutil.Process) -> int:
    """Of the process and all its children. What they share counts once, where that is told (Linux: PSS)."""
    total = 0
    for member in _tree(process):
        try:
            memory = member.memory_full_info()
        except psutil.Error:
            continue
        total += getattr(memory, "pss", memory.rss)
    return total


def _tree(process: psutil.Process) -> list[psutil.Process]:
    try:
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []
