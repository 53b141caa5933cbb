"""What `check --isolated` takes from a process: the network, other programs, writing, the environment.

Two layers. Linux gives the process a network of its own, without a way out, where it may (unprivileged namespaces).
Python's audit hook refuses everywhere what it reports. It protects from what a file does by habit or by mistake;
against code that is written to break out, use a container.
"""

from __future__ import annotations

import os
import sys

__all__ = ["isolate"]

_REFUSED = (
    "socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.startfile",
    "os.kill",
    "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "os.chown",
    "shutil.", "ctypes.", "webbrowser.", "urllib.", "ftplib.", "smtplib.", "http.client.", "winreg.", "pty.",
    "sqlite3.",
    "tempfile.",
)  # fmt: skip
_FILES, _BYTES = 0, 2 * 2**30


def isolate() -> None:
    """Take it from this process; there is no way back."""
    _own_network()
    kept = {key: os.environ[key] for key in ("PATH", "LANG", "LC_ALL", "TZ") if key in os.environ}
    os.environ.clear()
    os.environ.update(kept)
    _limit()
    sys.addaudithook(_hook)


def _hook(event: str, arguments: tuple) -> None:
    if event == "open":
        _, mode, flags = (*arguments, None, None, None)[:3]
        writes = isinstance(mode, str) and any(c in mode for c in "wax+")
        writes = writes or (isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
        if writes and not isinstance(arguments[0], int):
            raise PermissionError(f"isolated: {arguments[0]} is not opened for writing")
    elif event.startswith(_REFUSED):
        raise PermissionError(f"isolated: {event} is refused")


def _limit() -> None:
    try:
        import resource
    except ImportError:  # Windows has none
        return
    for name, most in (("RLIMIT_FSIZE", _FILES), ("RLIMIT_AS", _BYTES), ("RLIMIT_CORE", 0)):
        try:
            resource.setrlimit(getattr(resource, name), (most, most))
        except (AttributeError, ValueError, OSError):
            continue


def _own_network() -> None:
    """On Linux, a network namespace of the process's own: not even the loopback is up."""
    if not sys.platform.startswith("linux"):
        return
    new_user, new_network = 0x10000000, 0x40000000
    try:
        if hasattr(os, "unshare"):
            os.unshare(new_user | new_network)
        else:
            import ctypes

            ctypes.CDLL(None, use_errno=True).unshare(new_user | new_network)
    except OSError:  # not allowed here: the hook remains
        pass
