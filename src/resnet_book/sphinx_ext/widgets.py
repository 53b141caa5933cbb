"""Mount the book's widgets on the built pages.

A stored notebook output of the type `MIME` becomes a mount: the widget's state as JSON, then its content as a table for
readers without JavaScript. A page with mounts loads one script with the widgets it shows, and one style sheet. Nothing
of this is stored in a notebook but the state, so a page always runs the module of today. A long picture in the state
becomes a file of the site, so that a page can be read before it is there.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from docutils import nodes
from myst_nb.core.render import load_mime_renders
from sphinx.util.osutil import relative_uri

from ..widgets import bundle
from ..widgets.base import MIME, BookWidget, Table, find_widget

HOST = Path(__file__).parent / "host.mjs"
PNG = "data:image/png;base64,"
INLINE = 4_096  # characters of a picture that stays in its page


class widget_mount(nodes.General, nodes.Element):
    """Where a widget stands: attributes `widget` (its name) and `state`; its children are the fallback."""


class WidgetRenderer:
    """MyST-NB's way in: it prefers our type in HTML, and text/plain, the same content, everywhere else."""

    mime_priority_overrides = (("html", MIME, 1),)

    @staticmethod
    def handle_mime(renderer, data, inline):
        """The nodes of one stored widget, or None for any other kind of output."""
        if data.mime_type != MIME or inline:
            return None
        content = data.content if isinstance(data.content, dict) else json.loads(data.string)
        widget = find_widget(content["widget"])(**content["state"])
        for path in _sources(type(widget)):
            renderer.renderer.sphinx_env.note_dependency(str(path))
        mount = widget_mount(widget=widget.name, state=widget.page_state(), classes=["resnet-widget"])
        mount += fallback_nodes(widget.fallback())
        return [mount]


def fallback_nodes(table: Table) -> nodes.container:
    """A widget's table as document nodes, numbers flush right."""
    right = [table.numeric(column) for column in range(len(table.header))]

    def row(cells: tuple[str, ...]) -> nodes.row:
        entries = (
            nodes.entry("", nodes.paragraph("", c), classes=["num"] * r) for c, r in zip(cells, right, strict=True)
        )
        return nodes.row("", *entries)

    group = nodes.tgroup("", cols=len(right))
    group += [nodes.colspec(colwidth=1) for _ in right]
    group += [nodes.thead("", row(table.header)), nodes.tbody("", *map(row, table.rows))]
    caption = nodes.paragraph("", table.caption, classes=["widget-caption"])
    return nodes.container("", caption, nodes.table("", group), classes=["widget-fallback"])


def with_pictures_apart(state: Any, keep: Callable[[bytes], str]) -> Any:
    """A state in which every long picture is replaced by its address, which `keep(content)` gives.

    Args:
        state: JSON data; a picture is a string, a PNG file as a ``data:`` address.
        keep: takes the file's bytes.

    Raises:
        ValueError: for a long picture that is no base64.
    """
    if isinstance(state, dict):
        return {key: with_pictures_apart(value, keep) for key, value in state.items()}
    if isinstance(state, list):
        return [with_pictures_apart(value, keep) for value in state]
    if isinstance(state, str) and state.startswith(PNG) and len(state) > INLINE:
        return keep(base64.b64decode(state.removeprefix(PNG), validate=True))
    return state


@lru_cache(maxsize=16)
def later_scripts(widget: str) -> dict[str, tuple[str, str]]:
    """What a page fetches at the first use of a widget: name -> (file name, text of a classic script)."""
    found = {}
    for name, data in find_widget(widget).later().items():
        text = f"(globalThis.resnetBookLater ??= {{}})[{json.dumps(name)}] = {json.dumps(data)};\n"
        found[name] = (f"later-{name}-{hashlib.sha256(text.encode()).hexdigest()[:12]}.js", text)
    return found


def _visit_html(self, node):
    def keep(content: bytes) -> str:
        name = f"_static/state/{hashlib.sha256(content).hexdigest()[:16]}.png"
        target = Path(self.builder.outdir, name)
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        return relative_uri(self.builder.get_target_uri(self.builder.current_docname), name)

    # In a script element only "<" could end the text early, and JSON may write it as an escape.
    stored = {"widget": node["widget"], "state": with_pictures_apart(node["state"], keep)}
    later = {name: file for name, (file, _) in later_scripts(node["widget"]).items()}
    if later:
        page = self.builder.get_target_uri(self.builder.current_docname)
        stored["later"] = {name: relative_uri(page, f"_static/{file}") for name, file in later.items()}
    data = json.dumps(stored, sort_keys=True).replace("<", "\\u003c")
    self.body.append(self.starttag(node, "div"))
    self.body.append(f"{self.starttag({}, 'script', '', type='application/json')}{data}</script>\n")


def _depart_html(self, node):
    self.body.append("</div>\n")


def _pass(self, node):
    """Other builders show the children alone."""


def _sources(widget: type[BookWidget]) -> list[Path]:
    return [*bundle.files([HOST, widget.module]), *widget.style_files()]


@lru_cache(maxsize=64)
def _assets(names: tuple[str, ...], _stamp: float) -> dict[str, str]:
    """File name -> text of what a page with these widgets loads; the stamp tells a changed source."""
    classes = [find_widget(name) for name in names]
    styles = dict.fromkeys(path for widget in classes for path in widget.style_files())
    texts = {
        "js": bundle.classic_script({widget.name: widget.module for widget in classes}, host=HOST),
        "css": "\n".join(path.read_text(encoding="utf-8") for path in styles),
    }
    digest = hashlib.sha256("".join(texts.values()).encode()).hexdigest()[:12]
    return {f"widgets-{digest}.{kind}": text for kind, text in texts.items()}


def page_assets(names: set[str]) -> dict[str, str]:
    """File name -> text of the script and the style sheet that a page with these widgets needs."""
    paths = {path for name in names for path in _sources(find_widget(name))}
    return _assets(tuple(sorted(names)), max(path.stat().st_mtime for path in paths))


def _add_assets(app, pagename, templatename, context, doctree):
    names = {node["widget"] for node in doctree.findall(widget_mount)} if doctree is not None else set()
    if not names or app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    for widget in names:
        for name, text in later_scripts(widget).values():
            _write(static / name, text)
        for path in find_widget(widget).licences:
            _write(static / path.name, path.read_text(encoding="utf-8"))
    for name, text in page_assets(names).items():
        _write(static / name, text)
        if name.endswith(".js"):
            app.add_js_file(name, loading_method="defer", priority=100, fetchpriority="high")  # before the theme's own
        else:
            app.add_css_file(name, priority=600)


def _write(target: Path, text: str) -> None:
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def setup(app):
    """Register the renderer, the node and the assets of each page."""
    if WidgetRenderer not in load_mime_renders():
        load_mime_renders().append(WidgetRenderer)
    others = dict.fromkeys(("latex", "text", "man", "texinfo"), (_pass, _pass))
    app.add_node(widget_mount, html=(_visit_html, _depart_html), **others)
    app.connect("html-page-context", _add_assets)
