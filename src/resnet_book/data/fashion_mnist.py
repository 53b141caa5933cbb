"""Fashion-MNIST (Xiao, Rasul and Vollgraf 2017) from its official files: downloaded, verified, unpacked in memory.

Only the four packed files count. They are never unpacked on the disk, so a folder that cannot be written to will do,
and a download that broke off leaves nothing behind that could be taken for data.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from platformdirs import user_cache_dir
from torch import Tensor
from torchvision import datasets

from ..classes import CLASSES

__all__ = ["CLASSES", "DataError", "Pictures", "fashion_mnist", "folder", "split"]

MD5 = dict(datasets.FashionMNIST.resources)  # the official sums, by file name
RAW = Path("FashionMNIST", "raw")  # torchvision's layout, so that its own folder can be used as it is
TIMEOUT = 30  # seconds without a byte, after which a download counts as broken off
DAY = 24 * 60 * 60


class DataError(RuntimeError):
    """Data files are missing or altered and could not be had; the message names them and says what to do."""


@dataclass(frozen=True)
class Pictures:
    """Pictures and what they show.

    Attributes:
        images: (N, 28, 28), uint8: 0 is the background.
        labels: (N,), int64: positions in `CLASSES`.
        name: what this is, for records: "Fashion-MNIST, training set".
    """

    images: Tensor
    labels: Tensor
    name: str

    def __post_init__(self) -> None:
        if self.images.ndim != 3 or self.images.dtype != torch.uint8:
            raise ValueError(f"images: expected uint8 (N, H, W), got {self.images.dtype} {tuple(self.images.shape)}")
        if self.labels.shape != self.images.shape[:1] or self.labels.dtype != torch.int64:
            raise ValueError(f"labels: expected {len(self.images)} int64, got {self.labels.dtype} {self.labels.shape}")

    def __len__(self) -> int:
        return len(self.images)

    def take(self, index: Tensor, name: str | None = None) -> Pictures:
        """The pictures at these positions."""
        return Pictures(self.images[index], self.labels[index], name or self.name)


def folder() -> Path:
    """Where data lives: the environment variable `RESNET_BOOK_DATA`, else a folder in the user's cache."""
    return Path(os.environ.get("RESNET_BOOK_DATA") or user_cache_dir("resnet-book", appauthor=False)).expanduser()


def fashion_mnist(train: bool, *, root: Path | str | None = None, download: bool = True) -> Pictures:
    """The 60,000 training or the 10,000 test pictures, in their official order.

    Args:
        train: which of the two sets.
        root: the data folder; by default `folder()`.
        download: whether to fetch files that are missing or altered.

    Raises:
        DataError: files are missing or altered, and could not be fetched or not be stored.
    """
    root = Path(root) if root is not None else folder()
    part = "train" if train else "t10k"
    images, labels = f"{part}-images-idx3-ubyte.gz", f"{part}-labels-idx1-ubyte.gz"
    packed = _verified(root, [images, labels])
    if len(packed) < 2 and download:
        _fetch(root)
        packed = _verified(root, [images, labels])
    if len(packed) < 2:
        raise DataError(_what_is_wrong(root) + " Call fashion_mnist with download=True to fetch them.")
    pictures = torch.from_numpy(_numbers(packed[images], 16).reshape(-1, 28, 28))
    answers = torch.from_numpy(_numbers(packed[labels], 8).astype(np.int64))
    return Pictures(pictures, answers, f"Fashion-MNIST, {'training' if train else 'test'} set")


def split(pictures: Pictures, every: int = 12) -> tuple[Pictures, Pictures]:
    """A part to train on and a part to choose by: of every class, each twelfth picture, in order, is held out.

    Of the 60,000 training pictures this holds out 5,000, 500 of each class. It needs no random numbers, and so is the
    same on every machine and with every version of every library.
    """
    held_out = torch.zeros(len(pictures), dtype=torch.bool)
    for label in pictures.labels.unique():
        held_out[(pictures.labels == label).nonzero().flatten()[every - 1 :: every]] = True
    return (
        pictures.take(~held_out, f"{pictures.name} less the validation split"),
        pictures.take(held_out, f"{pictures.name}, validation split"),
    )


# ---------------------------------------------------------------- files


def _numbers(packed: bytes, header: int) -> np.ndarray:
    """The bytes of an IDX file after its header, as an array that may be written to."""
    with gzip.open(io.BytesIO(packed)) as file:
        return np.frombuffer(bytearray(file.read()), np.uint8, offset=header)


def _verified(root: Path, names: list[str]) -> dict[str, bytes]:
    """What these files hold, of those that are there and have the official sum."""
    found = {}
    for name in names:
        with contextlib.suppress(OSError):
            content = (root / RAW / name).read_bytes()
            if hashlib.md5(content, usedforsecurity=False).hexdigest() == MD5[name]:
                found[name] = content
    return found


def _what_is_wrong(root: Path) -> str:
    good = _verified(root, list(MD5))
    altered = [name for name in MD5 if name not in good and (root / RAW / name).exists()]
    missing = [name for name in MD5 if name not in good and name not in altered]
    parts = [f"{what}: {', '.join(names)}" for what, names in (("missing", missing), ("altered", altered)) if names]
    return f"Fashion-MNIST in {root / RAW} is not complete; {'; '.join(parts)}."


def _fetch(root: Path) -> None:
    """Download what is missing or altered, beside the data, and move each file into place once its sum is right."""
    wrong, place = _what_is_wrong(root), root / RAW
    try:
        place.mkdir(parents=True, exist_ok=True)
        for left in place.parent.glob(".download-*"):  # of a process that was killed
            if left.stat().st_mtime < time.time() - DAY:
                shutil.rmtree(left, ignore_errors=True)
        scratch = Path(tempfile.mkdtemp(prefix=".download-", dir=place.parent))
    except OSError as error:
        raise DataError(
            f"{wrong} They cannot be fetched, because the folder cannot be written to ({error.strerror}). "
            "Set RESNET_BOOK_DATA to a folder that can."
        ) from error
    try:
        (scratch / RAW).mkdir(parents=True)
        for name, content in _verified(root, list(MD5)).items():  # what is good already is not fetched again
            (scratch / RAW / name).write_bytes(content)
        with _timeout(TIMEOUT):
            datasets.FashionMNIST(scratch, download=True)
    except Exception as error:  # torchvision lets through whatever broke: the network, the line, the archive, the disk
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise DataError(
            f"{wrong} The download failed ({reason}). Once there is a network, call again: it goes on from here. "
            f"Or copy the four official files to {place}."
        ) from error
    finally:
        for name in _verified(scratch, [name for name in MD5 if name not in _verified(root, [name])]):
            os.replace(scratch / RAW / name, place / name)
        shutil.rmtree(scratch, ignore_errors=True)


@contextlib.contextmanager
def _timeout(seconds: float) -> Iterator[None]:
    """A limit on each wait for the network; torchvision sets none."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
