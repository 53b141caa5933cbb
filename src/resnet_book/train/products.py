"""Convolutions with small maps as matrix products, which a CPU with bfloat16 instructions computes faster.

The library's own kernels for convolutions run far below full speed where a map has few pixels, as in the last stages of
a ResNet; its matrix product does not. `python -m resnet_book.train.speed` measures what this gives. The idea is old
(Chellapilla, Puri and Simard 2006): each output pixel is the product of the weights and a column of the pixels it sees.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

__all__ = ["ProductConv2d", "use_products"]

SMALL = 16  # pixels of an output map up to which the product was faster, of 128 to 512 channels on 2x2 to 12x12


class ProductConv2d(nn.Conv2d):
    """A convolution that is computed as a matrix product where its output map is small.

    Shape, parameters, arguments and results are those of `torch.nn.Conv2d`; rounding differs, a small map comes out
    channels last in memory, and it can be differentiated once, by `backward` alone.
    """

    def forward(self, x: Tensor) -> Tensor:
        if not self._as_product(x):
            return super().forward(x)
        weight, bias = self.weight, self.bias
        if torch.is_autocast_enabled("cpu"):
            dtype = torch.get_autocast_dtype("cpu")
            x, weight, bias = x.to(dtype), weight.to(dtype), None if bias is None else bias.to(dtype)
        return _Product.apply(x, weight, bias, self.stride, self.padding)

    def _as_product(self, x: Tensor) -> bool:
        if self.groups > 1 or self.dilation != (1, 1) or self.padding_mode != "zeros" or isinstance(self.padding, str):
            return False
        if x.ndim != 4 or x.shape[1] != self.in_channels or x.device.type != "cpu":
            return False
        if torch.is_autocast_enabled("cpu"):  # which casts all floating numbers but those of 64 bits
            known = x.is_floating_point() and x.dtype != torch.float64
        else:
            known = x.dtype == self.weight.dtype
        if not known:  # torch refuses it, in its own words, or takes it as it is
            return False
        sides = zip(x.shape[2:], self.kernel_size, self.stride, self.padding)
        height, width = ((side + 2 * padding - kernel) // stride + 1 for side, kernel, stride, padding in sides)
        return height > 0 and width > 0 and height * width <= SMALL


def use_products(net: nn.Module, on: bool = True) -> None:
    """Make every convolution of a network a `ProductConv2d`, or a plain one again, in place.

    Parameters and state dict stay what they are.
    """
    plain, wanted = (nn.Conv2d, ProductConv2d) if on else (ProductConv2d, nn.Conv2d)
    for module in net.modules():
        if type(module) is plain:
            module.__class__ = wanted


class _Product(torch.autograd.Function):
    """Y = X W^T + b, X the columns; so dW = dY^T X, dX = dY W, and each pixel sums what its copies in X got."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, stride: tuple[int, int], padding: tuple[int, int]
    ) -> Tensor:
        columns = _im2col(x, weight.shape[2:], stride, padding)  # N x h x w x (kernel pixels * C)
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
            copies = (grad @ _flat(weight)).view(ctx.shape[0], h, w, *kernel, channels)
            d_x = _col2im(copies, ctx.shape, ctx.stride, ctx.padding)
        if wants_weight:
            flat = grad.T @ columns.flatten(0, 2)
            d_weight = flat.view(outputs, *kernel, channels).permute(0, 3, 1, 2)
        if wants_bias:
            d_bias = grad.sum(0)
        return d_x, d_weight, d_bias, None, None


def _flat(weight: Tensor) -> Tensor:
    """(D, C, kh, kw) -> (D, kh * kw * C); no copy if it lies channels last in memory."""
    return weight.permute(0, 2, 3, 1).flatten(1)


def _im2col(x: Tensor, kernel: tuple[int, int], stride: tuple[int, int], padding: tuple[int, int]) -> Tensor:
    """What each output pixel sees: (N, C, H, W) -> (N, h, w, kh * kw * C)."""
    x = F.pad(x.permute(0, 2, 3, 1), (0, 0, padding[1], padding[1], padding[0], padding[0]))
    seen = x.unfold(1, kernel[0], stride[0]).unfold(2, kernel[1], stride[1])  # N x h x w x C x kh x kw
    return seen.permute(0, 1, 2, 4, 5, 3).flatten(3)


def _col2im(copies: Tensor, shape: torch.Size, stride: tuple[int, int], padding: tuple[int, int]) -> Tensor:
    """The transpose of `_im2col`, sums in float32 at least: (N, h, w, kh, kw, C) -> (N, C, H, W)."""
    _, h, w, kh, kw, _ = copies.shape
    n, channels, height, width = shape
    top, left = padding
    exact = torch.promote_types(copies.dtype, torch.float32)
    sums = copies.new_zeros(n, height + 2 * top, width + 2 * left, channels, dtype=exact)
    for i in range(kh):
        for j in range(kw):
            rows, columns = slice(i, i + stride[0] * h, stride[0]), slice(j, j + stride[1] * w, stride[1])
            sums[:, rows, columns] += copies[:, :, :, i, j]
    inside = sums[:, top : top + height, left : left + width]
    return inside.to(copies.dtype).contiguous().permute(0, 3, 1, 2)
