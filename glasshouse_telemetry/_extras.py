"""What is said where a package is needed that comes with an extra and is not installed."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def from_extra(package: str) -> Iterator[None]:
    """Around the import of a package that has an extra of its name."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name != package:
            raise
        said = f"this needs {package}: `pip install glasshouse-telemetry[{package}]`"
        raise ModuleNotFoundError(said, name=package) from error
