"""What all widgets of the book share: how they are built, stored, read without a browser, and found by name."""

from __future__ import annotations

import difflib
import importlib
import json
from pathlib import Path
from typing import Any, ClassVar

import anywidget
import ipywidgets
import traitlets

from ..tables import Table
from . import bundle

__all__ = ["CODE_STYLE", "MIME", "SHARED_STYLE", "BookWidget", "Table", "find_widget"]

MIME = "application/vnd.resnet-book.widget+json"
SHARED_STYLE = Path(__file__).parent / "shared" / "widget.css"
CODE_STYLE = Path(__file__).parent / "shared" / "code_field.css"


class BookWidget(anywidget.AnyWidget):
    """A widget with one front end for two hosts: JupyterLab, and a static page without a kernel.

    A subclass sets `name` and `module`, declares its state as traits tagged ``sync=True`` and overrides `fallback`.
    All state is JSON; a trait that makes sense only with a kernel is also tagged ``kernel_only=True`` and is stored
    nowhere.
    """

    name: ClassVar[str]  # kebab-case: "network-tracer" lives in widgets/network_tracer
    module: ClassVar[Path]  # the front-end module
    style: ClassVar[Path | tuple[Path, ...]] = ()  # behind the shared style sheet
    parts: ClassVar[dict[str, Any]] = {}  # what is loaded only when asked for; see `parts.PartedWidget`
    part_files: ClassVar[tuple[Path, ...]] = ()  # what parts are made of that are no file themselves
    licences: ClassVar[tuple[Path, ...]] = ()  # of what is not ours in the parts; they stand beside them on the site

    # Beside the public traits, and not among them: whether a Python process answers.
    kernel = traitlets.Bool(True).tag(sync=True, kernel_only=True)
    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)

    def __init__(self, **state: Any) -> None:
        """Set some traits; the others keep their defaults.

        Raises:
            TypeError: for a keyword that is no trait of this widget.
            traitlets.TraitError: for a value that a trait refuses.
        """
        names = self.public_traits()
        for key in state:
            if key not in names and key != "layout":
                close = difflib.get_close_matches(key, names, n=1)
                hint = f" Did you mean {close[0]}?" if close else ""
                known = ", ".join(names) or "nothing"
                raise TypeError(f"{type(self).__name__} takes no argument {key!r}.{hint} It takes: {known}.")
        super().__init__(**state)

    @traitlets.default("_esm")
    def _bundle(self) -> str:
        return bundle.esm(self.module)

    @traitlets.default("_css")
    def _styles(self) -> str:
        return "\n".join(path.read_text(encoding="utf-8") for path in self.style_files())

    @classmethod
    def style_files(cls) -> tuple[Path, ...]:
        """The widget's style sheets in order, the shared one first."""
        own = (cls.style,) if isinstance(cls.style, (str, Path)) else cls.style
        return tuple(path for path in map(Path, (SHARED_STYLE, *own)) if path.is_file())

    @classmethod
    def public_traits(cls) -> tuple[str, ...]:
        """The names of the traits that are the widget's state, in order of the alphabet."""
        house = ipywidgets.DOMWidget.class_traits()
        traits = cls.class_traits(sync=True, kernel_only=None)
        return tuple(sorted(name for name in traits if not name.startswith("_") and name not in house))

    def state(self) -> dict[str, Any]:
        """The widget's state as plain JSON data: enough to show the same thing elsewhere.

        Raises:
            TypeError: for a trait that holds what JSON cannot.
        """
        return json.loads(json.dumps({name: getattr(self, name) for name in self.public_traits()}))

    def page_state(self) -> dict[str, Any]:
        """What a page is given: the state, and what the page cannot compute but Python can when the site is built."""
        return self.state()

    @classmethod
    def variant(cls, part: str) -> type[BookWidget]:
        """The class that is named ``"<name>/<part>"``: the same widget with another front-end module.

        Raises:
            LookupError: for a part that there is not.
        """
        raise LookupError(f"the widget {cls.name!r} has no part {part!r}")

    def fallback(self) -> Table:
        """The same content for a reader without JavaScript. Every widget gives its own."""
        raise NotImplementedError(f"{type(self).__name__} has no fallback()")

    def __repr__(self) -> str:
        return str(self.fallback())

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict, dict]:
        data, metadata = super()._repr_mimebundle_()
        return {**data, MIME: {"widget": self.name, "state": self.state()}}, metadata


def find_widget(name: str) -> type[BookWidget]:
    """The widget class of a name such as "network-tracer", or "exercise/residual_learning".

    Raises:
        LookupError: when the book has no such widget.
    """
    name, _, part = name.partition("/")
    package = f"{__package__}.{name.replace('-', '_')}"
    try:
        module = importlib.import_module(package)
    except ModuleNotFoundError as error:
        if error.name != package:
            raise
        raise LookupError(f"the book has no widget {name!r}") from None
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, BookWidget) and getattr(value, "name", None) == name:
            return value.variant(part) if part else value
    raise LookupError(f"{package} defines no widget named {name!r}")
