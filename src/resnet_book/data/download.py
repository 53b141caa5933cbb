"""Files from the web: downloaded in one go or in several, and in place only once their sum is right."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

from filelock import FileLock

from .pictures import DataError

__all__ = ["download", "md5", "writable"]

TIMEOUT = 30  # seconds without a byte, after which a download counts as broken off
PIECE = 1 << 18  # bytes read at a time


class _Broken(Exception):
    """Why an address did not give the file."""


def md5(content: bytes) -> str:
    """The sum by which the makers of a data set name their files."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def download(addresses: Sequence[str], path: Path, wanted: str) -> None:
    """Fetch a file from the first address that gives it. What broke off goes on where it stopped, in any later call.

    Args:
        addresses: where it can be had.
        path: where it shall stand, in a folder that is there and can be written to.
        wanted: its MD5 sum; a file with another one never gets its name.

    Raises:
        DataError: no address gave it; the message has the cause of each.
    """
    partial, causes = path.with_name(f".{path.name}.partial"), []
    for address in addresses:
        try:
            _get(address, partial)
            _put(partial, path, wanted)
            return
        except _Broken as error:
            causes.append(f"{address}: {error}")
    raise DataError("; ".join(causes))


@contextlib.contextmanager
def writable(folder: Path, name: str) -> Iterator[None]:
    """Make a folder and keep it to this process while files are fetched into it.

    Raises:
        DataError: it cannot be written to, or is no folder; nothing is left behind.
    """
    lock = FileLock(folder / ".download.lock")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except (OSError, NotImplementedError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError(
            f"{name} cannot be stored in {folder}, because this folder cannot be written to ({reason}). "
            "Set RESNET_BOOK_DATA to a folder that can."
        ) from error
    try:
        yield
    except OSError as error:
        raise DataError(
            f"{name} cannot be stored in {folder} ({error.strerror or error}). "
            "Make room there, or set RESNET_BOOK_DATA to another folder."
        ) from error
    finally:
        lock.release()
        with contextlib.suppress(OSError):
            (folder / ".download.lock").unlink()


def _get(address: str, partial: Path) -> None:
    """Append to a file what it does not have of an address yet."""
    there = partial.stat().st_size if partial.exists() else 0
    request = urllib.request.Request(address, headers={"Range": f"bytes={there}-"} if there else {})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            goes_on = there and answer.status == 206
            with open(partial, "ab" if goes_on else "wb") as file:
                left = int(answer.headers.get("Content-Length") or 0)
                while piece := answer.read(PIECE):
                    file.write(piece)
                    left -= len(piece)
            if left > 0:  # which urllib does not tell; what came is kept
                raise _Broken(f"the connection broke off, {left:,} bytes before the end")
    except urllib.error.HTTPError as error:
        if error.code != 416:  # nothing is left to fetch: the sum will tell
            raise _Broken(f"the server answers {error.code} {error.reason}") from error
    except TimeoutError as error:
        raise _Broken(f"no answer for {TIMEOUT} seconds") from error
    except urllib.error.URLError as error:
        slow = isinstance(error.reason, TimeoutError)
        raise _Broken(f"no answer for {TIMEOUT} seconds" if slow else f"no connection ({error.reason})") from error
    except http.client.HTTPException as error:
        raise _Broken(f"the connection broke off ({type(error).__name__})") from error
    except ConnectionError as error:
        raise _Broken(f"the connection broke off ({error.strerror or error})") from error


def _put(partial: Path, path: Path, wanted: str) -> None:
    content = partial.read_bytes()
    if md5(content) != wanted:
        partial.unlink()
        page = content.lstrip()[:1] == b"<"
        what = "a web page, perhaps an error or a log-in page," if page else f"{len(content):,} bytes"
        raise _Broken(f"it sent {what} in place of the official file (the MD5 sum differs)")
    os.replace(partial, path)
