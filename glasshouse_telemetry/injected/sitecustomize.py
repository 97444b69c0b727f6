"""Run by every Python that `./stack run` starts, before its program: observes Flask apps.

Any version of Python can read this file. The program's own modules and settings stay as they are.
"""

import os
import sys

_VERSION = ".".join([str(part) for part in sys.version_info[:2]])
_SUPPORTED = (3, 11)


def say(sentence):  # type: ignore[no-untyped-def]
    """Once for a program and all that it starts."""
    if not os.environ.get("GLASSHOUSE_SAID"):
        os.environ["GLASSHOUSE_SAID"] = "1"
        sys.stderr.write("stack run: only the output of this program arrives: " + sentence + "\n")


def run_the_next_one():  # type: ignore[no-untyped-def]
    """Python runs the first sitecustomize that it finds; this file may hide one."""
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or ".") != here]
    ours = sys.modules.pop("sitecustomize", None)
    try:
        import sitecustomize  # type: ignore[import-not-found]  # noqa: F401
    except ImportError as error:
        if getattr(error, "name", "sitecustomize") != "sitecustomize":
            raise
    finally:
        if ours is not None:
            sys.modules.setdefault("sitecustomize", ours)


def observe_program():  # type: ignore[no-untyped-def]
    if sys.version_info[:2] < _SUPPORTED:
        say("Python " + _VERSION + " is too old to be observed, 3.11 is needed")  # type: ignore[no-untyped-call]
        return
    if os.environ.get("OTEL_LOGS_EXPORTER") == "none":
        # Meant for programs with another SDK: what this library is told to print is printed.
        del os.environ["OTEL_LOGS_EXPORTER"]
    try:
        import glasshouse_telemetry  # noqa: F401
    except ImportError:
        packages = os.path.join(os.environ.get("GLASSHOUSE_PACKAGES", ""), "python-" + _VERSION)
        if not os.path.isdir(packages):
            say("no library is prepared for Python " + _VERSION)  # type: ignore[no-untyped-call]
            return
        sys.path.append(packages)  # behind all that the program has itself
    from glasshouse_telemetry.injected import observe

    observe()


try:
    run_the_next_one()  # type: ignore[no-untyped-call]
finally:
    try:
        observe_program()  # type: ignore[no-untyped-call]
    except Exception as error:
        say(type(error).__name__ + ": " + str(error))  # type: ignore[no-untyped-call]
