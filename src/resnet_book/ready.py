"""What the first cell of a downloaded notebook asks: is everything there? If not, it prints the one line that helps.

It runs from the installed package, or straight from the wheel that lies beside the notebook, so it needs nothing but
Python itself. The cell that calls it is made by `resnet_book.packing.setup_source`.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import sys
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urljoin

from .files import RECORDED

__all__ = ["ask_for", "install_line", "ready", "requirements"]

NEEDED = ("torch", "torchvision", "d2l", "matplotlib", "anywidget", "ipywidgets", "numpy", "PIL", "tqdm")
"""Modules that the notebooks import, by `requirements-notebooks.in`."""
LOCK = "requirements-notebooks.txt"
LOCK_BESIDE = "resnet-book-requirements.txt"
FIRST = "In an environment of its own, with Python 3.10 to 3.13, run this line in a new cell:"
THEN = "Then restart the kernel and run the notebook from its top."
LATER = "Something is still to be installed: the first cell of this notebook says what."


def ready(wheel: str, sha256: str, site: str = "") -> bool:
    """Whether a notebook can run here; if not, print what to do. Raises nothing that a missing package could cause.

    Args:
        wheel: the name of the wheel that was built with the notebook.
        sha256: its checksum, in hexadecimal digits.
        site: the address of the folder that serves it, or "" where nobody knows it.
    """
    problem = _problem(wheel, sha256)
    if not problem:
        _when_missing(None)
        return True
    beside = Path(wheel)
    if beside.is_file() and _digest(beside) == sha256:
        print(f"{problem}\n{FIRST}\n\n    {_line_beside(beside, sha256, problem)}\n\n{THEN}")
    elif site:
        print(f"{problem}\n{FIRST}\n\n    {install_line(site)}\n\n{THEN}")
    else:
        print(f"{problem}\n{ask_for(wheel)}")
    _forget_the_wheel()
    _when_missing(LATER)
    return False


def install_line(site: str) -> str:
    """What installs everything from a site's folder of downloads: each file pinned by its checksum."""
    return f"%pip install --no-deps --require-hashes -r {urljoin(site, 'requirements.txt')}"


def ask_for(wheel: str) -> str:
    """What a reader has to do where nobody knows the site's address."""
    return (
        f"Download {wheel} from the page that this notebook came from\n"
        "(it stands in the same menu), put it in this notebook's folder, and run this cell again."
    )


def requirements(lock: str, wheel: str, sha256: str) -> str:
    """A requirements file: the lock, and the wheel at an address."""
    return f"{lock.rstrip()}\nresnet-book @ {wheel} \\\n    --hash=sha256:{sha256}\n"


# ---------------------------------------------------------------- what is wrong


def _problem(wheel: str, sha256: str) -> str:
    """A sentence, or "" if nothing is wrong."""
    version = wheel.split("-")[1]
    if not Path(__file__).is_file():  # imported from a wheel
        return _problem_beside(wheel, sha256) or "The packages of the book are not installed yet."
    try:
        installed = metadata.distribution("resnet-book")
    except metadata.PackageNotFoundError:
        installed = None  # the repository's own `src`
    if installed is not None and installed.version != version:
        return f"This notebook needs resnet-book {version}; installed is {installed.version}."
    if installed is not None and _installed_digest(installed) not in (None, sha256):
        return f"Another build of resnet-book {version} is installed than the one that this notebook belongs to."
    missing = [name for name in NEEDED if find_spec(name) is None]
    return f"Not installed yet: {', '.join(missing)}." if missing else ""


def _problem_beside(wheel: str, sha256: str) -> str:
    beside = Path(wheel)
    if beside.is_file():
        same = _digest(beside) == sha256
        return "" if same else f"{wheel} in this folder is of another build than this notebook, or damaged."
    others = sorted(path.name for path in Path().glob("resnet_book-*.whl"))
    return f"This notebook needs {wheel}; in its folder lies {', '.join(others)}." if others else ""


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _installed_digest(installed: metadata.Distribution) -> str | None:
    """The checksum of the wheel that was installed, as pip keeps it (PEP 610)."""
    kept = json.loads(installed.read_text("direct_url.json") or "{}").get("archive_info", {})
    found = kept.get("hash") or ""
    return (kept.get("hashes") or {}).get("sha256") or found.removeprefix("sha256=") or None


# ---------------------------------------------------------------- what to do


def _line_beside(beside: Path, sha256: str, problem: str) -> str:
    """Write the lock that the wheel carries, and say how to install by it."""
    from zipfile import ZipFile

    if problem.startswith("Another build"):  # pip takes a package of the same version for the same package
        return f"%pip install --no-deps --force-reinstall ./{beside.name}"
    with ZipFile(beside) as archive:
        lock = archive.read(f"resnet_book/{RECORDED.name}/{LOCK}").decode()
    text = requirements(lock, beside.resolve().as_uri(), sha256)
    try:
        Path(LOCK_BESIDE).write_text(text, encoding="utf-8")
    except OSError as error:
        return f"(this folder cannot be written to: {error.strerror}. Move the notebook and the wheel to another one.)"
    return f"%pip install --no-deps --require-hashes -r {LOCK_BESIDE}"


def _forget_the_wheel() -> None:
    """What was imported from the wheel must not hide what is installed next."""
    if Path(__file__).is_file():
        return
    sys.path[:] = [entry for entry in sys.path if not entry.endswith(".whl")]
    for name in [name for name in sys.modules if name.partition(".")[0] == "resnet_book"]:
        del sys.modules[name]
    importlib.invalidate_caches()


def _when_missing(sentence: str | None) -> None:
    """In IPython: let a later cell that cannot import say a sentence instead of a traceback. None: as usual again."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is not None and sentence:
        shell.set_custom_exc((ImportError,), lambda *_, **__: print(sentence))
    elif shell is not None:
        shell.set_custom_exc((), None)
