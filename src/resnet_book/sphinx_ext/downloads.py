"""The site's downloads: its package as a wheel, one zip with everything, and notebooks that say what they need.

They stand in the folder `downloads`; a page's own notebook stays where the theme links to it. The site's address comes
from the environment that publishes it (`launch.site_address`); where nobody knows it, a notebook asks for the wheel.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from urllib.parse import urljoin

from docutils import nodes
from sphinx.util.docutils import SphinxDirective
from sphinx.util.osutil import relative_uri

from .. import packing
from ..files import REPOSITORY, replace_file
from .launch import Repository, site_address

FOLDER = "downloads"
STAMP = "downloads.json"


def _stamp(site: str) -> str:
    """Changes with any file that is packed, and with the address."""
    digest = hashlib.sha256(site.encode())
    for path in packing.sources(new=True):
        status = (REPOSITORY / path).stat()
        digest.update(f"{path}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _prepare(app) -> None:
    """Make the wheel and the zip, unless they are there and no file has changed since."""
    if app.builder.format != "html":
        return
    folder, site = Path(app.outdir, FOLDER), site_address()
    address = urljoin(site, f"{FOLDER}/") if site else ""
    kept = Path(app.doctreedir, STAMP)
    stamp = _stamp(address)
    known = json.loads(kept.read_text(encoding="utf-8")) if kept.is_file() else {}
    if known.get("stamp") == stamp and (folder / known["release"]["wheel"]).is_file():
        app.resnet_book_release = packing.Release(**known["release"])
        return
    release = packing.build_wheel(folder, address)
    packing.write_requirements(folder, release)
    packing.pack_sources(folder)
    app.resnet_book_release = release
    kept.parent.mkdir(parents=True, exist_ok=True)
    replace_file(kept, json.dumps({"stamp": stamp, "release": vars(release)}).encode())


def _notebooks(app, error) -> None:
    """Give every notebook that the theme serves its first cell."""
    if error or app.builder.format != "html":
        return
    for name in app.env.found_docs:
        source = Path(app.env.doc2path(name))
        served = Path(app.outdir, "_sources", f"{name}.ipynb")
        if source.suffix == ".ipynb" and served.parent.is_dir():
            packing.prepare_notebook(source, served, app.resnet_book_release)


def _size(path: Path) -> str:
    size = path.stat().st_size
    return f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{max(1, round(size / 1e3))} kB"


class Downloads(SphinxDirective):
    """``{downloads}``: the files of the folder, with their sizes. ``{downloads} repository``: where the sources are."""

    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        """The list, or one paragraph about the repository (nothing where its address is not known)."""
        self.env.note_reread()
        if self.arguments == ["repository"]:
            return self.repository()
        builder, folder = self.env.app.builder, Path(self.env.app.outdir, FOLDER)
        if builder.format != "html":
            return [nodes.paragraph("", "The downloads are on the site.")]
        here = builder.get_target_uri(self.env.docname)
        texts = {
            packing.ARCHIVE: "everything: sources, tests, notebooks, recorded runs and the locks",
            self.env.app.resnet_book_release.wheel: "the package alone, for a notebook beside it",
            "requirements.txt": "what a notebook needs, each file pinned by its checksum",
        }
        items = nodes.bullet_list(bullet="*")
        for name, text in texts.items():
            link = nodes.reference("", "", nodes.literal("", name), refuri=relative_uri(here, f"{FOLDER}/{name}"))
            link["classes"] = ["download"]
            line = nodes.paragraph("", "", link, nodes.Text(f": {text} ({_size(folder / name)})"))
            items += nodes.list_item("", line)
        return [items]

    def repository(self) -> list[nodes.Node]:
        """A sentence with the address that the publishing environment gives."""
        repository = Repository.from_environment()
        if repository is None:
            return []
        link = nodes.reference("", repository.url, refuri=repository.url)
        return [nodes.paragraph("", "", nodes.Text("The repository is "), link, nodes.Text("."))]


def _buttons(app, pagename, templatename, context, doctree) -> None:
    """Add wheel and zip to the theme's menu of downloads."""
    release = getattr(app, "resnet_book_release", None)
    menus = [group for group in context.get("header_buttons", ()) if group.get("label") == "download-buttons"]
    if release is None or not menus:
        return
    files = {
        ".whl": (release.wheel, "The package, for this notebook"),
        ".zip": (packing.ARCHIVE, "Everything, to run it"),
    }
    if context.get("page_source_suffix") != ".ipynb":
        del files[".whl"]
    menus[0]["buttons"] += [
        {
            "type": "link",
            "text": suffix,
            "tooltip": tip,
            "icon": "fas fa-file",
            "label": f"download-{suffix[1:]}-button",
            "url": context["pathto"](f"{FOLDER}/{name}", 1),
        }
        for suffix, (name, tip) in files.items()
    ]


def setup(app):
    """Register the steps, the directive and the buttons."""
    app.add_directive("downloads", Downloads)
    app.connect("builder-inited", _prepare)
    app.connect("html-page-context", _buttons, priority=503)
    app.connect("build-finished", _notebooks, priority=950)
