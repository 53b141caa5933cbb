"""Files that are whole or not there: written beside, flushed to the disk, then put in place in one move. And where the
book's own files are."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar, get_args, get_type_hints

__all__ = ["MeasurementError", "find", "read_measurements", "read_rows", "replace_file", "write_measurements"]

Row = TypeVar("Row", bound=NamedTuple)
REPOSITORY = Path(__file__).parents[2]
RECORDED = Path(__file__).parent / "recorded"  # only where the package is installed: see setup.py
BOOK = RECORDED if RECORDED.is_dir() else REPOSITORY / "book"


class MeasurementError(RuntimeError):
    """Recorded measurements that are not as they were written. The message names file and fault."""

    def __init__(self, file: Path, fault: object) -> None:
        super().__init__(f"{file} is damaged ({fault}). Take the folder anew from the book, or measure again.")


def find(path: Path | str) -> Path:
    """Where a file or folder of the book is, from wherever a notebook runs.

    Args:
        path: as given, or relative to the book's folder: "runs/book-0" is found in the repository's `book`, and in an
            installed package, which carries the recorded runs.

    Returns:
        An existing path, or the one given where there is none.
    """
    path = Path(path)
    inside = BOOK / path
    return inside if not path.exists() and inside.exists() else path


def write_measurements(folder: Path, config: dict, env: dict, rows: Sequence[tuple]) -> None:
    """Measurements that are no training run, in a folder: env.json, metrics.csv of named tuples, and config.json.

    Each file is put in place in one move, config.json last: a folder with it is complete.
    """
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(rows[0]._fields)
    writer.writerows(rows)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").unlink(missing_ok=True)
    replace_file(folder / "env.json", _json(env))
    replace_file(folder / "metrics.csv", table.getvalue().encode())
    replace_file(folder / "config.json", _json(config))


def _json(data: dict) -> bytes:
    return (json.dumps(data, indent=2) + "\n").encode()


def read_measurements(folder: Path | str) -> tuple[dict, dict, list[dict[str, str]]]:
    """What `write_measurements` wrote; the cells as texts.

    Raises:
        FileNotFoundError: there is nothing.
        MeasurementError: a file is not as it was written.
    """
    folder = find(folder)
    config, env = (_read_json(folder / name) for name in ("config.json", "env.json"))
    path = folder / "metrics.csv"
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file, strict=True))
    except (csv.Error, UnicodeDecodeError) as error:
        raise MeasurementError(path, error) from error
    for line, row in enumerate(rows, 2):
        if None in row or None in row.values():
            raise MeasurementError(path, f"line {line} has not as many cells as the first one")
    return config, env, rows


def read_rows(folder: Path | str, kind: type[Row]) -> list[Row]:
    """The rows of a measurement, each as a `NamedTuple` whose fields are the columns. See `read_measurements`."""
    hints = get_type_hints(kind).items()
    kinds = {name: (get_args(hint) or (hint,))[0] for name, hint in hints}  # of float | None it is float
    rows = read_measurements(folder)[2]
    path = find(folder) / "metrics.csv"
    for row in rows[:1]:
        if set(row) != set(kinds):
            raise MeasurementError(path, f"its columns are {', '.join(row)}; expected {', '.join(kinds)}")
    try:
        return [kind(**{key: kinds[key](text) for key, text in row.items()}) for row in rows]
    except ValueError as error:
        raise MeasurementError(path, error) from error


def _read_json(path: Path) -> dict:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:  # of JSON, or of the text's encoding
        raise MeasurementError(path, error) from error
    if not isinstance(found, dict):
        raise MeasurementError(path, f"it holds no object but {type(found).__name__}")
    return found


def replace_file(path: Path, content: bytes) -> None:
    """Give a file new content, in one move: it holds the old content or the new, whole, even after a crash."""
    beside = path.with_name(f".{path.name}.partial")
    try:
        with open(beside, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    if os.name == "posix":  # the move itself has to reach the disk
        place = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(place)
        finally:
            os.close(place)
