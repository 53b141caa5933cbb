"""From trained networks to the files of a widget: small ones, and a record of where they come from."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import nn

from ...architectures import Architecture
from ...experiments.folding import fold
from ...files import replace_file
from ...runs import environment
from .in_torch import as_network
from .packing import pack, unpack

__all__ = ["described", "made_by", "small", "write"]


def small(net: nn.Module, arch: Architecture) -> tuple[bytes, nn.Module]:
    """A trained network in 8 bits a weight: its bytes, and the network that they make."""
    content = pack({key: value.numpy() for key, value in fold(net).state_dict().items()}, arch)
    return content, as_network(unpack(content, arch), arch)


def described(net: nn.Module, content: bytes) -> dict[str, Any]:
    """What the record says of any network: its parameters as trained, the size of its file, and the checksum."""
    return {
        "parameters": sum(p.numel() for p in net.parameters()),
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def made_by() -> dict[str, Any]:
    """The machine's processor and the versions that an export was made with."""
    env = environment()
    return {key: env[key] for key in ("processor", "versions")}


def write(folder: Path, contents: Mapping[str, bytes], record: Mapping[str, Any]) -> None:
    """Write a file for each network, and record.json."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        _write(folder / f"{name}.json", {"bytes": base64.b64encode(content).decode()})
    _write(folder / "record.json", record, indent=1)


def _write(path: Path, data: Any, indent: int | None = None) -> None:
    replace_file(path, (json.dumps(data, indent=indent) + "\n").encode())
