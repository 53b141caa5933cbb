"""The book's Sphinx extension: live widgets on static pages, and pages that load nothing from elsewhere."""

from __future__ import annotations

from . import access, api, cells, downloads, figures, katex, launch, pages, search, slim, status, widgets


def setup(app):
    """Register every part; each module says what it does."""
    for part in (widgets, cells, figures, katex, slim, access, launch, downloads, pages, search, status, api):
        part.setup(app)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
