"""Files beside the one that is checked: what `from .blocks import Block` and `import blocks` find on the disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

__all__ = ["Beside"]

_HIGHEST = 3  # folders above the file that may be the root of its package


class Beside:
    """Finds the modules of a reader's own files, and runs each once on the torch of shapes.

    Args:
        file: the file that is checked; what it imports is looked for beside it, and in the folders above.
    """

    def __init__(self, file: str) -> None:
        self._folder = Path(file).resolve().parent
        self._loaded: dict[Path, Any] = {}
        self._loading: list[Path] = [Path(file).resolve()]

    def __call__(self, program: Any, name: str, level: int) -> Any:
        """The module, or None where there is no such file."""
        path = self._path(name, level)
        if path is None:
            return None
        if path not in self._loaded:
            if path in self._loading:
                raise ImportError(f"{path.name} imports itself, by way of {self._loading[-1].name}")
            self._loading.append(path)
            try:
                text = path.read_text(encoding="utf-8", errors="replace")
                self._loaded[path] = program.module(text, name or path.parent.name, str(path))
            finally:
                self._loading.pop()
        return self._loaded[path]

    def _path(self, name: str, level: int) -> Path | None:
        """The file of a dotted name; a relative one from the folder of the file that imports it."""
        parts = name.split(".") if name else []
        here = self._loading[-1].parent
        if level:
            roots = [here, *here.parents][level - 1 : level]
        else:
            roots = [here, self._folder, *list(self._folder.parents)[:_HIGHEST]]
        for root in roots:
            base = root.joinpath(*parts)
            for path in (base.with_suffix(".py") if parts else base / "__init__.py", base / "__init__.py"):
                if path.is_file() and path not in self._loading[:1]:
                    return path
        return None
