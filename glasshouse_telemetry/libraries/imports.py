"""Something to do once a module has been imported, whenever that is."""

import sys
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from glasshouse_telemetry._safe_call import safe_call

_waiting: dict[str, Callable[[], None]] = {}


def when_imported(module: str, do: Callable[[], None]) -> None:
    """Call `do` now if the module is there, else right after the app has imported it."""
    _waiting[module] = do
    if module not in sys.modules and _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)
    if module in sys.modules:  # perhaps just now, in another thread
        _done(module)


def _done(module: str) -> None:
    do = _waiting.pop(module, None)
    if not _waiting:
        # A new list: an import in another thread may be walking over the present one.
        sys.meta_path = [finder for finder in sys.meta_path if finder is not _finder]
    if do is not None:
        do()


class _Finder(MetaPathFinder):
    """Finds nothing itself. It adds a step to the loader that others find for a module that is waited for."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in _waiting:
            return None
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)
            spec = find(name, path, target) if finder is not self and find is not None else None
            if spec is not None:
                safe_call(_notice_execution, spec.loader, name)
                return spec  # type: ignore[no-any-return]
        return None


def _notice_execution(loader: Any, name: str) -> None:
    """The loader stays the same object, with the same methods, for whoever looks at `module.__loader__`."""
    execute = loader.exec_module

    def execute_and_notice(module: ModuleType) -> None:
        execute(module)
        if module.__name__ == name:
            safe_call(delattr, loader, "exec_module")
            _done(name)

    loader.exec_module = execute_and_notice


_finder = _Finder()
