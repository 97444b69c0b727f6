"""Drills on a stack of local processes."""

import os
import signal
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import psutil
from rich.console import Console

from proof.ledger.rows import read_ledger
from proof.traffic.background_run import sent_beside
from stackctl.drills import active_faults
from stackctl.drills.environment import Sent
from stackctl.drills.fault_types import KINDS
from stackctl.paths import logs_dir
from stackctl.run import alert_profiles, annotations, stack
from stackctl.settings import alertmanager_login


class NativeEnvironment:
    kinds = KINDS

    def obstacle(self, fault: Mapping[str, Any]) -> str:
        return ""

    def bring_up(self, console: Console) -> None:
        stack.bring_up(console)

    def start(self, components: Collection[str]) -> None:
        """With all that is missing."""
        stack.bring_up(Console(quiet=True))

    def use_profile(self, name: str) -> bool:
        return alert_profiles.use(name)

    @contextmanager
    def sent(self, rate: float) -> Iterator[Sent]:
        with sent_beside(rate, active_faults.folder() / "traffic.log") as run:
            yield Sent(run.pid, lambda: read_ledger(run.ledger))

    def stop_traffic(self, pid: int) -> None:
        if not pid or pid == os.getpid():
            return
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            process = psutil.Process(pid)
            if "traffic" in process.cmdline():
                process.send_signal(signal.SIGINT)

    def alert_lines(self) -> str:
        """From its file, not from Loki: a drill may have taken that away."""
        try:
            return (logs_dir() / "notifications.jsonl").read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""

    def alertmanager_header(self) -> str:
        return alertmanager_login.header()

    def annotate(self, event: str, subject: str, **fields: str) -> None:
        annotations.write(event, subject, **fields)
