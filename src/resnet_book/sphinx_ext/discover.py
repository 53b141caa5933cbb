"""What others see of a page without opening it: its description. Where the site's address is known, also structured
data, the page's canonical address and a sitemap.

A description is the page's first paragraph, cut after a sentence. The address comes from `launch.site_address`.
"""

from __future__ import annotations

import json
import re
from html import escape
from pathlib import Path
from urllib.parse import urljoin
from xml.sax.saxutils import escape as escape_xml

from docutils import nodes

from .launch import Repository, site_address

LONGEST = 160  # characters of a description that search engines show
LICENCE = "https://creativecommons.org/licenses/by/4.0/"


def describe(doctree: nodes.document) -> str:
    """The first paragraph of a page in plain words, cut after its last whole sentence, or word, that fits."""
    for paragraph in doctree.findall(nodes.paragraph):
        # A formula's text is TeX; a paragraph inside of a table or a widget describes nothing.
        if isinstance(paragraph.parent, (nodes.section, nodes.document)):
            copy = paragraph.deepcopy()
            for formula in list(copy.findall(nodes.math)):
                formula.parent.remove(formula)
            return shorten(" ".join(copy.astext().split()))
    return ""


def shorten(text: str, longest: int = LONGEST) -> str:
    """A text of at most that many characters: whole sentences if they say enough, else whole words."""
    if len(text) <= longest:
        return text
    sentences = [match.end() for match in re.finditer(r"[.?!](?= )", text[: longest + 1])]
    if sentences and sentences[-1] >= longest // 3:
        return text[: sentences[-1]]
    return text[: longest - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"


def structured(title: str, book: str, description: str, address: str, home: str) -> dict:
    """A page in the words of schema.org."""
    repository = Repository.from_environment()
    whole = {"@type": "Book", "name": book, "url": home, "license": LICENCE, "inLanguage": "en"}
    if repository is not None:
        whole["sameAs"] = repository.url
    part = {"@type": ["Chapter", "LearningResource"], "name": title, "description": description, "url": address}
    return {"@context": "https://schema.org", **part, "license": LICENCE, "inLanguage": "en", "isPartOf": whole}


def _head(app, pagename, templatename, context, doctree) -> None:
    if doctree is None or app.builder.format != "html":
        return
    description = describe(doctree)
    tags = [f'<meta name="description" content="{escape(description)}">'] if description else []
    site = site_address()
    if site:
        address = urljoin(site, app.builder.get_target_uri(pagename))
        home = urljoin(site, app.builder.get_target_uri(app.config.root_doc))
        title = re.sub(r"<[^>]*>", "", context.get("title", ""))
        data = structured(title, context["docstitle"], description, address, home)
        text = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
        tags.append(f'<script type="application/ld+json">{text}</script>')
    context["metatags"] = "\n".join([context.get("metatags", ""), *tags])


def _base(app, config) -> None:
    config.html_baseurl = config.html_baseurl or site_address()


def _sitemap(app, error) -> None:
    site = site_address()
    if error or not site or app.builder.format != "html":
        return
    places = (urljoin(site, app.builder.get_target_uri(name)) for name in sorted(app.env.found_docs))
    lines = "".join(f"  <url><loc>{escape_xml(place)}</loc></url>\n" for place in places)
    frame = '<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    Path(app.outdir, "sitemap.xml").write_text(f"{frame}{lines}</urlset>\n", encoding="utf-8")
    Path(app.outdir, "robots.txt").write_text(
        f"User-agent: *\nAllow: /\nSitemap: {site}sitemap.xml\n", encoding="utf-8"
    )


def setup(app):
    """Register the steps."""
    app.connect("config-inited", _base)
    app.connect("html-page-context", _head)
    app.connect("build-finished", _sitemap)
