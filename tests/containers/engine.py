"""A Docker engine for these tests alone: its own folders, socket and network, ended with them."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from stackctl.system.polling import NotYet, poll_until

# The network is the engine's own: published ports meet nobody else's, and nobody's firewall is touched.
_IN_A_NETWORK_OF_ITS_OWN = ("setpriv", "--pdeathsig", "TERM", "unshare", "--net", "--mount")
_START = 'ip link set lo up && exec dockerd "$@"'


def not_installed() -> str | None:
    """What to say when its programs are not here."""
    missing = [name for name in ("dockerd", "docker", "debootstrap", "nsenter") if not shutil.which(name)]
    if not missing:
        return None
    return f"CONTAINERS NOT TESTED: no {', '.join(missing)} (apt-get install docker.io debootstrap)"


def not_allowed() -> str | None:
    """What to say when the machine lets us start no engine."""
    if os.geteuid() != 0:
        return "CONTAINERS NOT TESTED: only root can start an engine"
    tried = subprocess.run([*_IN_A_NETWORK_OF_ITS_OWN, "true"], check=False, capture_output=True, text=True)
    return None if tried.returncode == 0 else f"CONTAINERS NOT TESTED: {tried.stderr.strip()}"


class Engine:
    def __init__(self, folder: Path, settings: Path) -> None:
        """`settings`: the configuration folder of the docker command."""
        self._folder = folder
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        folders = ("--data-root", "data", "--exec-root", "run")
        places = [name if name.startswith("--") else str(self._folder / name) for name in folders]
        places += ["--pidfile", str(self._folder / "pid"), "--host", self._socket]
        with (self._folder / "log").open("wb") as log:
            command = [*_IN_A_NETWORK_OF_ITS_OWN, "sh", "-c", _START, "sh", *places]
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        poll_until(self._answers, "the engine", 60)

    def stop(self) -> None:
        if self._process:
            self._process.terminate()
            try:
                self._process.wait(60)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def environment(self) -> Mapping[str, str]:
        builder = {"DOCKER_BUILDKIT": "0"}  # BuildKit's own program is not in Debian's package
        return {**os.environ, **builder, "DOCKER_HOST": self._socket, "DOCKER_CONFIG": str(self._settings)}

    def run(
        self, *command: str, cwd: Path | None = None, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """In the engine's network; what it wrote is shown when it fails."""
        done = subprocess.run(
            [*self._inside(), *command],
            cwd=cwd,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0 or not check, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
        return done

    def begin(self, *command: str, cwd: Path) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*self._inside(), *command], cwd=cwd, env=self.environment(), stdin=subprocess.DEVNULL
        )

    def _inside(self) -> tuple[str, ...]:
        assert self._process, "it has been started"
        return ("nsenter", f"--net=/proc/{self._process.pid}/ns/net")

    @property
    def _socket(self) -> str:
        return f"unix://{self._folder / 'socket'}"

    def _answers(self) -> bool | NotYet:
        done = self.run("docker", "version", check=False)
        assert self._process
        if self._process.poll() is not None:
            raise AssertionError((self._folder / "log").read_text(errors="replace")[-2000:])
        return done.returncode == 0 or NotYet(done.stderr.strip())
