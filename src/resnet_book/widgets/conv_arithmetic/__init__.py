"""Convolution arithmetic: the grid, which inputs one output sees, and the size formula with its numbers in it."""

from __future__ import annotations

from pathlib import Path

from ...errors import ShapeError
from ...exercises.wording import fill, load_words
from ...rules import Step, conv2d, input_map
from ..base import BookWidget, Table
from ..traits import Count

HERE = Path(__file__).parent
WORDS = load_words(HERE)


def views(n: int, k: int, s: int, p: int, d: int, m: int) -> list[int]:
    """How many of the `m` outputs along one side look at each of the n + 2p positions of the padded input.

    Tap j of the kernel is at j * d, j * d + s, ... as the window slides: it enters there, and leaves after m steps.
    """
    length = n + 2 * p
    counts = [0] * length
    for j in range(k):
        counts[j * d] += 1
        if j * d + m * s < length:
            counts[j * d + m * s] -= 1
    for i in range(s, length):
        counts[i] += counts[i - s]
    return counts


class ConvArithmetic(BookWidget):
    """Follow one convolution over a square map, in the browser.

    Args:
        input_size, kernel_size, stride, dilation: whole numbers from 1.
        padding: from 0.
        row, column: the output position that is marked, counted from 0; the nearest one where there are fewer.

    Raises:
        TypeError, ShapeError: for an unknown argument, an impossible number. A kernel larger than the padded input is
            shown, with its repair.
    """

    name = "conv-arithmetic"
    module = HERE / "widget.mjs"
    style = HERE / "widget.css"

    input_size = Count(7).tag(sync=True)
    kernel_size = Count(3).tag(sync=True)
    stride = Count(2).tag(sync=True)
    padding = Count(1, minimum=0).tag(sync=True)
    dilation = Count(1).tag(sync=True)
    row = Count(0, minimum=0, maximum=24575).tag(sync=True)
    column = Count(1, minimum=0, maximum=24575).tag(sync=True)

    def step(self) -> Step:
        """The convolution of one input and one output channel, without bias; its parameters, MACs and output.

        Raises:
            ShapeError: if the kernel exceeds the padded input.
        """
        options = {"stride": self.stride, "padding": self.padding, "dilation": self.dilation}
        return conv2d(input_map((1, self.input_size, self.input_size)), 1, self.kernel_size, bias=False, **options)

    def fallback(self) -> Table:
        n, k, s, p, d = self.input_size, self.kernel_size, self.stride, self.padding, self.dilation
        said, names, header = WORDS["table"], WORDS["quantities"], tuple(WORDS["columns"])
        caption = fill(said["caption"], {"n": n, "k": k, "s": s, "p": p, "d": d}, str)
        side, window = n + 2 * p, d * (k - 1) + 1
        rows = [
            (names["input"], f"{n}x{n}", "n x n"),
            (names["padded"], f"{side}x{side}", f"n + 2p = {n} + 2*{p}"),
            (names["window"], f"{window}x{window}", f"d(k - 1) + 1 = {d}*({k} - 1) + 1"),
        ]
        try:
            step = self.step()
        except ShapeError as error:
            return Table(f"{caption}. {error}", header, tuple(rows))
        m = step.output.shape[1]
        counts = views(n, k, s, p, d, m)[p : p + n]
        zeros = step.macs - sum(counts) ** 2
        never = n * n - sum(map(bool, counts)) ** 2
        size = f"floor((n + 2p - d(k - 1) - 1) / s) + 1 = floor(({n} + 2*{p} - {d}*({k} - 1) - 1) / {s}) + 1"
        rows += [
            (names["size"], f"{m:,}", size),
            (names["weights"], f"{step.params:,}", f"k * k = {k} * {k}"),
            (
                names["macs"],
                f"{step.macs:,}",
                fill(said["weights_outputs"], {"weights": step.params, "outputs": m * m}),
            ),
            (names["zeros"], f"{zeros:,}", fill(WORDS["percent_of"], {"percent": f"{100 * zeros / step.macs:.1f}"})),
            (names["never"], f"{never:,}", fill(WORDS["of"], {"all": n * n})),
            (names["most"], f"{max(counts) ** 2:,}", WORDS["at_most"]),
        ]
        return Table(fill(said["whole"], {"caption": caption}), header, tuple(rows))
