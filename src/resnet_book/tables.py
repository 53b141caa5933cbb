"""Tables that a cell shows: real ones on a page and in JupyterLab, aligned text anywhere else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["TABLE_MIME", "Table", "table"]

TABLE_MIME = "application/vnd.resnet-book.table+json"


NUMERIC = re.compile(r"[-−+]?\d(?!\d*\. [A-Za-z])")  # a number or a shape, with a unit or without; no numbered title


@dataclass(frozen=True, repr=False)
class Table:
    """A table as text; also a widget's content for a reader without JavaScript, in print or in a PDF."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.header):
                raise ValueError(f"the row {row!r} has {len(row)} cells, the header {len(self.header)}")

    def numeric(self, column: int) -> bool:
        """Whether a column holds numbers, and so is set flush right."""
        cells = [row[column] for row in self.rows if row[column]]
        return bool(cells) and all(NUMERIC.match(cell) for cell in cells)

    def __str__(self) -> str:
        lines = [self.header, *self.rows]
        widths = [max(len(line[i]) for line in lines) for i in range(len(self.header))]
        right = [self.numeric(i) for i in range(len(self.header))]

        def align(line: Iterable[str]) -> str:
            cells = (c.rjust(w) if r else c.ljust(w) for c, w, r in zip(line, widths, right, strict=True))
            return "  ".join(cells).rstrip()

        rule = "  ".join("-" * width for width in widths)
        caption = [self.caption] if self.caption else []
        return "\n".join([*caption, align(self.header), rule, *map(align, self.rows)])

    __repr__ = __str__

    def markdown(self) -> str:
        """The same in Markdown, which JupyterLab draws."""

        def line(cells: Iterable[str]) -> str:
            return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"

        rule = ("--:" if self.numeric(column) else ":--" for column in range(len(self.header)))
        caption = [f"**{self.caption}**", ""] if self.caption else []
        return "\n".join([*caption, line(self.header), line(rule), *map(line, self.rows)])

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        parts = {"caption": self.caption, "header": list(self.header), "rows": [list(row) for row in self.rows]}
        return {TABLE_MIME: parts, "text/markdown": self.markdown(), "text/plain": str(self)}


def table(rows: Iterable[Sequence[Any]], header: Sequence[str] | None = None, caption: str = "") -> Table:
    """A table for the last line of a cell.

    Args:
        rows: a sequence of cells each; a whole number is grouped (36,864), anything else stands as `str` writes it.
        header: by default the first of the rows, so that ``table(trace(...).table())`` will do.
        caption: a line above it.

    Raises:
        ValueError: for a row that is longer or shorter than the header.
    """

    def text(cell: Any) -> str:
        return f"{cell:,}" if isinstance(cell, int) and not isinstance(cell, bool) else str(cell)

    lines = [tuple(map(text, row)) for row in rows]
    head, *body = lines if header is None else [tuple(header), *lines]
    return Table(caption, tuple(head), tuple(body))
