"""Measurements that take long, written down one by one: whoever stops them loses one at most, and goes on later."""

from __future__ import annotations

import datetime
import json
import os
import time
from pathlib import Path
from typing import Any, NamedTuple

from ..files import replace_file, write_measurements
from ..runs import environment

__all__ = ["Ledger"]

UNFINISHED = "unfinished.jsonl"


class Ledger:
    """The rows of one experiment, in a folder, while it is being made.

    Every row is on the disk when `add` returns. `finish` writes config.json, env.json and metrics.csv, as
    `files.write_measurements` does, and clears the rest away.

    Args:
        folder: where.
        config: all that decides the result. A ledger of another config is refused.

    Attributes:
        rows: what was written before, in order, as lists.
        finished: whether the folder holds the finished measurements of this config already; then there are no rows.

    Raises:
        ValueError: the folder holds other measurements.
    """

    def __init__(self, folder: Path | str, config: dict[str, Any]) -> None:
        self.folder, self.config = Path(folder), json.loads(json.dumps(config))
        self.path, self.rows, self._before = self.folder / UNFINISHED, [], 0.0
        self.finished = (self.folder / "config.json").is_file()  # the last file that `write_measurements` writes
        if self.finished:
            self._compare(json.loads((self.folder / "config.json").read_text(encoding="utf-8")))
            self.path.unlink(missing_ok=True)
        elif self.path.is_file():
            self._take_up()
        else:
            self.folder.mkdir(parents=True, exist_ok=True)
            replace_file(self.path, (json.dumps(self.config) + "\n").encode())
        self._environment = environment()  # of the code that measures: by the end the files may be other ones
        self._start = time.perf_counter()

    def _compare(self, there: dict[str, Any]) -> None:
        differs = [
            f"{key} was {there.get(key)!r}, is {self.config.get(key)!r}"
            for key in sorted(there.keys() | self.config.keys())
            if there.get(key) != self.config.get(key)
        ]
        if differs:
            raise ValueError(
                f"{self.folder} holds other measurements: {'; '.join(differs)}. Give another folder, or move it away."
            )

    def _take_up(self) -> None:
        """Read what is there; a last line that was cut short is dropped."""
        first, *lines = self.path.read_bytes().split(b"\n")
        try:
            self._compare(json.loads(first))
            found = [json.loads(line) for line in lines[:-1]]  # behind the last line end stands what was cut short
        except json.JSONDecodeError as error:
            raise ValueError(f"{self.path} is damaged ({error}). Move it away to start anew.") from error
        self.rows = [row for row, _ in found]
        self._before = found[-1][1] if found else 0.0
        replace_file(self.path, b"\n".join([first, *lines[:-1], b""]))

    @property
    def seconds(self) -> float:
        """Wall time spent, over all starts."""
        return self._before + time.perf_counter() - self._start

    def add(self, *values: Any) -> None:
        """Write a row down: numbers, strings, lists of them."""
        row = json.loads(json.dumps(values))
        with open(self.path, "ab") as file:
            file.write((json.dumps([row, round(self.seconds, 1)]) + "\n").encode())
            file.flush()
            os.fsync(file.fileno())
        self.rows.append(row)

    def finish(self, rows: list[NamedTuple], **env: Any) -> None:
        """Record the measurements, with the machine they were made on and more that is to be said of it."""
        day = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
        env = {**self._environment, **env, "date": day, "seconds": round(self.seconds, 1)}
        write_measurements(self.folder, self.config, env, rows)
        self.path.unlink()
        self.finished = True
