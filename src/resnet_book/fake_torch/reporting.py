"""What `check` prints: a table, lines for editors, the text with its shapes."""

from __future__ import annotations

from typing import Any

from ..rules import times

__all__ = ["annotated", "lines_of_errors", "table"]

_MOST_SHAPES = 4


def lines_of_errors(found: dict[str, Any]) -> list[str]:
    """One line an error: ``file:line: where: got ...; expected ...; fix: ...``."""
    return [f"{found['file']}:{error['line'] or 1}: {error['message']}" for error in found["errors"]]


def table(found: dict[str, Any]) -> str:
    """The rows as aligned text, with their lines and the totals."""
    head = ("Line", "Layer", "Operation", "Output shape", "Parameters", "MACs", "Activations", "Receptive field")
    lines = [head]
    for row in found["rows"]:
        counts = (f"{row[key]:,}" for key in ("params", "macs", "activations"))
        field = times(tuple(row["receptive_field"])) if row["receptive_field"] else "unknown"
        line = str(row["line"] or row["made"] or "")
        lines.append((line, row["name"], row["op"], times(tuple(row["output_shape"])), *counts, field))
    activations = sum(row["activations"] for row in found["rows"])
    totals = (f"{found['params']:,}", f"{found['macs']:,}", f"{activations:,}")
    lines.append(("", "Total", "", _shape(found["output_shape"]), *totals, ""))
    widths = [max(map(len, column)) for column in zip(*lines)]
    left = (1, 2, 3)
    return "\n".join(
        "  ".join(c.ljust(w) if i in left else c.rjust(w) for i, (c, w) in enumerate(zip(cells, widths))).rstrip()
        for cells in lines
    )


def _shape(shape: Any) -> str:
    """A shape, or several nested ones, as text."""
    if isinstance(shape, dict):
        return ", ".join(f"{key}: {_shape(value)}" for key, value in shape.items())
    if isinstance(shape, list):
        if all(isinstance(n, int) for n in shape):
            return times(tuple(shape)) or "a number"
        return ", ".join(_shape(value) for value in shape)
    return "none"


def annotated(text: str, trail: list[tuple[int | None, tuple[int, ...]]], errors: list[dict[str, Any]]) -> str:
    """The text with the shapes that came out on every line, without the batch, as a comment; errors on their lines."""
    lines, found = text.split("\n"), {}
    previous = None
    for line, shape in trail:
        shapes = found.setdefault(line, [])
        if previous == line and shapes:
            shapes.pop()
        if not shapes or shapes[-1] != shape[1:]:
            shapes.append(shape[1:])
        previous = line
    notes = {line: _listed(shapes) for line, shapes in found.items() if line and line <= len(lines)}
    for error in errors:
        if error["line"]:
            notes[error["line"]] = f"error: {error['message']}"
    width = max((len(lines[line - 1]) for line in notes), default=0)
    for line, note in notes.items():
        lines[line - 1] = f"{lines[line - 1].ljust(min(width, 88))}  # {note}"
    return "\n".join(lines)


def _listed(shapes: list[tuple[int, ...]]) -> str:
    texts = [times(shape) or "a number" for shape in shapes]
    if len(texts) > _MOST_SHAPES:
        texts = [*texts[:2], "...", texts[-1]]
    return ", ".join(texts)
