"""Launch buttons for Colab and Binder, on a site that knows the address of its own repository.

The address comes from the environment that publishes the site: `RESNET_BOOK_REPOSITORY` (and `RESNET_BOOK_BRANCH`), or
what GitHub's own workflows set. Elsewhere there is no address, and so no button. The site's own address comes from the
same place.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import quote, urlsplit

PUBLISHED_BRANCH = "published"  # notebooks with a first cell that sets up Colab


def site_address(environment: Mapping[str, str] = os.environ) -> str:
    """Where the site will stand, with a slash at its end: `RESNET_BOOK_SITE`, or the Pages of a GitHub workflow, or "".

    Raises:
        ValueError: for an address that is no http or https URL.
    """
    given = environment.get("RESNET_BOOK_SITE", "").strip()
    if given:
        parts = urlsplit(given)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
            raise ValueError(f"{given!r} is not the address of a site, such as https://HOST/FOLDER/")
        return given.rstrip("/") + "/"
    repository = Repository.from_environment(environment)
    if repository is None or urlsplit(repository.url).netloc != "github.com":
        return ""
    owner, name = urlsplit(repository.url).path.strip("/").split("/")[:2]
    host = f"{owner.lower()}.github.io"
    return f"https://{host}/" if name.lower() == host else f"https://{host}/{name}/"


@dataclass(frozen=True)
class Repository:
    """A public repository: `url` without a closing slash, and the branch that holds the book."""

    url: str
    branch: str = "main"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Repository | None:
        """What the environment says, or None.

        Raises:
            ValueError: for an address that is no https URL of the form host/owner/name.
        """
        url = environment.get("RESNET_BOOK_REPOSITORY", "")
        if not url and environment.get("GITHUB_SERVER_URL") and environment.get("GITHUB_REPOSITORY"):
            url = f"{environment['GITHUB_SERVER_URL']}/{environment['GITHUB_REPOSITORY']}"
        if not url:
            return None
        branch = environment.get("RESNET_BOOK_BRANCH") or environment.get("GITHUB_REF_NAME") or "main"
        return cls.parse(url, branch)

    @classmethod
    def parse(cls, url: str, branch: str = "main") -> Repository:
        """Check an address. Raises ValueError as `from_environment` does."""
        clean = url.strip().rstrip("/").removesuffix(".git")
        parts = urlsplit(clean)
        if parts.scheme != "https" or not parts.netloc or len(parts.path.strip("/").split("/")) < 2:
            raise ValueError(f"{url!r} is not the address of a repository, such as https://HOST/OWNER/NAME")
        return cls(clean, branch)

    @property
    def name(self) -> str:
        """The last part of the address: the folder a clone makes."""
        return self.url.rsplit("/", 1)[1]

    def binder(self, notebook: str) -> str:
        """Where Binder opens a notebook of the repository; `notebook` is its path there."""
        host, path = urlsplit(self.url).netloc, urlsplit(self.url).path.strip("/")
        places = {"github.com": f"gh/{path}", "gitlab.com": f"gl/{quote(path, safe='')}"}
        place = places.get(host, f"git/{quote(self.url, safe='')}")
        return f"https://mybinder.org/v2/{place}/{quote(self.branch, safe='')}?urlpath=lab/tree/{quote(notebook)}"

    def colab(self, notebook: str) -> str | None:
        """Where Colab opens the published copy of a notebook; None where Colab cannot reach the host."""
        parts = urlsplit(self.url)
        if parts.netloc != "github.com":
            return None
        return f"https://colab.research.google.com/github{parts.path}/blob/{PUBLISHED_BRANCH}/{quote(notebook)}"


def _add_buttons(app, pagename, templatename, context, doctree):
    repository = Repository.from_environment()
    if repository is None or context.get("page_source_suffix") != ".ipynb":
        return
    notebook = f"{pagename}.ipynb"
    links = (("Colab", repository.colab(notebook)), ("Binder", repository.binder(notebook)))
    buttons = [
        {"type": "link", "text": name, "tooltip": f"Run this page on {name}", "icon": "fas fa-play", "url": url}
        for name, url in links
        if url
    ]
    group = {"type": "group", "tooltip": "Run this page", "icon": "fas fa-rocket", "label": "launch-buttons"}
    context["header_buttons"].insert(0, {**group, "buttons": buttons})


def _footer(app, pagename, templatename, context, doctree):
    """On every page a link to the repository, beside the licences."""
    repository = Repository.from_environment()
    if repository is not None and "theme_extra_footer" in context:
        context["theme_extra_footer"] += f', <a href="{escape(repository.url)}">sources</a>'


def setup(app):
    """Add the buttons behind the theme's own, and the link below."""
    app.connect("html-page-context", _footer, priority=502)
    app.connect("html-page-context", _add_buttons, priority=502)
