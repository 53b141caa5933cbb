"""Trunks that were trained before: a network's weights without its head, from a file that is checked before it is used.

Our own ones are what the recipe `trunk` ends with, kept in `trunks/` in the data folder, or what a recorded run of the
book has kept; they are arrays and nothing else. So is what `keypoints` ends with on drawn faces, its head included.
torchvision's weights of ImageNet are fetched when they are asked for, into the same folder: their SHA-256 sum has to
begin as their name says, and they are read as tensors alone, so that no program in them can run.
"""

from __future__ import annotations

import hashlib
import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..architectures import Architecture
from ..building import build
from ..data import DataError, folder
from ..files import find, replace_file
from ..runs import WEIGHTS

__all__ = ["FOLDER", "keep_trunk", "load_trunk", "load_whole", "parts_of", "trunk_path"]

FOLDER = "trunks"
ADDRESS = "https://download.pytorch.org/models/"
IMAGENET = {
    "resnet18": "resnet18-f37072fd.pth",
    "resnet34": "resnet34-b627a593.pth",
    "resnet50": "resnet50-0676ba61.pth",
}
"""torchvision's files, IMAGENET1K_V1; a name ends with the first digits of the file's SHA-256 sum."""
RECORDED = {("fashion-mnist", "fashion-resnet20"): "runs/fashion/fashion-resnet20-A-0"}
"""Recorded runs that are trunks as well: what they were trained on, and the network."""


def trunk_path(source: str, arch: Architecture, root: Path | str | None = None) -> Path:
    """Where the trunk's file lives. Raises `ValueError` where ImageNet's weights of a network are not known."""
    if source == "imagenet" and arch.name not in IMAGENET:
        raise ValueError(f"no weights from ImageNet are known for {arch.name}; there are of: {', '.join(IMAGENET)}")
    name = IMAGENET[arch.name] if source == "imagenet" else f"{arch.name}-{source}.npz"
    return (Path(root) if root is not None else folder()) / FOLDER / name


def load_trunk(
    source: str, arch: Architecture, root: Path | str | None = None, download: bool = True
) -> tuple[dict[str, Tensor], str]:
    """The weights and statistics of a pretrained trunk, by their names in the network.

    A first convolution for grey pictures is repeated over all channels and divided by their number: on a grey picture
    in colours it then computes what it did.

    Args:
        source: "fashion-mnist", "cifar-10", "drawn-faces" or "imagenet". Of networks in `RECORDED` the file of the
            recorded run will do, where the data folder has none.
        arch: the network that they are for.
        root: the data folder; by default `folder()`.
        download: whether the weights of ImageNet may be fetched.

    Returns:
        The weights without the head's, float32, and the SHA-256 sum of the file.

    Raises:
        DataError: the file is missing, altered, holds more than numbers, or is of another network.
    """
    path, weights, found = _loaded(source, arch, root, download)
    return _fitted(weights, arch, path), found


def load_whole(source: str, arch: Architecture, root: Path | str | None = None) -> nn.Module:
    """The network that a trunk is of, with its last layer, in evaluation mode. See `load_trunk`.

    Raises:
        DataError: as there, or its last layer was not kept, or is of another task.
    """
    path, weights, _ = _loaded(source, arch, root)
    net, head = build(arch, init="torch"), {name: value for name, value in weights.items() if name.startswith("fc.")}
    fits = {name: value.shape for name, value in net.fc.state_dict(prefix="fc.").items()}
    if {name: value.shape for name, value in head.items()} != fits:
        raise DataError(f"{path} has no last layer for {arch.num_classes} outputs. {_way_out(source, arch, path)}")
    net.load_state_dict(_fitted(weights, arch, path) | {name: value.float() for name, value in head.items()})
    return net.eval()


def _loaded(
    source: str, arch: Architecture, root: Path | str | None, download: bool = False
) -> tuple[Path, dict[str, Any], str]:
    """The file, what it holds, and its SHA-256 sum."""
    path = trunk_path(source, arch, root)
    if (source, arch.name) in RECORDED and not path.is_file():
        path = find(RECORDED[source, arch.name]) / WEIGHTS
    if source == "imagenet" and not path.is_file() and download:
        _fetch(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(
            f"the trunk pretrained on {source} is missing: {path}. {_way_out(source, arch, path)}"
        ) from error
    found = hashlib.sha256(content).hexdigest()
    if source == "imagenet" and not found.startswith(_digits(path)):
        raise DataError(
            f"{path} is altered or cut short: its SHA-256 sum begins with {found[:8]}, not {_digits(path)}. "
            "Move it away, and run again: it is fetched anew."
        )
    try:
        weights = _read(path, content)
    except Exception as error:  # numpy, zipfile and torch raise many kinds for a file that is not theirs
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(
            f"{path} holds no weights that can be read ({reason}). {_way_out(source, arch, path)}"
        ) from error
    return path, weights, found


def keep_trunk(
    source: str, arch: Architecture, net: nn.Module, root: Path | str | None = None, head: bool = False
) -> Path:
    """Write the weights of a network that was trained on a source where `load_trunk` finds them, in float16.

    Args:
        source, arch, root: see `load_trunk`.
        net: the network.
        head: whether its last layer is kept, too, for `load_whole`.

    Raises:
        DataError: the data folder cannot be written to.
    """
    path = trunk_path(source, arch, root)
    content = io.BytesIO()
    state = net.state_dict()
    arrays = {name: value.cpu().numpy() for name, value in state.items() if head or not name.startswith("fc.")}
    np.savez_compressed(content, **{k: np.float16(v) if v.dtype.kind == "f" else v for k, v in arrays.items()})
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, content.getvalue())
    except OSError as error:
        raise DataError(
            f"the trunk cannot be kept in {path.parent} ({error.strerror}). "
            "Make room there, or set RESNET_BOOK_DATA to another folder, and run again."
        ) from error
    return path


def parts_of(net: nn.Module) -> dict[str, nn.Module]:
    """The stages of a network's trunk: the stem, then its layers."""
    return {"stem": nn.ModuleList([net.conv1, net.bn1]), **{name: net.get_submodule(name) for name in net.stages}}


def _digits(path: Path) -> str:
    return re.search(r"-([0-9a-f]{8})\.pth$", path.name)[1]


def _read(path: Path, content: bytes) -> dict[str, Any]:
    if path.suffix == ".npz":
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return {name: torch.from_numpy(np.array(arrays[name])) for name in arrays.files}
    weights = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    if not isinstance(weights, dict) or not all(isinstance(value, Tensor) for value in weights.values()):
        raise ValueError("it is no state dict")
    return weights


def _fitted(weights: dict[str, Tensor], arch: Architecture, path: Path) -> dict[str, Tensor]:
    """Only what the trunk of this network has, each of the shape that it has there."""
    wanted = {
        name: value for name, value in build(arch, init="torch").state_dict().items() if not name.startswith("fc.")
    }
    weights = {name: value for name, value in weights.items() if not name.startswith("fc.")}
    first = weights.get("conv1.weight")
    if first is not None and first.ndim == 4 and first.shape[1] == 1 < arch.in_channels:
        weights["conv1.weight"] = first.float().expand(-1, arch.in_channels, -1, -1) / arch.in_channels
    for name in (key for key in wanted if key.endswith("num_batches_tracked")):
        weights.setdefault(name, wanted[name])  # files of torch before 0.4.1 have none
    wrong = [f"{name} is missing" for name in wanted if name not in weights]
    wrong += [f"{name} is not known" for name in weights if name not in wanted]
    wrong += [
        f"{name} is {tuple(weights[name].shape)}, not {tuple(value.shape)}"
        for name, value in wanted.items()
        if name in weights and weights[name].shape != value.shape
    ]
    if wrong:
        more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        raise DataError(f"{path} is of another network than {arch.name}: {'; '.join(wrong[:3])}{more}.")
    fitted = {name: weights[name].to(value.dtype) for name, value in wanted.items()}
    if not all(value.isfinite().all() for value in fitted.values()):
        raise DataError(f"{path} has weights that are no numbers: that training had diverged.")
    return fitted


def _fetch(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.hub.download_url_to_file(ADDRESS + path.name, str(path), hash_prefix=_digits(path), progress=False)
    except Exception as error:  # no network, a server's refusal, a full disk, a wrong sum: nothing is left behind
        raise DataError(
            f"the weights of ImageNet could not be fetched ({error}). Once there is a network, run again; or copy "
            f"torchvision's {path.name} to {path.parent}. Or take another trunk: --pretrained cifar-10."
        ) from error


def _way_out(source: str, arch: Architecture, path: Path) -> str:
    if source == "imagenet":
        return f"Copy torchvision's {path.name} to {path.parent}."
    recipe = "keypoints" if source == "drawn-faces" else "trunk"
    return (
        f"Train it: `python -m resnet_book.train --recipe {recipe} --data {source} --architecture {arch.name}`; "
        f"it is kept in {path.parent} then."
    )
