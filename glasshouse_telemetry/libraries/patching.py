"""Methods of libraries, replaced by ones that observe them."""

from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import Any

_lock = Lock()  # held for comparisons and assignments only


class Patch:
    """Replaces a method once, however often it is applied, and whoever else has wrapped it since.

    `observe(original, *args, **kwargs)` is called in place of the method.
    """

    def __init__(self, owner: type, name: str, observe: Callable[..., Any]) -> None:
        self._owner = owner
        self._name = name
        self._observe = observe
        self._original: Callable[..., Any] | None = None
        self._replacement: Callable[..., Any] | None = None
        self._on = False

    def apply(self) -> None:
        with _lock:
            self._on = True
            if not self._is_there():
                self._original = getattr(self._owner, self._name)
                self._replacement = self._replace(self._original)
                setattr(self._owner, self._name, self._replacement)

    def undo(self) -> None:
        """Put the original back. Where somebody has wrapped ours, it stays and only passes on."""
        with _lock:
            self._on = False
            if self._replacement is not None and getattr(self._owner, self._name) is self._replacement:
                setattr(self._owner, self._name, self._original)

    def _is_there(self) -> bool:
        present = getattr(self._owner, self._name)
        while present is not None and present is not self._replacement:
            present = getattr(present, "__wrapped__", None)
        return present is not None

    def _replace(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(original, updated=())  # marks that others have set are about theirs
        def replacement(*args: Any, **kwargs: Any) -> Any:
            if not self._on:
                return original(*args, **kwargs)
            return self._observe(original, *args, **kwargs)

        return replacement
