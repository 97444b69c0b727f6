"""The commands of ./stack deploy, from what was asked for to what is said in the end."""

import re
import time
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from stackctl.deploy.analysis import Limits
from stackctl.deploy.canary import Canary, CanaryResult, Ending
from stackctl.deploy.control import deploying, is_deploying, stop_other
from stackctl.deploy.display import LiveTable
from stackctl.deploy.evidence import VersionEvidence
from stackctl.deploy.feasibility import require_enough
from stackctl.deploy.metrics_source import Observer
from stackctl.deploy.rollout_controller import RolloutController
from stackctl.deploy.traffic import require_traffic, traffic_of_our_own
from stackctl.errors import StackError
from stackctl.query import Prometheus, QueryError
from stackctl.run import pidfiles
from stackctl.settings import discovery, saved_options
from stackctl.settings.rollouts import Release, Rollout

_VERSION = re.compile(r"v?([A-Za-z0-9][A-Za-z0-9._]{0,20})")


# A canary is judged by its clients' requests; before that it must only be worth trying.
CANARY_FAILURES = 0.5


def release_of(service: str, version: str, folder: Path | None) -> Release:
    """What was asked for; raises when there is no such thing."""
    if service not in discovery.BEHIND_GATEWAY:
        raise StackError(
            f"the gateway does not share out requests to {service}.",
            f"Services that it does: {', '.join(discovery.BEHIND_GATEWAY)}",
        )
    if not (form := _VERSION.fullmatch(version)):
        raise StackError(f"--version {version}: up to 21 letters, digits, dots and underscores.")
    if folder and not (folder / "apps" / service / "__init__.py").is_file():
        raise StackError(
            f"--from {folder}: there is no apps/{service} in it.", "Name another checkout of this."
        )
    return Release(form[1], str(folder.resolve()) if folder else "")


def canary(
    console: Console, service: str, release: Release, limits: Limits, rate: float | None, profile: str
) -> bool:
    """Return whether the new version was promoted."""
    _require_up(service)
    require_enough(service, rate, profile, limits)
    with deploying(), traffic_of_our_own(rate, profile, console):
        stage, old = (
            RolloutController(service, console),
            RolloutController(service, console).rollout.stable.name,
        )
        require_traffic(service, driven=rate is not None)
        stage.start(release, "canary", CANARY_FAILURES)
        addresses = stage.candidate_addresses()
        observer = Observer(service, Prometheus())
        with LiveTable(console, release.name, old, limits) as table:
            outcome = Canary(stage, observer.look, (release.name, old), table, limits).run()
        evidence = VersionEvidence(service, release.name, addresses, outcome.since, time.time())
        _tell(console, service, release, outcome, evidence)
    return outcome.ending is Ending.PROMOTED


def bluegreen(console: Console, service: str, release: Release) -> None:
    """Start, test, switch; the old version stays for a way back."""
    _require_up(service)
    with deploying():
        stage = RolloutController(service, console)
        old = stage.rollout.stable.name
        stage.start(release, "bluegreen", failures_allowed=0)
        try:
            began = time.monotonic()
            stage.switch()
        except BaseException:
            console.print("Rolling back …")
            stage.roll_back()
            raise
    console.print(
        f"Switched: {release.name} gets all requests to {service}; "
        f"the last one of {old} was answered within {time.monotonic() - began:.1f} s."
    )
    console.print(f"{old} waits. Back to it: ./stack deploy rollback {service}")
    console.print(f"Keep {release.name} and stop {old}: ./stack deploy finish {service}")


def roll_back(console: Console, service: str) -> None:
    stage = RolloutController(service, console)
    if is_deploying():
        console.print("A deploy is at work; it is told to roll back.")
        stop_other()
        if stage.rollout.candidate is None:
            return
    with deploying():
        release, old = stage.candidate, stage.rollout.stable.name
        began = time.monotonic()
        stage.set_share(0)
        console.print(f"{old} gets all requests to {service} again ({time.monotonic() - began:.1f} s).")
        stage.roll_back()
    console.print(f"Rolled back: {release.name} is stopped.")


def finish(console: Console, service: str) -> None:
    _require_up(service)
    with deploying():
        stage = RolloutController(service, console)
        release = stage.candidate
        stage.finish()
    console.print(f"Finished: {service} is at {release.name}.")


def show_status(console: Console) -> None:
    rollouts = {name: one for name, one in saved_options.load().rollouts.items() if one != Rollout()}
    watched = is_deploying()
    for service, rollout in rollouts.items():
        console.print(f"{service}: {_now(rollout)}")
        if rollout.candidate and rollout.kind == "canary" and not watched:
            console.print(f"  Nobody watches it: ./stack deploy rollback {service}, or finish {service}")
    if not rollouts:
        console.print("Every service runs as it is in this folder; nothing was deployed.")


def _now(rollout: Rollout) -> str:
    if rollout.candidate is None:
        return f"{rollout.stable.name}, from {rollout.stable.folder or 'this folder'}"
    share = f"{rollout.candidate.name} gets {rollout.share:g} %"
    return f"{share} of the requests beside {rollout.stable.name} ({rollout.kind})"


def with_first_share(limits: Limits, weight: float) -> Limits:
    """The steps from this share on."""
    if not 0 < weight < 100:
        raise StackError(f"--weight {weight:g}: a share in percent, more than 0 and less than 100.")
    return replace(limits, shares=(weight, *(share for share in Limits().shares if share > weight)))


def _tell(
    console: Console, service: str, release: Release, outcome: CanaryResult, evidence: VersionEvidence
) -> None:
    good = outcome.ending is Ending.PROMOTED
    console.print(
        f"[{'green' if good else 'bold red'}]{service} {release.name} {outcome.ending.value}[/] "
        f"after {outcome.until - outcome.since:.0f} s: {outcome.reason}."
    )
    try:
        served = evidence.served()
        console.print(f"It got {served.requests:,} requests, of which {served.errors:,} failed.")
        if outcome.ending is Ending.WORSE:
            failed = evidence.failed_trace() if served.errors else None
            trace = failed or evidence.slowest_trace()
            console.print(f"One of them: ./stack trace {trace}" if trace else "No trace of it was found.")
    except QueryError as error:
        console.print(error.message)


def _require_up(service: str) -> None:
    needed = ("gateway", service, "otel-collector", "prometheus")
    if missing := [name for name in needed if pidfiles.running(name) is None]:
        raise StackError(f"not running: {', '.join(missing)}.", "./stack up")
