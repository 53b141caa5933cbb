"""What a page loads: one style sheet and one script for the whole site, and nothing from another origin.

The theme and the extensions of Jupyter Book bring some twenty files, among them two icon fonts and a 1.5 MB icon
script. Those a book needs are joined in the order in which the theme loads them; the rest is left out. The icons are
drawn by `static/icons.css`, the theme's gaps in accessibility are closed by `static/book.css` and the templates.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import myst_nb.static
from pydata_sphinx_theme.pygments import overwrite_pygments_css
from sphinx.util import logging

from .purge import purge, words

HERE = Path(__file__).parent
LOGGER = logging.getLogger(__name__)
SITE_STYLE, SITE_SCRIPT = "site.css", "site.js"

# In the order of the cascade. A name may be a pattern: MyST-NB's carries a digest.
STYLES = (
    "basic.css",
    "styles/theme.css",
    "styles/bootstrap.css",
    "styles/pydata-sphinx-theme.css",
    "pygments.css",
    "styles/sphinx-book-theme.css",
    "togglebutton.css",
    "copybutton.css",
    "mystnb.*.css",
)
OWN_STYLES = ("icons.css", "book.css", "cells.css")
SCRIPTS = (
    "documentation_options.js",
    "doctools.js",
    "sphinx_highlight.js",
    "clipboard.min.js",
    "copybutton.js",
    "togglebutton.js",
    "scripts/sphinx-book-theme.js",
    "scripts/bootstrap.js",
    "scripts/pydata-sphinx-theme.js",
)
EARLY_SCRIPTS = ("hits.js",)
OWN_SCRIPTS = ("book.js", "landing.js", "cells.js")
# Only for a page that uses sphinx-design (its classes begin with "sd-").
DESIGN = ("sphinx-design.min.css", "design-tabs.js")
# Never needed: a kernel in the page, and styles for it.
DROPPED = ("sphinx-thebe.js", "sphinx-thebe.css")
# Constants that extensions write into the page; the ones the site's script needs stand in its own text.
INLINE = ("let toggle", "var togglebuttonSelector", "const THEBE_JS_URL", "DOCUMENTATION_OPTIONS.")
# Copied by the theme and used by no page once the files above are joined.
UNUSED = (
    "vendor",
    "scripts",
    "styles",
    "images",
    "webpack-macros.html",
    "sbt-webpack-macros.html",
    "locales",
    "__pycache__",
)


def asset_name(file) -> str:
    """The name below ``_static`` of one of Sphinx's script or style entries."""
    return str(getattr(file, "filename", file) or "").removeprefix("_static/")


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    path = Path(name.split("?")[0])
    return any(path.match(pattern) if "*" in pattern else path.as_posix() == pattern for pattern in patterns)


def _read(static: Path, pattern: str) -> str:
    if pattern.startswith("mystnb"):  # copied by its extension only after the pages are written
        return Path(next(iter(myst_nb.static.__path__)), "mystnb.css").read_text(encoding="utf-8")
    return (static / pattern).read_text(encoding="utf-8")


def _prelude(config) -> str:
    """What the joined scripts expect to find, in place of inline scripts on every page."""
    values = {
        "toggleHintShow": config.togglebutton_hint,
        "toggleHintHide": config.togglebutton_hint_hide,
        "toggleOpenOnPrint": str(config.togglebutton_open_on_print).lower(),
        "togglebuttonSelector": config.togglebutton_selector,
    }
    return "".join(f"var {name} = {json.dumps(value)};\n" for name, value in values.items())


def _standalone(text: str) -> str:
    """Drop pointers to other files: to source maps, which the site does not carry, and to the joined basic style."""
    text = text.replace('@import "../basic.css";', "")
    return "\n".join(line for line in text.splitlines() if "sourceMappingURL=" not in line)


def _join(app) -> None:
    """Write the site's style sheet and script, once a build; Sphinx has copied the static files by then."""
    if getattr(app.builder, "resnet_book_joined", False):
        return
    static = Path(app.outdir, "_static")
    overwrite_pygments_css(app)  # the theme's colours for code, which it would write behind the pages
    styles = [_read(static, name) for name in STYLES] + [
        (HERE / "static" / name).read_text("utf-8") for name in OWN_STYLES
    ]
    early, own = (
        [(HERE / "static" / name).read_text("utf-8") for name in names] for names in (EARLY_SCRIPTS, OWN_SCRIPTS)
    )
    scripts = [_prelude(app.config), *early, *(_read(static, name) for name in SCRIPTS), *own]
    (static / SITE_STYLE).write_text("\n".join(map(_standalone, styles)), encoding="utf-8")
    (static / SITE_SCRIPT).write_text("\n;\n".join(map(_standalone, scripts)), encoding="utf-8")
    app.builder.resnet_book_joined = True


def _uses_design(doctree) -> bool:
    if doctree is None:
        return False
    return any(
        c.startswith("sd-") for node in doctree.findall() if hasattr(node, "get") for c in node.get("classes", ())
    )


def _slim(app, pagename, templatename, context, doctree):
    if app.builder.format != "html" or "script_files" not in context:
        return
    _join(app)
    drop = DROPPED if _uses_design(doctree) else DROPPED + DESIGN

    def keep(file, joined: tuple[str, ...]) -> bool:
        name, body = asset_name(file), getattr(file, "attributes", {}).get("body", "")
        return not (_matches(name, joined + drop) or body.lstrip().startswith(INLINE))

    context["css_files"][:] = [file for file in context["css_files"] if keep(file, STYLES)]
    context["script_files"][:] = [file for file in context["script_files"] if keep(file, SCRIPTS)]
    for file in [*context["css_files"], *context["script_files"]]:
        if "://" in asset_name(file):
            LOGGER.warning("%s would load %s from another origin", pagename, asset_name(file), type="resnet_book")
    app.add_css_file(SITE_STYLE, priority=100)
    app.add_js_file(SITE_SCRIPT, loading_method="defer", priority=900, fetchpriority="low")


def _prune(app, error):
    """Leave out what no page refers to, among files and in the joined style sheet."""
    if error or app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    readers = [*Path(app.outdir).glob("**/*.html"), *static.glob("*.js")]
    style = static / SITE_STYLE
    if style.is_file():
        used = words(path.read_text(encoding="utf-8") for path in readers)
        style.write_text(purge(style.read_text(encoding="utf-8"), used), encoding="utf-8")
    for name in UNUSED:
        path = static / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    joined = [name for name in (*STYLES, *SCRIPTS, *DROPPED) if "/" not in name]
    for pattern in joined:
        for path in static.glob(pattern):
            path.unlink()


def _templates(app, config):
    # In front of the theme's, which also announces its templates this way.
    config.templates_path.insert(0, str(HERE / "templates"))


def _static(app):
    app.config.html_static_path.append(str(HERE / "static" / "served"))


def setup(app):
    """Register templates, own files and the choice of what each page loads."""
    app.connect("config-inited", _templates, priority=900)
    app.connect("builder-inited", _static)
    app.connect("html-page-context", _slim, priority=900)
    app.connect("build-finished", _prune, priority=900)
