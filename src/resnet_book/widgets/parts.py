"""Parts: what a widget loads only when it is asked for, such as a worker with its engine, weights, or pictures.

On the site each part is a script of its own, fetched after a click (a classic one, so ``file://`` will do); in
JupyterLab the kernel hands it over. The front end asks by ``part(model, name)`` of ``shared/parts.mjs`` and does not
see the difference.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import traitlets

from . import bundle
from .base import BookWidget

__all__ = ["PartedWidget", "part_script", "part_text"]

Part = Path | Callable[[], Any]  # the module of a worker, or what makes JSON data


def part_text(part: Part) -> str:
    """What the front end gets: a worker's whole source, or data as JSON.

    Raises:
        resnet_book.widgets.bundle.BundleError: for a worker that cannot be bundled.
    """
    return bundle.worker(part) if isinstance(part, Path) else json.dumps(part(), separators=(",", ":"))


def part_script(name: str, part: Part) -> tuple[str, str]:
    """The site's script of one part: (file name, content); the name tells the content, and is its key in the page.

    Raises:
        resnet_book.widgets.bundle.BundleError: for a worker that cannot be bundled.
    """
    text = part_text(part)
    file = f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:12]}.js"
    # JSON is a value of JavaScript as it stands: written so, nothing in it is escaped twice
    value = json.dumps(text) if isinstance(part, Path) else f"JSON.stringify({text})"
    return file, f"(globalThis.resnetBookParts ??= {{}})[{json.dumps(file)}] = {value};\n"


class PartedWidget(BookWidget):
    """A widget with parts: `parts` maps their names to a worker's module or to a function that makes data."""

    part_request = traitlets.Unicode().tag(sync=True, kernel_only=True)
    part_answer = traitlets.Dict().tag(sync=True, kernel_only=True)

    @traitlets.observe("part_request")
    def _hand_over(self, _change: Any) -> None:
        name = self.part_request
        try:
            answer = {"text": part_text(self.parts[name])}
        except Exception as error:  # told in the widget: nobody reads a traceback from a message handler
            answer = {"error": f"{type(error).__name__}: {error}"}
        self.part_answer = {"name": name, **answer}
