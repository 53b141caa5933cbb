"""CIFAR-10 (Krizhevsky 2009), the python version, from its official archive: downloaded, verified, then read.

Its batches are pickles, and a pickle can hold any program. So no byte of a file is unpickled before its MD5 sum is the
official one. The pictures are not shipped with the book, as the set states no licence.
"""

from __future__ import annotations

import contextlib
import io
import pickle
import tarfile
from pathlib import Path

import numpy as np
import torch
from torchvision import datasets

from ..classes import CIFAR10_CLASSES
from ..files import replace_file
from .download import download, md5, writable
from .pictures import DataError, Pictures, folder

__all__ = ["CIFAR10_CLASSES", "cifar10"]

FOLDER = datasets.CIFAR10.base_folder  # torchvision's layout, so that its own folder can be used as it is
ARCHIVE, ARCHIVE_MD5, ADDRESS = datasets.CIFAR10.filename, datasets.CIFAR10.tgz_md5, datasets.CIFAR10.url
TRAIN, TEST = dict(datasets.CIFAR10.train_list), dict(datasets.CIFAR10.test_list)
MD5 = {**TRAIN, **TEST, datasets.CIFAR10.meta["filename"]: datasets.CIFAR10.meta["md5"]}


def cifar10(train: bool, *, root: Path | str | None = None, download: bool = True) -> Pictures:
    """The 50,000 training or the 10,000 test pictures, in their official order.

    Args:
        train: which of the two sets.
        root: the data folder; by default `folder()`.
        download: whether to fetch the archive (163 MiB) if files are missing or altered.

    Returns:
        Pictures in colour, (N, 3, 32, 32); labels are positions in `CIFAR10_CLASSES`.

    Raises:
        DataError: files are missing or altered, and could not be fetched or not be stored.
    """
    root = Path(root) if root is not None else folder()
    wanted = list(TRAIN if train else TEST)
    found = _verified(root, wanted)
    if len(found) < len(wanted) and download:
        _fetch(root)
        found = _verified(root, wanted)
    if len(found) < len(wanted):
        raise DataError(_what_is_wrong(root) + " Call cifar10 with download=True to fetch them.")
    batches = [
        pickle.loads(found[name], encoding="latin1") for name in wanted
    ]  # of the official sums, so of data alone
    images = np.concatenate([batch["data"] for batch in batches]).reshape(-1, 3, 32, 32)
    labels = torch.tensor([label for batch in batches for label in batch["labels"]], dtype=torch.int64)
    return Pictures(torch.from_numpy(images), labels, f"CIFAR-10, {'training' if train else 'test'} set")


def _verified(root: Path, names: list[str]) -> dict[str, bytes]:
    """What these files hold, of those that are there and have the official sum."""
    found = {}
    for name in names:
        with contextlib.suppress(OSError):
            content = (root / FOLDER / name).read_bytes()
            if md5(content) == MD5[name]:
                found[name] = content
    return found


def _what_is_wrong(root: Path) -> str:
    good = _verified(root, list(MD5))
    altered = [name for name in MD5 if name not in good and (root / FOLDER / name).exists()]
    missing = [name for name in MD5 if name not in good and name not in altered]
    parts = [f"{what}: {', '.join(names)}" for what, names in (("missing", missing), ("altered", altered)) if names]
    return f"CIFAR-10 in {root / FOLDER} is not complete; {'; '.join(parts)}."


def _fetch(root: Path) -> None:
    """Unpack the archive, downloaded first unless the official one lies in the data folder already."""
    archive = root / ARCHIVE
    try:
        with writable(root, "CIFAR-10"):
            content = archive.read_bytes() if archive.is_file() else b""
            if md5(content) != ARCHIVE_MD5:
                download([ADDRESS], archive, ARCHIVE_MD5)
                content = archive.read_bytes()
            _unpack(content, root / FOLDER)
            archive.unlink()
    except DataError as error:
        raise DataError(
            f"{_what_is_wrong(root)} The download failed. {error} Once there is a network, call again: "
            f"it goes on from here. Or copy the official {ARCHIVE} to {root}."
        ) from error


def _unpack(content: bytes, place: Path) -> None:
    """The seven files of the archive, each in place in one move; nothing else that it may hold."""
    place.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
        for name, wanted in MD5.items():
            member = archive.extractfile(f"{FOLDER}/{name}")
            inside = member.read() if member else b""
            if md5(inside) != wanted:  # the archive's own sum was right, so this is a fault of the machine
                raise DataError(f"{name} came out of the archive altered; try again.")
            replace_file(place / name, inside)
