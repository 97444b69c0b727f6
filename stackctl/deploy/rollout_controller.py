"""The processes and shares of two versions of a service: every change is written down before it is made.

So whatever ends this command, `./stack up` and `./stack deploy rollback` know what there is.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from rich.console import Console

from proof.ledger import joined_instances
from stackctl import ports
from stackctl.deploy.draining import wait_until_idle, wait_until_scraped
from stackctl.deploy.smoke import smoke_test
from stackctl.errors import StackError
from stackctl.query import Prometheus
from stackctl.run import annotations, pidfiles, state_folder, supervisor
from stackctl.run.services import services
from stackctl.run.steps import LiveSteps
from stackctl.settings import discovery, saved_options
from stackctl.settings.instances import Instance
from stackctl.settings.rollouts import Release, Rollout
from stackctl.settings.saved_options import SavedOptions
from stackctl.system.interrupts import uninterrupted


class RolloutController:
    """Of one service."""

    def __init__(self, service: str, console: Console) -> None:
        self.service = service
        self._console = console
        self._prometheus = Prometheus()

    @property
    def rollout(self) -> Rollout:
        return saved_options.load().rollout(self.service)

    @property
    def candidate(self) -> Release:
        if self.rollout.candidate is None:
            raise StackError(f"no other version of {self.service} runs beside {self.rollout.stable.name}.")
        return self.rollout.candidate

    def start(self, release: Release, kind: str, failures_allowed: float) -> None:
        """Start it beside the other and try it, without requests of anybody else."""
        before = self.rollout
        if before.candidate:
            raise StackError(
                f"{self.service} has {before.candidate.name} beside {before.stable.name} already.",
                f"./stack deploy finish {self.service} keeps it, deploy rollback {self.service} drops it.",
            )
        if before.stable.version == release.version:
            raise StackError(f"{self.service} is at version {release.version} already.")
        self._change(replace(before, candidate=release, share=0.0, kind=kind))
        try:
            self._bring_up(lambda instance: bool(instance.candidate))
            self._try_out(failures_allowed)
        except BaseException:
            with uninterrupted():
                self._stop(self._instances(new=True), then=before)
            raise
        self._announce()
        self._tell("started", release)

    def set_share(self, percent: float) -> None:
        """How many of a hundred requests go to the new version from now on."""
        self._change(replace(self.rollout, share=percent))
        self._announce()
        self._tell(f"{percent:g} %", self.candidate)

    def switch(self) -> None:
        """All requests to the new version; the old one has answered its last when this returns."""
        self.set_share(100)
        wait_until_idle(_addresses(self._instances(new=False)))

    def candidate_runs(self) -> bool:
        return all(pidfiles.running(each.name) for each in self._instances(new=True))

    def candidate_addresses(self) -> list[str]:
        return _addresses(self._instances(new=True))

    def roll_back(self) -> None:
        """No more requests for the new version; it is stopped when its last one is answered."""
        release = self.candidate
        self.set_share(0)
        self._retire(self._instances(new=True))
        self._stop(self._instances(new=True), then=replace(self.rollout, candidate=None, share=0.0, kind=""))
        self._announce()
        self._tell("rolled back", release)

    def finish(self) -> None:
        """The new version takes the place of the old one, on its ports; may be begun again after any end."""
        release, olds = self.candidate, self._instances(new=False)
        self.set_share(100)
        if self.rollout.stable != release:
            self._retire(olds)
            self._stop(olds, then=replace(self.rollout, stable=release))
        self._bring_up(lambda instance: not instance.candidate)
        self._announce()
        news = self._instances(new=True)
        self._announce(leaving=news)
        self._retire(news)
        self._stop(news, then=Rollout(stable=release))
        self._announce()
        self._tell("finished", release)

    def _try_out(self, failures_allowed: float) -> None:
        for address in self.candidate_addresses():
            smoke = smoke_test(self.service, address)
            smoke.require_at_most(failures_allowed)
            joined_instances.note(self.service, address)
            self._console.print(
                f"Smoke test: {smoke.requests} requests, {len(smoke.failures)} failed, "
                f"median {smoke.median_ms:.0f} ms"
            )

    def _instances(self, new: bool) -> list[Instance]:
        return [
            each
            for each in saved_options.load().instances()
            if each.service == self.service and bool(each.candidate) == new
        ]

    def _change(self, rollout: Rollout) -> None:
        with state_folder.locked(self._console):
            saved_options.load().with_rollout(self.service, rollout).save()

    def _announce(self, without: Sequence[Instance] = (), leaving: Sequence[Instance] = ()) -> None:
        """Who does not run (yet) is announced to nobody, but for those that all know anyway."""
        with state_folder.locked(self._console):
            chosen = saved_options.load()
            found = [each for each in chosen.instances() if each not in without]
            running = [each for each in found if self._is_there(each, chosen)]
            discovery.announce(running, chosen.rollouts, leaving)

    def _is_there(self, instance: Instance, chosen: SavedOptions) -> bool:
        ours = instance.service == self.service and chosen.rollout(self.service).candidate is not None
        return bool(pidfiles.running(instance.name)) or (instance.is_known and not ours)

    def _bring_up(self, wanted: Callable[[Instance], bool]) -> None:
        with state_folder.locked(self._console), LiveSteps(self._console) as steps:
            chosen = saved_options.load()
            names = {
                each.name for each in chosen.instances() if each.service == self.service and wanted(each)
            }
            supervisor.bring_up([each for each in services(chosen) if each.name in names], steps)

    def _retire(self, instances: list[Instance]) -> None:
        addresses = _addresses(instances)
        if not wait_until_idle(addresses):
            self._console.print(
                f"[yellow]{self.service} still gets requests from somebody; it is stopped now.[/]"
            )
        if not wait_until_scraped(addresses, self._prometheus):
            self._console.print("[yellow]Prometheus has not seen its last counts.[/]")

    def _stop(self, instances: list[Instance], then: Rollout) -> None:
        """Before they end they are announced to nobody any more: none is asked even for its health."""
        self._announce(without=instances)
        with state_folder.locked(self._console), LiveSteps(self._console) as steps:
            supervisor.stop({each.name for each in instances}, steps)
            saved_options.load().with_rollout(self.service, then).save()

    def _tell(self, step: str, release: Release) -> None:
        fields = {"deploy.service": self.service, "deploy.version": release.version, "deploy.step": step}
        annotations.write("deploy.step", f"{self.service} {release.name} {step}", **fields)


def _addresses(instances: list[Instance]) -> list[str]:
    return [f"{ports.HOST}:{each.port}" for each in instances]
