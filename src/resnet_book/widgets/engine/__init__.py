"""A network that runs and learns in the browser: kernels in C, compiled to WebAssembly, and ES modules over them.

Python has no part in it but to compile the kernels: ``python -m resnet_book.widgets.engine`` writes `KERNELS` anew from
`SOURCE`, with the compiler that the environment of ``requirements-engine.txt`` holds.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

__all__ = ["FLAGS", "FOLDER", "KERNELS", "SOURCE", "build", "compile_kernels", "stored_kernels"]

FOLDER = Path(__file__).parent
SOURCE = FOLDER / "kernels.c"
KERNELS = FOLDER / "kernels.json"  # {"wasm": base64}: the compiled kernels as text, so that a script can carry them
REPOSITORY = FOLDER.parents[3]
FLAGS = (
    *(
        "-target",
        "wasm32-freestanding",
        "-mcpu=generic+simd128",
        "-O3",
        "-fno-unroll-loops",
        "-ffp-contract=off",
        "-fno-exceptions",
    ),
    *("-nostdlib", "-Wl,--no-entry", "-Wl,--import-memory", "-Wl,--strip-all", "-Wl,-z,stack-size=4096"),
)


def compiler() -> Path:
    """The Python of the environment with ziglang.

    Raises:
        FileNotFoundError: when it was not made yet; the message says how.
    """
    python = REPOSITORY / ".venv-engine" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.is_file():
        raise FileNotFoundError("the engine's compiler is not set up: run `make .venv-engine/.ready`")
    return python


def compile_kernels(python: Path | None = None, source: Path = SOURCE) -> bytes:
    """The kernels, compiled: the same bytes on every machine.

    Raises:
        RuntimeError: with the compiler's words, when it refuses.
    """
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "kernels.wasm"
        command = [str(python or compiler()), "-m", "ziglang", "cc", *FLAGS, "-o", str(target), str(source)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"zig cc ended with {done.returncode}:\n{done.stderr}")
        return target.read_bytes()


def stored_kernels() -> bytes:
    """The compiled kernels as they are committed."""
    return base64.b64decode(json.loads(KERNELS.read_text(encoding="utf-8"))["wasm"])


def build() -> None:
    """Compile `SOURCE` and write `KERNELS`."""
    wasm = compile_kernels()
    KERNELS.write_text(json.dumps({"wasm": base64.b64encode(wasm).decode()}) + "\n", encoding="utf-8")
    print(f"{len(wasm)} bytes of WebAssembly in {KERNELS.name}", file=sys.stderr)
