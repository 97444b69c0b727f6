"""Runs a program whose output passes through here: to where it would have gone, and into a log file.

Its standard input, folder, terminal and process group are its own, so Ctrl-C and Ctrl-Z reach it as always.
Where output goes to a terminal the program sees one, too, of the same size.
"""

import fcntl
import os
import selectors
import signal
import struct
import sys
import termios
import threading
import tty
from collections.abc import Mapping, Sequence
from contextlib import suppress

from stackctl.errors import StackError
from stackctl.own_apps.log_file import LogFile
from stackctl.own_apps.output_lines import OutputLines

_QUIET_SECONDS = 0.2  # after which a line is known to be alone
_CHUNK = 65_536
_PASSED_ON = (
    signal.SIGTERM,
    signal.SIGHUP,
    signal.SIGQUIT,
    signal.SIGINT,
    signal.SIGUSR1,
    signal.SIGUSR2,
)


class _Stream:
    """One output of the program: what it writes to, where that is read, and where it goes."""

    def __init__(self, targets: tuple[int, ...], service: str) -> None:
        self.targets = targets  # the program's descriptors
        self.lines = OutputLines(service)
        self.is_terminal = os.isatty(targets[0])
        if self.is_terminal:
            self.read_end, self.write_end = os.openpty()
            tty.setraw(self.write_end)  # nothing is translated twice
            self.resize()
        else:
            self.read_end, self.write_end = os.pipe()

    def resize(self) -> None:
        if self.is_terminal:
            with suppress(OSError):
                size = fcntl.ioctl(self.targets[0], termios.TIOCGWINSZ, struct.pack("4H", 0, 0, 0, 0))
                fcntl.ioctl(self.write_end, termios.TIOCSWINSZ, size)

    def read(self) -> bytes:
        try:
            return os.read(self.read_end, _CHUNK)
        except OSError:  # so a terminal says that nobody has it open any more
            return b""

    def pass_through(self, data: bytes) -> None:
        with suppress(OSError):  # whoever read it has gone: the program goes on, its lines too
            while data:
                data = data[os.write(self.targets[0], data) :]


def run(command: Sequence[str], env: Mapping[str, str], service: str, file: LogFile | None) -> int:
    """Run it to its end. Returns its exit code; for a signal, 128 and its number.

    `file`: None when the program delivers its log lines itself; then its output does not pass through here.
    """
    same = _is_same(1, 2)
    streams = []
    if file is not None:
        sets = [(1, 2)] if same else [(1,), (2,)]
        streams = [_Stream(targets, service) for targets in sets]
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {*_PASSED_ON, signal.SIGWINCH})
    try:
        pid = _spawn(command, env, streams, blocked)
    except OSError as error:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        raise _not_started(command[0], error) from error
    _pass_signals_on(pid, streams)
    for stream in streams:
        if not stream.is_terminal:
            os.close(stream.write_end)
    ended: list[int] = []
    waiter = threading.Thread(target=lambda: ended.append(os.waitpid(pid, 0)[1]), daemon=True)
    waiter.start()
    if file is not None:
        _pump(streams, file, waiter)
    waiter.join()
    return _exit_code(ended[0])


def _spawn(
    command: Sequence[str],
    env: Mapping[str, str],
    streams: Sequence[_Stream],
    mask: set[int],
) -> int:
    actions = [
        (os.POSIX_SPAWN_DUP2, stream.write_end, target) for stream in streams for target in stream.targets
    ]
    return os.posix_spawnp(
        command[0],
        list(command),
        dict(env),
        file_actions=actions,
        setsigmask=mask,
        setsigdef=[signal.SIGPIPE, signal.SIGXFSZ],
    )


def _pump(streams: Sequence[_Stream], file: LogFile, waiter: threading.Thread) -> None:
    """Until all outputs are closed, also by what the program has left running."""
    with selectors.DefaultSelector() as selector:
        for stream in streams:
            selector.register(stream.read_end, selectors.EVENT_READ, stream)
        told = False
        while selector.get_map():
            ready = selector.select(_QUIET_SECONDS)
            for key, _ in ready:
                stream = key.data
                data = stream.read()
                if data:
                    stream.pass_through(data)
                    file.write(list(stream.lines.feed(data)))
                else:
                    selector.unregister(stream.read_end)
            if not ready:
                for stream in streams:
                    file.write(list(stream.lines.flush()))
                if (
                    not waiter.is_alive()
                ):  # our own end keeps a terminal open: close it, and read what is left
                    for stream in streams:
                        if stream.is_terminal and stream.write_end != -1:
                            os.close(stream.write_end)
                            stream.write_end = -1
            if file.problem is not None and not told:
                told = True
                sys.stderr.write(f"stack run: its output cannot be kept for Loki: {file.problem}\n")
    for stream in streams:
        file.write(list(stream.lines.end()))
    file.close()


def _pass_signals_on(pid: int, streams: Sequence[_Stream]) -> None:
    """Those that were sent to this process alone. What a terminal sends, the program has got as well."""

    def wait() -> None:
        while True:
            info = signal.sigwaitinfo({*_PASSED_ON, signal.SIGWINCH})
            if info.si_signo == signal.SIGWINCH:
                for stream in streams:
                    stream.resize()
            elif info.si_pid == 0:
                continue
            with suppress(ProcessLookupError):
                os.kill(pid, info.si_signo)

    threading.Thread(target=wait, daemon=True).start()


def _exit_code(status: int) -> int:
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def _is_same(one: int, other: int) -> bool:
    try:
        return os.path.samestat(os.fstat(one), os.fstat(other))
    except OSError:
        return False


def _not_started(program: str, error: OSError) -> StackError:
    return StackError(f"{program} cannot be started: {error.strerror}.", "Is it an executable file?")
