"""What others have published of the CIFAR-10 family: test errors in per cent, and how each was taken."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PUBLISHED", "Published"]


@dataclass(frozen=True)
class Published:
    """The figures of one source.

    Attributes:
        who: how the source is called in a table.
        where: what is to be cited: a key of references.bib without its chapter, or the name of a public repository.
        seeds: how many runs stand behind each figure.
        reported: which epoch a figure is of: "last", "best" of the test set, or "not said".
        errors: test errors in per cent by network, as (mean, standard deviation or None).
        note: what sets it apart, in words.
    """

    who: str
    where: str
    seeds: int
    reported: str
    errors: dict[str, tuple[float, float | None]]
    note: str = ""

    def accuracy(self, network: str) -> float | None:
        """In per cent; None for a network that it does not have."""
        found = self.errors.get(network)
        return None if found is None else 100 - found[0]


def _residual(**errors: float) -> dict[str, tuple[float, float | None]]:
    return {f"cifar-resnet{depth[1:]}": (error, None) for depth, error in errors.items()}


PUBLISHED = (
    Published(
        "He et al. 2015",
        "he2016deep",
        1,
        "not said",
        _residual(_20=8.75, _32=7.51, _44=7.17, _56=6.97, _110=6.43, _1202=7.93),
        "residual-110 is the best of five runs; their mean is 93.39 ± 0.16",
    ),
    Published(
        "nabla0001",
        "nabla0001/resnet",
        5,
        "not said",
        {
            "cifar-resnet20": (8.51, 0.22),
            "cifar-resnet56": (7.40, 0.27),
            "cifar-plain20": (9.78, 0.13),
            "cifar-plain56": (12.95, 0.22),
        },
        "45,000 pictures, 64,000 steps, option A with all zeros at the end",
    ),
    Published(
        "akamaster",
        "akamaster/pytorch_resnet_cifar10",
        1,
        "best",
        _residual(_20=8.27, _32=7.37, _44=6.90, _56=6.61, _110=6.32, _1202=6.18),
        "200 epochs",
    ),
    Published(
        "Keras",
        "keras-team/keras, examples/cifar10_resnet.py",
        1,
        "not said",
        _residual(_20=7.84, _32=7.54, _44=7.50, _56=7.29, _110=7.35),
        "200 epochs by Adam, projections without batch norm",
    ),
    Published(
        "onef1shy",
        "onef1shy/CIFAR10_ResNet",
        1,
        "best",
        {
            "cifar-resnet20": (8.39, None),
            "cifar-resnet32": (7.56, None),
            "cifar-resnet44": (7.16, None),
            "cifar-resnet56": (6.95, None),
            "cifar-resnet110": (7.29, None),
            "cifar-resnet1202": (6.39, None),
            "resnet18-cifar": (5.58, None),
            "resnet34-cifar": (5.16, None),
            "resnet50-cifar": (7.32, None),
        },
        "also wider networks, with the stem for small pictures",
    ),
)
"""In the order in which a table shows them."""
