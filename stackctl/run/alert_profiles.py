"""How patient alerting is: `production` or `demo` (ALERTS_PROFILE), laid out for the backends, and reloaded.

Prometheus, Alertmanager and Loki read from a folder in the state: links to the files of the repository, where
the profile only decides which are linked. Alertmanager expands no environment variables, so its file is a
copy, with the addresses of local processes.

    from stackctl.run.alert_profiles import use
    use("demo")                    # what runs is reloaded, and has taken it over when this returns
    use(configured())              # back to what was set
"""

import os
import signal
from contextlib import suppress
from pathlib import Path

from alerts import alertmanager, build
from alerts.profiles import PRODUCTION, PROFILES, Profile
from stackctl import ports
from stackctl.errors import StackError
from stackctl.paths import ROOT, configs_dir
from stackctl.query import Prometheus, QueryError
from stackctl.run import pidfiles
from stackctl.settings.versions import setting
from stackctl.system import atomic_write
from stackctl.system.polling import NotYet, poll_until

RELOADED_WITHIN_SECONDS = 30.0

# These names of the compose network stand in Alertmanager's file.
PLACES = {
    f"mail:{ports.SMTP}": f"{ports.HOST}:{ports.SMTP}",
    f"notifications:{ports.SERVICES['notifications']}": f"{ports.HOST}:{ports.SERVICES['notifications']}",
}


def configured() -> str:
    """The profile by setting: the environment's ALERTS_PROFILE, or that of .env."""
    return os.environ.get("ALERTS_PROFILE") or setting("ALERTS_PROFILE")


def prometheus_config() -> Path:
    return configs_dir() / "prometheus" / "prometheus.yml"


def alertmanager_config() -> Path:
    return configs_dir() / "alertmanager" / "alertmanager.yml"


def loki_rules() -> Path:
    return configs_dir() / "loki-rules"


def in_use() -> str | None:
    """The profile whose rules are laid out; None before the first time."""
    rules = prometheus_config().parent / "rules"
    folders = {(ROOT / folder).resolve(): profile.name for profile, folder in build.PROMETHEUS_RULES.items()}
    return folders.get(rules.resolve()) if rules.is_symlink() else None


def use(name: str) -> bool:
    """Lay the profile out, and have what runs read it. False: it was so already."""
    profile = _profile(name)
    was = in_use()
    _lay_out(profile)
    if was == name:
        return False
    for component in ("prometheus", "alertmanager"):
        if record := pidfiles.running(component):
            os.kill(record.pid, signal.SIGHUP)
    if pidfiles.running("prometheus"):
        wait_until_evaluated(name)
    return True


def wait_until_evaluated(name: str) -> None:
    poll_until(lambda: _evaluated(name), f"Prometheus on the rules of {name}", RELOADED_WITHIN_SECONDS)


def evaluated_last() -> str | None:
    """The profile that Prometheus has evaluated last, whoever has laid it out; None when it does not say."""
    with suppress(QueryError):
        found = Prometheus().instant("topk(1, timestamp(alerts:profile:info))")
        return found[0].labels["profile"] if found else None
    return None


def _profile(name: str) -> Profile:
    if name not in PROFILES:
        raise StackError(
            f"ALERTS_PROFILE={name}: there is no such profile.", f"There are: {', '.join(PROFILES)}."
        )
    return PROFILES[name]


def _lay_out(profile: Profile) -> None:
    folder = prometheus_config().parent
    _link(prometheus_config(), ROOT / "prometheus" / "prometheus.yml")
    _link(folder / "targets", ROOT / "prometheus" / "targets")
    _link(folder / "rules", ROOT / build.PROMETHEUS_RULES[profile])
    _link(loki_rules(), (ROOT / build.LOKI_RULES[profile]).parent)
    text = (ROOT / build.ALERTMANAGER[profile]).read_text(encoding="utf-8")
    atomic_write.write(alertmanager_config(), alertmanager.placed(text, PLACES))


def _link(path: Path, target: Path) -> None:
    """In one step: whoever reads meanwhile finds the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    new.symlink_to(target)
    new.replace(path)


def _evaluated(name: str) -> bool | NotYet:
    """The rules of the other profile stay in the answers for as long as a sample counts as current."""
    if Prometheus().value(f'timestamp(alerts:profile:info{{profile="{name}"}}) > time() - 10') is None:
        return NotYet(f"it has not evaluated them yet (it runs with {PRODUCTION.name} otherwise)")
    return True
