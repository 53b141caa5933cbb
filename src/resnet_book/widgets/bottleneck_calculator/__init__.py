"""The bottleneck calculator: what a basic block and a bottleneck cost, side by side, convolution by convolution."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import traitlets

from ...errors import ShapeError
from ...exercises.wording import fill, load_words
from ...tracing import Trace, trace_layers
from ..base import Table
from ..traits import Count
from ..verify import VerifiableWidget

HERE = Path(__file__).parent
WORDS = load_words(HERE)
COMPARISONS = ("equal width", "equal inner width")


class BottleneckCalculator(VerifiableWidget):
    """Count the convolutions of a basic block and of a bottleneck (no bias, stride 1, no batch norm), in the browser.

    Args:
        channels: of the bottleneck's input and output, from 1 to 8192.
        reduction: the bottleneck works inside with channels / reduction, which must be whole.
        height, width: of the map.
        comparison: ``"equal width"`` gives the basic block the same channels; ``"equal inner width"`` gives it
            channels / reduction, as in the paper's table 1 (64 against 256 -> 64 -> 256).

    Raises:
        TypeError, traitlets.TraitError, ShapeError: for an unknown argument, an unknown name, an impossible number.
    """

    name = "bottleneck-calculator"
    module = HERE / "widget.mjs"
    style = HERE / "widget.css"

    channels = Count(256).tag(sync=True)
    reduction = Count(4).tag(sync=True)
    height = Count(56).tag(sync=True)
    width = Count(56).tag(sync=True)
    comparison = traitlets.Enum(COMPARISONS, "equal width").tag(sync=True)

    def __init__(self, **state: Any) -> None:
        super().__init__(**state)
        self.layers()  # raises where channels / reduction is not whole

    def layers(self) -> dict[str, list[dict[str, Any]]]:
        """The convolutions of both blocks, as `trace_layers` takes them.

        Raises:
            ShapeError: where the reduction does not divide the channels.
        """
        if self.channels % self.reduction:
            up = -(-self.channels // self.reduction) * self.reduction
            raise ShapeError(
                "channels",
                str(self.channels),
                f"a multiple of the reduction, {self.reduction}",
                f"give channels={up if up <= 8192 else up - self.reduction}",
            )
        inner = self.channels // self.reduction
        outer = self.channels if self.comparison == "equal width" else inner

        def conv(index: int, out_channels: int, kernel: int) -> dict[str, Any]:
            sizes = {"out_channels": out_channels, "kernel_size": kernel, "padding": kernel // 2}
            return {"op": "conv2d", "name": f"conv{index}", **sizes, "bias": False}

        return {
            "basic": [conv(1, outer, 3), conv(2, outer, 3)],
            "bottleneck": [conv(1, inner, 1), conv(2, inner, 3), conv(3, self.channels, 1)],
        }

    def traces(self) -> dict[str, Trace]:
        """The trace of each block's convolutions; a block's input is as wide as its output."""
        return {
            kind: trace_layers(layers, (layers[-1]["out_channels"], self.height, self.width))
            for kind, layers in self.layers().items()
        }

    def ratio(self) -> Fraction:
        """MACs of the bottleneck over those of the basic block; the same for weights, at stride 1."""
        traces = self.traces()
        return Fraction(traces["bottleneck"].macs, traces["basic"].macs)

    def fallback(self) -> Table:
        rows = []
        for kind, found in self.traces().items():
            for row in found.rows:
                kernel = 1 if kind == "bottleneck" and row.name != "conv2" else 3
                formula = f"{row.input_shape[0]} x {row.output_shape[0]} x {kernel} x {kernel}"
                rows.append((kind, row.name, formula, f"{row.params:,}", f"{row.macs:,}"))
            rows.append((kind, WORDS["table"]["total"], "", f"{found.params:,}", f"{found.macs:,}"))
        ratio = self.ratio()
        told = {"ratio": str(ratio), "percent": f"{float(ratio):.1%}"}
        caption = fill(WORDS["table"]["caption"], self.state() | told, str)
        return Table(caption, tuple(WORDS["table"]["columns"]), tuple(rows))

    def verified(self) -> dict[str, Any]:
        """The same convolutions as PyTorch modules, run and counted."""
        import torch
        from torch import nn

        from ...measuring import measure

        counts = []
        for kind, found in self.traces().items():
            layers = self.layers()[kind]
            with torch.device("meta"):
                net = nn.Sequential()
                channels = layers[-1]["out_channels"]
                for layer in layers:
                    options = {key: layer[key] for key in ("kernel_size", "padding", "bias")}
                    net.add_module(layer["name"], nn.Conv2d(channels, layer["out_channels"], **options))
                    channels = layer["out_channels"]
            measured = measure(net, found.input_shape)
            if measured != found:
                return {"ok": False, "text": fill(WORDS["verify"]["disagrees"], {"kind": kind})}
            counts.append(
                fill(WORDS["verify"]["count"], {"kind": kind, "weights": measured.params, "macs": measured.macs})
            )
        return {"ok": True, "text": fill(WORDS["verify"]["agrees"], {"counts": "; ".join(counts)})}
