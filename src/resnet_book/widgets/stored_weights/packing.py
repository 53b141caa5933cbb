"""The bytes of stored weights: 8 bits a weight, batch norm folded in. No torch is needed to read them.

Of all layers in the order they run: the weights as int8, output channel after output channel; then a scale for each
output channel, by which they are multiplied; then the biases, both in float32. The page reads them by `reading.mjs`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ...architectures import Architecture

if TYPE_CHECKING:
    import numpy as np

__all__ = ["FORM", "layers", "pack", "quantize", "unpack"]

FORM = "int8, a scale for each output channel, batch norm folded in"
LEVELS = 127


def layers(arch: Architecture) -> list[tuple[str, tuple[int, ...]]]:
    """Every layer with weights, by name with the weights' shape, in the order they run: those of a network of basic or
    plain blocks whose shortcuts have none."""
    found = [("conv1", (arch.stem.channels, arch.in_channels, 3, 3))]
    for name, block in arch.blocks():
        found.append((f"{name}.conv1", (block.out_channels, block.in_channels, 3, 3)))
        found.append((f"{name}.conv2", (block.out_channels, block.out_channels, 3, 3)))
    return [*found, ("fc", (arch.num_classes, arch.widths[-1] * arch.pooled**2))]


def quantize(weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Whole numbers from -127 to 127, and the scale of each output channel: (O, ...) -> int8 (O, ...), float32 (O,)."""
    import numpy as np

    flat = weight.reshape(len(weight), -1).astype(np.float64)
    scale = (abs(flat).max(1) / LEVELS).astype(np.float32)
    scale[scale == 0] = 1
    return (flat / scale[:, None]).round().clip(-LEVELS, LEVELS).astype(np.int8).reshape(weight.shape), scale


def pack(state: Mapping[str, np.ndarray], arch: Architecture) -> bytes:
    """Folded weights, float32 by torch's names, as bytes."""
    import numpy as np

    names = [name for name, _ in layers(arch)]
    whole = [quantize(state[f"{name}.weight"]) for name in names]
    numbers = [scale for _, scale in whole] + [state[f"{name}.bias"] for name in names]
    return b"".join([*(q.tobytes() for q, _ in whole), *(np.asarray(n, "<f4").tobytes() for n in numbers)])


def unpack(content: bytes, arch: Architecture) -> dict[str, np.ndarray]:
    """The weights of such bytes again, in float32."""
    import numpy as np

    found, shapes = {}, layers(arch)
    sizes = [int(np.prod(shape)) for _, shape in shapes]
    channels = sum(shape[0] for _, shape in shapes)
    if len(content) != sum(sizes) + 8 * channels:
        raise ValueError(f"{len(content)} bytes; expected {sum(sizes) + 8 * channels} for {arch.name}")
    whole = np.frombuffer(content, np.int8, sum(sizes))
    scales, biases = np.frombuffer(content, "<f4", offset=sum(sizes)).reshape(2, channels)
    at = channel = 0
    for (name, shape), size in zip(shapes, sizes, strict=True):
        scale = scales[channel : channel + shape[0]]
        rows = whole[at : at + size].reshape(shape[0], -1).astype(np.float32) * scale[:, None]
        found[f"{name}.weight"], found[f"{name}.bias"] = (
            rows.reshape(shape),
            biases[channel : channel + shape[0]].copy(),
        )
        at, channel = at + size, channel + shape[0]
    return found
