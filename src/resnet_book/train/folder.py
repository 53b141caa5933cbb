"""The folder that a run writes to: it can be written to, and one process trains in it at a time."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from .devices import Team
from .errors import TrainingError

__all__ = ["alone", "writable"]


def writable(folder: Path) -> Path:
    """The folder, made if need be; an error now rather than after the first epoch."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe-{time.time_ns()}"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise TrainingError(f"the folder {folder} cannot be written to ({error.strerror}); give another one") from error
    return folder


@contextlib.contextmanager
def alone(saved: Path | None, team: Team) -> Iterator[None]:
    """Keep a folder to this run while it trains. The system lifts the lock when the process ends, however it ends."""
    if saved is None or team.rank > 0:
        yield
        return
    lock = FileLock(saved.with_name(".training.lock"), timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise TrainingError(
            f"another process trains in {saved.parent} at this moment; wait for it, or give another folder"
        ) from error
    try:
        yield
    finally:
        lock.release()
