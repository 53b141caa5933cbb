"""Networks without batch norm, and the learning rate that each of them bears: short trainings at several rates, scored
on validation pictures, decide it. The test set has no part in it.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from .. import runs

__all__ = ["EPOCHS", "GROUP", "NORM_FREE", "RATES", "NormFree", "chosen", "searched"]

RATES = (0.2, 0.1, 0.05, 0.02, 0.01)
"""What is tried; the first is that of `cifar`, for networks with batch norm."""
EPOCHS = 3
GROUP = "rates"


class NormFree(NamedTuple):
    """A network without batch norm that is to be trained.

    Attributes:
        network: its public name.
        shortcut: None for a plain one.
        start: what stands in the place of batch norm, see `resnet_book.models.starts.build_start`.
        scalar_lr: see `Recipe`.
    """

    network: str
    shortcut: str | None
    start: str
    scalar_lr: float = 1.0


NORM_FREE = (
    NormFree("cifar-resnet20", "A", "he"),
    NormFree("cifar-plain20", None, "he"),
    NormFree("cifar-resnet56", "A", "skipinit"),
    NormFree("cifar-resnet56", "A", "fixup", 0.1),  # its scalars at a tenth of the rate, as in the authors' code
    NormFree("cifar-plain56", None, "delta-orthogonal"),
)


def searched(network: NormFree, rate: float) -> str:
    """The folder of a training of the search, below that of all runs."""
    option = f"-{network.shortcut}" if network.shortcut else ""
    return f"{GROUP}/{network.network}{option}-{network.start}-{rate:g}-0"


def chosen(root: Path | str, network: str, start: str) -> float | None:
    """The rate that the recorded search found for a network.

    It is the one with the best validation accuracy among the runs that did not diverge; of equal ones the smaller.

    Args:
        root: the folder of all runs.
        network, start: of one of `NORM_FREE`.

    Returns:
        None while a training of its search is not recorded, and where all diverged.

    Raises:
        ValueError: no such network is in the search.
        RunError: a recorded training is damaged, or was not scored on validation pictures.
    """
    meant = next((each for each in NORM_FREE if (each.network, each.start) == (network, start)), None)
    if meant is None:
        there = ", ".join(f"{each.network} with {each.start}" for each in NORM_FREE)
        raise ValueError(f"no rate is searched for {network} with {start}; there is: {there}")
    places = {rate: Path(root) / searched(meant, rate) for rate in RATES}
    if not all((place / "config.json").is_file() for place in places.values()):
        return None
    found = {rate: runs.read(place) for rate, place in places.items()}
    for rate, run in found.items():
        if run.scored != "validation":
            raise runs.RunError(f"{places[rate]}: scored on the {run.scored} set; a rate needs validation pictures")
    scores = {rate: run.accuracy for rate, run in found.items() if "diverged" not in run.config}
    return max(scores, key=lambda rate: (scores[rate], -rate)) if scores else None
