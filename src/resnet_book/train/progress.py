"""How far a run is: a bar on a terminal, and elsewhere (a log, a notebook) a line now and then."""

from __future__ import annotations

import sys
import time

from tqdm import tqdm

__all__ = ["Progress"]

EVERY = 60  # seconds between two lines


class Progress:
    """Shows on the standard error stream how many of all pictures a run has seen.

    Args:
        total: pictures of the whole run.
        done: of these, those that an earlier start has seen.
        shown: whether to show anything at all.
    """

    def __init__(self, total: int, done: int, shown: bool) -> None:
        self.total, self.seen, self.first, self.shown = total, done, done, shown
        self.start = self.last = time.monotonic()
        self.what = self.loss = ""
        self.bar = None
        if shown and sys.stderr.isatty():
            self.bar = tqdm(total=total, initial=done, unit=" pictures", unit_scale=True, file=sys.stderr)

    def begin(self, what: str) -> None:
        """What comes now: "epoch 3 of 10"."""
        self.what = what
        if self.bar:
            self.bar.set_description(what)

    def update(self, pictures: int) -> None:
        """So many pictures more."""
        self.seen += pictures
        if self.bar:
            self.bar.update(pictures)
        elif self.shown and time.monotonic() - self.last >= EVERY:
            self.say(f"{self.what}: {self.seen / self.total:.1%} of the run{self.loss}, {self._left()}")

    def note(self, loss: float) -> None:
        """The loss of the last step that was looked at."""
        self.loss = f", loss {loss:.3f}"
        if self.bar:
            self.bar.set_postfix(loss=f"{loss:.3f}")

    def say(self, line: str) -> None:
        """A line that stays."""
        if self.bar:
            self.bar.write(line, file=sys.stderr)
        elif self.shown:
            self.last = time.monotonic()
            print(line, file=sys.stderr, flush=True)

    def close(self) -> None:
        """Take the bar away."""
        if self.bar:
            self.bar.close()

    def _left(self) -> str:
        rate = (self.seen - self.first) / max(time.monotonic() - self.start, 1e-9)
        minutes = (self.total - self.seen) / max(rate, 1e-9) / 60
        return f"{rate:,.0f} pictures/s, about {minutes:,.0f} min left"
