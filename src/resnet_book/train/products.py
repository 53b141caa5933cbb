"""Convolutions with small maps as matrix products, which a CPU with bfloat16 instructions computes faster.

The library's own kernels for convolutions slow down where a map has few pixels, as in the last stages of a ResNet; its
matrix product does not. `make bench` measures both. The idea is old (Chellapilla, Puri and Simard 2006): each output
pixel is the product of the weights and a column of the pixels that it sees.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

__all__ = ["ProductConv2d", "use_products"]

SMALL = 16  # pixels of an output map, up to which the product is faster (measured on maps of 2x2 to 12x12)


class ProductConv2d(nn.Conv2d):
    """A convolution that is computed as a matrix product where its output map is small.

    Shape, parameters, arguments and results are those of `torch.nn.Conv2d`; rounding differs.
    """

    def forward(self, x: Tensor) -> Tensor:
        if not self._as_product(x):
            return super().forward(x)
        dtype = torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else x.dtype
        x, weight, bias = (None if t is None else t.to(dtype) for t in (x, self.weight, self.bias))
        return _Product.apply(x, weight, bias, self.stride, self.padding)

    def _as_product(self, x: Tensor) -> bool:
        if self.groups > 1 or self.dilation != (1, 1) or self.padding_mode != "zeros" or isinstance(self.padding, str):
            return False
        if x.ndim != 4 or x.shape[1] != self.in_channels or x.device.type != "cpu":
            return False
        sides = zip(x.shape[2:], self.kernel_size, self.stride, self.padding)
        height, width = ((side + 2 * padding - kernel) // stride + 1 for side, kernel, stride, padding in sides)
        return height > 0 and width > 0 and height * width <= SMALL


def use_products(net: nn.Module) -> None:
    """Make every convolution of a network a `ProductConv2d`, in place; parameters and state dict stay what they are."""
    for module in net.modules():
        if type(module) is nn.Conv2d:
            module.__class__ = ProductConv2d


class _Product(torch.autograd.Function):
    """Y = X W^T + b, X the columns; so dW = dY^T X, dX = dY W, and each pixel sums what its copies in X got."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, stride: tuple[int, int], padding: tuple[int, int]
    ) -> Tensor:
        columns = _columns(x, weight.shape[2:], stride, padding)  # N x h x w x (kernel pixels * C)
        ctx.save_for_backward(columns, weight)
        ctx.shape, ctx.stride, ctx.padding = x.shape, stride, padding
        return F.linear(columns, _flat(weight), bias).permute(0, 3, 1, 2)  # N x D x h x w, channels last in memory

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        columns, weight = ctx.saved_tensors
        wants_x, wants_weight, wants_bias = ctx.needs_input_grad[:3]
        outputs, channels, *kernel = weight.shape
        _, _, h, w = grad.shape
        grad = grad.permute(0, 2, 3, 1).reshape(-1, outputs)
        d_x = d_weight = d_bias = None
        if wants_x:
            copies = (grad @ _flat(weight)).view(-1, h, w, *kernel, channels)
            d_x = _gather(copies, ctx.shape, ctx.stride, ctx.padding)
        if wants_weight:
            flat = grad.T @ columns.reshape(len(grad), -1)
            d_weight = flat.view(outputs, *kernel, channels).permute(0, 3, 1, 2)
        if wants_bias:
            d_bias = grad.sum(0)
        return d_x, d_weight, d_bias, None, None


def _flat(weight: Tensor) -> Tensor:
    """(D, C, kh, kw) -> (D, kh * kw * C); no copy if it lies channels last in memory."""
    return weight.permute(0, 2, 3, 1).reshape(len(weight), -1)


def _columns(x: Tensor, kernel: tuple[int, int], stride: tuple[int, int], padding: tuple[int, int]) -> Tensor:
    """What each output pixel sees: (N, C, H, W) -> (N, h, w, kh * kw * C)."""
    x = F.pad(x.permute(0, 2, 3, 1), (0, 0, padding[1], padding[1], padding[0], padding[0]))
    seen = x.unfold(1, kernel[0], stride[0]).unfold(2, kernel[1], stride[1])  # N x h x w x C x kh x kw
    return seen.permute(0, 1, 2, 4, 5, 3).flatten(3)


def _gather(copies: Tensor, shape: torch.Size, stride: tuple[int, int], padding: tuple[int, int]) -> Tensor:
    """The way back of `_columns`, sums in float32: (N, h, w, kh, kw, C) -> (N, C, H, W)."""
    _, h, w, kh, kw, _ = copies.shape
    n, channels, height, width = shape
    top, left = padding
    sums = copies.new_zeros(
        n, height + 2 * top, width + 2 * left, channels, dtype=torch.promote_types(copies.dtype, torch.float32)
    )
    for i in range(kh):
        for j in range(kw):
            rows, columns = slice(i, i + stride[0] * h, stride[0]), slice(j, j + stride[1] * w, stride[1])
            sums[:, rows, columns] += copies[:, :, :, i, j]
    return sums[:, top : top + height, left : left + width].to(copies.dtype).permute(0, 3, 1, 2)
