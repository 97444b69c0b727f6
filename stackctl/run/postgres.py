"""PostgreSQL from the system's package: where it is, and how a private cluster is made and served.

It refuses to run as root, so root lends it the user that the package has made.
"""

import os
import shutil
import signal
import subprocess
from pathlib import Path

from stackctl.errors import StackError
from stackctl.ports import HOST
from stackctl.system import atomic_write

SUPERUSER = "postgres"

# "Fast shutdown": by TERM it would wait until its last client has gone.
STOP_SIGNAL = signal.SIGINT

_ACCOUNT = "postgres"
_DEBIAN = Path("/usr/lib/postgresql")


def programs() -> Path | None:
    """The folder that has them: Debian's newest, else where PATH has them; None when it is not installed."""
    debian = [path.parent for path in _DEBIAN.glob("*/bin/postgres")]
    if debian:
        return max(debian, key=lambda folder: float(folder.parent.name))
    found = shutil.which("postgres")
    return Path(found).parent if found else None


def account() -> str | None:
    """The user whom a server must run as, when it must not be ours."""
    return _ACCOUNT if os.geteuid() == 0 else None


def may_enter(folder: Path) -> bool:
    """Can the server's account get there? Of a folder that is still to be made, where it will be."""
    while not folder.exists():
        folder = folder.parent
    return account() is None or _run("/bin/sh", "-c", 'cd "$1"', "sh", str(folder)).returncode == 0


def lend(folder: Path) -> None:
    """Make the folder and let the server's account have it, and nobody else."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if account():
        shutil.chown(folder, _ACCOUNT, _ACCOUNT)
    if not may_enter(folder):
        raise StackError(
            f"the user {_ACCOUNT}, as whom PostgreSQL runs for root, cannot enter {folder}.",
            "Let GLASSHOUSE_STATE_DIR name a folder below one that everybody may enter.",
        )


def make_cluster(folder: Path, password: str, *options: str) -> None:
    """Make the cluster `folder/cluster`, whole or not at all. The password is that of SUPERUSER."""
    bin_folder = programs()
    assert bin_folder, "somebody has asked `programs` before"
    unfinished, password_file = folder / "unfinished", folder / "password"
    shutil.rmtree(unfinished, ignore_errors=True)
    atomic_write.write(password_file, password, private=True)
    if account():
        shutil.chown(password_file, _ACCOUNT)
    authentication = ("--auth=scram-sha-256", f"--pwfile={password_file}", f"--username={SUPERUSER}")
    done = _run(str(bin_folder / "initdb"), f"--pgdata={unfinished}", *authentication, *options)
    password_file.unlink()
    if done.returncode:
        raise StackError("PostgreSQL cannot make its cluster.", done.stderr.strip())
    unfinished.rename(folder / "cluster")


def server(folder: Path, port: int, **settings: str) -> tuple[str, ...]:
    """The command that serves `folder/cluster` on the loopback address, without a Unix socket."""
    all_settings = {"listen_addresses": HOST, "port": str(port), "unix_socket_directories": "", **settings}
    options = [option for name, value in all_settings.items() for option in ("-c", f"{name}={value}")]
    return (str((programs() or Path()) / "postgres"), "-D", str(folder / "cluster"), *options)


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        user=account(),
        group=account(),
        extra_groups=[] if account() else None,
    )
