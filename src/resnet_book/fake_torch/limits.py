"""A limit of time and memory around a reader's code: a process of its own where the system can fork."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import threading
from collections.abc import Callable

__all__ = ["TimeUp", "limited"]

_GRACE = 1.0  # seconds between the polite stop, which knows the line, and the other one
_MEMORY = 8 * 2**30  # bytes


class TimeUp(BaseException):
    """The time is up; no `except Exception` of the reader's catches it."""


def limited(work: Callable[[], dict], seconds: float, isolated: bool = False) -> dict | str:
    """What `work` returns, plain data, or a sentence on why it came to nothing.

    What the work prints goes to the standard error stream. `TimeUp` is raised in it after `seconds`; if it goes on all
    the same, its process is ended. Where the system cannot fork, it runs in this process, which ends with it.
    """
    if not hasattr(os, "fork"):
        return _here(work, seconds)
    sys.stdout.flush()
    sys.stderr.flush()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _in_child(work, seconds, writing, isolated)
    os.close(writing)
    return _result(child, reading, seconds + _GRACE)


def _in_child(work: Callable[[], dict], seconds: float, writing: int, isolated: bool) -> None:
    """Do the work, send its result, and end the process whatever happens."""
    code = 1
    try:
        os.setsid()
        os.dup2(2, 1)
        sys.stdout = sys.stderr
        if isolated:
            from .isolation import isolate

            isolate()
        _limit_memory()
        signal.signal(signal.SIGALRM, _time_up)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        result = work()
        signal.setitimer(signal.ITIMER_REAL, 0)
        with os.fdopen(writing, "w") as stream:
            json.dump(result, stream)
        code = 0
    except TimeUp:
        pass
    finally:
        os._exit(code)


def _time_up(*_: object) -> None:
    raise TimeUp


def _limit_memory() -> None:
    try:
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY if most < 0 else min(_MEMORY, most), most))
    except (ImportError, ValueError, OSError):  # not every system has it
        pass


def _result(child: int, reading: int, seconds: float) -> dict | str:
    import select
    import time

    end, parts = time.monotonic() + seconds, []
    while True:
        ready, _, _ = select.select([reading], [], [], max(0.0, end - time.monotonic()))
        part = os.read(reading, 1 << 16) if ready else None
        if not part:
            break
        parts.append(part)
    os.close(reading)
    if part is None:
        _end(child)
        os.waitpid(child, 0)
        return f"stopped after {seconds - _GRACE:g} s"
    _, status = os.waitpid(child, 0)
    _end(child)  # what the file's own processes still do
    if parts:
        return json.loads(b"".join(parts))
    if os.WIFSIGNALED(status):
        return f"ended by signal {os.WTERMSIG(status)}: a recursion too deep for Python, or too much memory"
    return f"stopped after {seconds - _GRACE:g} s" if os.WEXITSTATUS(status) == 1 else "ended by the file itself"


def _end(child: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)


def _here(work: Callable[[], dict], seconds: float) -> dict | str:
    def stop() -> None:
        print(f"stopped after {seconds:g} s", file=sys.stderr, flush=True)
        os._exit(1)

    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    stdout, sys.stdout = sys.stdout, sys.stderr
    try:
        return work()
    finally:
        sys.stdout = stdout
        timer.cancel()
