"""What machines read of a page: its title and description, its icons; and, on a site that knows its own address, a site
map and structured data.

The description of a page stands in `_config.yml` under `book_descriptions`; a page without one is described by the
beginning of its text. The address comes from the publishing environment, see `launch.site_address`.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from urllib.parse import urljoin
from xml.sax.saxutils import escape

from docutils import nodes
from markupsafe import Markup
from sphinx.util.osutil import relative_uri

from .launch import site_address

SERVED = Path(__file__).parent / "static" / "served"
LONGEST = 160  # characters of a description that a search engine shows
NOT_LISTED = ("search",)
LICENSE = "https://creativecommons.org/licenses/by/4.0/"

REDIRECT = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<meta name="description" content="{description}">
<meta http-equiv="refresh" content="0; url={first}">
<link rel="icon" href="favicon.ico" sizes="32x32">
<link rel="icon" href="_static/logo.svg" type="image/svg+xml">
<link rel="canonical" href="{first}">
</head>
<body><p><a href="{first}">{title}</a></p></body>
</html>
"""


def shortened(text: str, most: int = LONGEST) -> str:
    """A text of at most so many characters, cut behind a sentence where one ends late enough, else behind a word."""
    text = " ".join(text.split())
    if len(text) <= most:
        return text
    head = text[: most + 1]
    end = max(head.rfind(mark) for mark in (". ", "? ", "! "))
    return head[: end + 1] if end >= most // 2 else head[: most - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"


def described(doctree) -> str:
    """The beginning of a page's text, "" where it has none."""
    paragraphs = (
        node.astext()
        for node in doctree.findall(nodes.paragraph)
        if isinstance(node.parent, nodes.section | nodes.document)
    )
    return shortened(next((text for text in paragraphs if len(text) >= 60), ""))


def _attributes(**values: str) -> str:
    return " ".join(f'{name}="{escape(text, {chr(34): "&quot;"})}"' for name, text in values.items())


def _describe(app, pagename, templatename, context, doctree) -> None:
    if app.builder.format != "html":
        return
    book = app.config.html_title or app.config.project
    root = pagename == app.config.root_doc
    title = re.sub(r"<[^>]*>", "", context.get("title", "") or book)
    text = app.config.book_descriptions.get(pagename) or (described(doctree) if doctree is not None else "")
    tags = [_attributes(name="description", content=text)] if text else []
    tags += [
        _attributes(property="og:title", content=title if root else f"{title} · {book}"),
        _attributes(property="og:type", content="book" if root else "article"),
        _attributes(property="og:site_name", content=book),
        *([_attributes(property="og:description", content=text)] if text else []),
    ]
    lines = [f"<meta {tag}>" for tag in tags]

    def icon(name: str) -> str:
        return relative_uri(app.builder.get_target_uri(pagename), name)

    lines.append(f"<link {_attributes(rel='icon', href=icon('favicon.ico'), sizes='32x32')}>")
    lines.append(f"<link {_attributes(rel='apple-touch-icon', href=icon('_static/apple-touch-icon.png'))}>")
    if address := site_address():
        url = urljoin(address, app.builder.get_target_uri(pagename))
        lines.append(f"<meta {_attributes(property='og:url', content=url)}>")
        if pagename not in NOT_LISTED:
            data = json.dumps(structured(book, title, text, address, url, root), ensure_ascii=False).replace(
                "<", "\\u003c"
            )
            lines.append(f'<script type="application/ld+json">{data}</script>')
    context["metatags"] = Markup("\n".join([str(context.get("metatags", "")), *lines]))


def structured(book: str, title: str, text: str, address: str, url: str, root: bool) -> dict:
    """A page as schema.org sees it: the book itself, or a chapter of it."""
    whole = {
        "@type": "Book",
        "name": book,
        "url": address,
        "inLanguage": "en",
        "license": LICENSE,
        "bookFormat": "https://schema.org/EBook",
    }
    if root:
        return {"@context": "https://schema.org", **whole, "description": text, "isAccessibleForFree": True}
    part = {"@type": ["Chapter", "LearningResource"], "name": title, "url": url, "inLanguage": "en", "license": LICENSE}
    return {
        "@context": "https://schema.org",
        **part,
        "description": text,
        "isAccessibleForFree": True,
        "isPartOf": whole,
    }


def site_map(urls: list[str]) -> str:
    """The addresses of all pages, for search engines."""
    lines = "\n".join(f"<url><loc>{escape(url)}</loc></url>" for url in urls)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    return f"{head}{lines}\n</urlset>\n"


def _finish(app, error) -> None:
    if error or app.builder.format != "html":
        return
    out, first = Path(app.outdir), app.builder.get_target_uri(app.config.root_doc)
    shutil.copy(SERVED / "favicon.ico", out / "favicon.ico")  # where a browser looks that was told of no icon
    title = app.config.html_title or app.config.project
    if first != "index.html":
        about = app.config.book_descriptions.get(app.config.root_doc, "")
        (out / "index.html").write_text(
            REDIRECT.format(title=escape(title), first=first, description=escape(about, {'"': "&quot;"})),
            encoding="utf-8",
        )
    if address := site_address():
        pages = [urljoin(address, app.builder.get_target_uri(name)) for name in sorted(app.env.found_docs)]
        (out / "sitemap.xml").write_text(site_map(pages), encoding="utf-8")
        (out / "robots.txt").write_text(
            f"User-agent: *\nSitemap: {urljoin(address, 'sitemap.xml')}\n", encoding="utf-8"
        )


def _canonical(app, config) -> None:
    config.html_baseurl = site_address() or config.html_baseurl


def setup(app) -> None:
    """Register the descriptions and what stands beside the pages."""
    app.add_config_value("book_descriptions", {}, "html", dict)
    app.connect("config-inited", _canonical)
    app.connect("html-page-context", _describe, priority=600)
    app.connect("build-finished", _finish)
