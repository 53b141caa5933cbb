"""The directive ``{execution-status}``: a table of what was executed when, and on what, from `book/status.json`."""

from __future__ import annotations

import json
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

COLUMNS = ("Notebook", "Executed (UTC)", "Seconds", "Python", "PyTorch", "System", "Device")


class ExecutionStatus(SphinxDirective):
    """Takes no argument; the file stands beside the page."""

    def run(self) -> list[nodes.Node]:
        """One row a notebook, in the order of the file's names."""
        path = Path(self.env.doc2path(self.env.docname)).with_name("status.json")
        self.env.note_dependency(str(path))
        records = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        if not records:
            return [nodes.paragraph("", "No notebook has been executed yet.")]
        group = nodes.tgroup("", cols=len(COLUMNS))
        group += [nodes.colspec(colwidth=1) for _ in COLUMNS]
        header = nodes.row("", *(nodes.entry("", nodes.paragraph("", column)) for column in COLUMNS))
        group += [nodes.thead("", header), nodes.tbody("", *(self.row(n, r) for n, r in sorted(records.items())))]
        return [nodes.table("", group, classes=["execution-status"])]

    def row(self, notebook: str, record: dict) -> nodes.row:
        """The cells of one record; the notebook's name links to its page."""
        target = addnodes.pending_xref(
            "",
            nodes.inline("", notebook),
            refdomain="std",
            reftype="doc",
            reftarget=Path(notebook).stem,
            refexplicit=True,
        )
        target["refdoc"] = self.env.docname
        keys = ("date", "seconds", "python", "torch", "platform", "device")
        cells = [nodes.paragraph("", "", target)]
        cells += [nodes.paragraph("", str(record.get(key) or "\u2013")) for key in keys]
        return nodes.row("", *(nodes.entry("", c, classes=["num"] if i == 2 else []) for i, c in enumerate(cells)))


def setup(app):
    """Register the directive."""
    app.add_directive("execution-status", ExecutionStatus)
