"""The one error that impossible shapes raise."""

from __future__ import annotations

__all__ = ["ShapeError"]


class ShapeError(ValueError):
    """A layer was given something that it cannot take.

    Attributes:
        where: the exact layer or argument, for example ``"layer2.0.add"`` or ``"in_channels"``.
        got: what arrived there.
        expected: what the layer takes.
        fix: a repair in words, for example ``"1x1 convolution 64 -> 128, stride 2"``.
    """

    def __init__(self, where: str, got: str, expected: str, fix: str) -> None:
        self.where, self.got, self.expected, self.fix = where, got, expected, fix
        super().__init__(f"{where}: got {got}; expected {expected}. Fix: {fix}.")

    def __reduce__(self):
        return type(self), (self.where, self.got, self.expected, self.fix)
