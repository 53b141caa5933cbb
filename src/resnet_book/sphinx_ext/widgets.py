"""Mount the book's widgets on the built pages.

A stored notebook output of the type `MIME` becomes a mount: the widget's state as JSON, then its content as a table for
readers without JavaScript. A page with mounts loads one script with the widgets it shows, and one style sheet; what a
widget needs only later is a script of its own, whose address the mount names. Nothing
of this is stored in a notebook but the state, so a page always runs the module of today. A long picture in the state
becomes a file of the site, so that a page can be read before it is there.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from docutils import nodes
from myst_nb.core.render import load_mime_renders
from sphinx.util.osutil import relative_uri

from ..tables import TABLE_MIME, Table
from ..widgets import bundle
from ..widgets.base import MIME, BookWidget, find_widget
from ..widgets.parts import part_script

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


class TableRenderer:
    """The same for the tables that cells show."""

    mime_priority_overrides = (("html", TABLE_MIME, 1),)

    @staticmethod
    def handle_mime(renderer, data, inline):
        """The nodes of one stored table, or None for any other kind of output."""
        if data.mime_type != TABLE_MIME or inline:
            return None
        content = data.content if isinstance(data.content, dict) else json.loads(data.string)
        shown = fallback_nodes(Table(content["caption"], tuple(content["header"]), tuple(map(tuple, content["rows"]))))
        shown["classes"] = ["shown-table"]
        return [shown]


def fallback_nodes(table: Table) -> nodes.container:
    """A widget's table as document nodes, numbers flush right."""
    right = [table.numeric(column) for column in range(len(table.header))]

    def row(cells: tuple[str, ...]) -> nodes.row:
        kinds = (["num"] * r + ["whole"] * (" " not in c and len(c) <= 16) for c, r in zip(cells, right, strict=True))
        return nodes.row("", *(nodes.entry("", nodes.paragraph("", c), classes=k) for c, k in zip(cells, kinds)))

    group = nodes.tgroup("", cols=len(right))
    group += [nodes.colspec(colwidth=1) for _ in right]
    group += [nodes.thead("", row(table.header)), nodes.tbody("", *map(row, table.rows))]
    caption = [nodes.paragraph("", table.caption, classes=["widget-caption"])] if table.caption else []
    return nodes.container("", *caption, nodes.table("", group), classes=["widget-fallback"])


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
    if parts := _part_scripts(node["widget"], Path(self.builder.outdir)):
        here = self.builder.get_target_uri(self.builder.current_docname)
        stored["parts"] = {name: relative_uri(here, file) for name, file in parts.items()}
    data = json.dumps(stored, sort_keys=True).replace("<", "\\u003c")
    self.body.append(self.starttag(node, "div", **_address(node)))
    self.body.append(f"{self.starttag({}, 'script', '', type='application/json')}{data}</script>\n")


def _address(node) -> dict[str, str]:
    """What a link calls the mount: the widget's name and, where it has one, its key."""
    name, key = node["widget"].split("/")[0], node["state"].get("key")
    return {"data-mount": f"{name}:{key}" if key else name}


def _depart_html(self, node):
    self.body.append("</div>\n")


def _pass(self, node):
    """Other builders show the children alone."""


def _part_scripts(widget: str, outdir: Path) -> dict[str, str]:
    """Write a widget's parts as scripts of the site; returns their names with their addresses from the root."""
    written = {}
    for name, part in find_widget(widget).parts.items():
        file, content = part_script(name, part)  # widgets with the same part share its file
        target = outdir / "_static" / "parts" / file
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content, encoding="utf-8")
        written[name] = f"_static/parts/{file}"
    for licence in find_widget(widget).licences:
        shutil.copyfile(licence, outdir / "_static" / "parts" / licence.name)
    return written


def _sources(widget: type[BookWidget]) -> list[Path]:
    workers = [part for part in widget.parts.values() if isinstance(part, Path)]
    return [*bundle.files([HOST, widget.module, *workers]), *widget.style_files(), *widget.part_files]


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
    for name, text in page_assets(names).items():
        target = Path(app.outdir, "_static", name)
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        if name.endswith(".js"):
            app.add_js_file(name, loading_method="defer", priority=100, fetchpriority="high")  # before the theme's own
        else:
            app.add_css_file(name, priority=600)


def setup(app):
    """Register the renderer, the node and the assets of each page."""
    for renderer in (WidgetRenderer, TableRenderer):
        if renderer not in load_mime_renders():
            load_mime_renders().append(renderer)
    others = dict.fromkeys(("latex", "text", "man", "texinfo"), (_pass, _pass))
    app.add_node(widget_mount, html=(_visit_html, _depart_html), **others)
    app.connect("html-page-context", _add_assets)
