"""Fashion-MNIST (Xiao, Rasul and Vollgraf 2017) from its official files: downloaded, verified, unpacked in memory.

Only the four packed files count. They are never unpacked on the disk, so a folder that cannot be written to will do,
and a download that broke off leaves nothing behind that could be taken for data.
"""

from __future__ import annotations

import contextlib
import gzip
import io
from pathlib import Path

import numpy as np
import torch
from torchvision import datasets

from ..classes import CLASSES
from .download import download, md5, writable
from .pictures import DataError, Pictures, folder

__all__ = ["CLASSES", "fashion_mnist"]

MD5 = dict(datasets.FashionMNIST.resources)  # the official sums, by file name
RAW = Path("FashionMNIST", "raw")  # torchvision's layout, so that its own folder can be used as it is


def fashion_mnist(train: bool, *, root: Path | str | None = None, download: bool = True) -> Pictures:
    """The 60,000 training or the 10,000 test pictures, in their official order.

    Args:
        train: which of the two sets.
        root: the data folder; by default `folder()`.
        download: whether to fetch files that are missing or altered.

    Returns:
        Pictures in grey, (N, 28, 28), 0 being the background; labels are positions in `CLASSES`.

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
            if md5(content) == MD5[name]:
                found[name] = content
    return found


def _what_is_wrong(root: Path) -> str:
    good = _verified(root, list(MD5))
    altered = [name for name in MD5 if name not in good and (root / RAW / name).exists()]
    missing = [name for name in MD5 if name not in good and name not in altered]
    parts = [f"{what}: {', '.join(names)}" for what, names in (("missing", missing), ("altered", altered)) if names]
    return f"Fashion-MNIST in {root / RAW} is not complete; {'; '.join(parts)}."


def _fetch(root: Path) -> None:
    """Download what is missing or altered; each file is put into place once its sum is right."""
    place = root / RAW
    try:
        with writable(place, "Fashion-MNIST"):
            for name, wanted in datasets.FashionMNIST.resources:
                if name in MD5 and name in _verified(root, [name]):
                    continue
                download([mirror + name for mirror in datasets.FashionMNIST.mirrors], place / name, wanted)
    except DataError as error:
        raise DataError(
            f"{_what_is_wrong(root)} The download failed. {error} Once there is a network, call again: "
            f"it goes on from here. Or copy the four official files to {place}."
        ) from error
