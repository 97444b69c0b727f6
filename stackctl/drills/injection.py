"""What every kind of fault can do."""

from typing import Protocol


class Injection(Protocol):
    """What goes wrong. `undo` may come from another process than `inject`, twice, or without it."""

    @property
    def restarts(self) -> tuple[str, ...]:
        """The components that are to be started again after `undo`."""

    def inject(self, drill: str, owner: int | None) -> None:
        """`owner`: the process with which it must end; None when it is to stay."""

    def undo(self, drill: str) -> None: ...
