"""What recorded surfaces and lines say, in words made from them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..files import find, read_measurements
from .surfaces import LinePoint, load_line

__all__ = ["Interpolation", "load_interpolation"]


@dataclass(frozen=True)
class Interpolation:
    """A recorded linear interpolation from one trained network to another.

    Attributes:
        config: of the record.
        points: in order, from 0 to 1.
        trained: recipe and seed of the two.
    """

    config: dict
    points: list[LinePoint]
    trained: tuple[tuple[str, int], tuple[str, int]]

    @property
    def half_way(self) -> LinePoint:
        """The point in the middle."""
        return min(self.points, key=lambda point: abs(point.at - 0.5))

    @property
    def said(self) -> str:
        """Which two trainings these are, and what they reached on the pictures of the line."""
        (recipe, seed), (other_recipe, other_seed) = self.trained
        name = self.config["architecture"]
        ends = [f"{100 * self.points[place].accuracy:.1f} %" for place in (0, -1)]
        right = f"Of {self.config['pictures']:,} test pictures they get {ends[0]} and {ends[1]} right."
        both = (
            f"by one recipe, `{recipe}`"
            if recipe == other_recipe
            else f"by the recipes `{recipe}` and `{other_recipe}`"
        )
        seeds = (
            f"both from seed {seed}: they began at the same weights"
            if seed == other_seed
            else (f"from seeds {seed} and {other_seed}")
        )
        return f"These are two trainings of {name}, {both}, {seeds}. {right}"

    def curves(self) -> dict[str, tuple[list[float], list[float]]]:
        """Accuracy in per cent along the line, as `figures.lines` takes it."""
        places = [point.at for point in self.points]
        return {
            "statistics mixed like the weights": (places, [100 * point.accuracy for point in self.points]),
            "statistics taken anew": (places, [100 * point.recomputed_accuracy for point in self.points]),
        }

    def rows(self, places: Sequence[float] = (0, 0.25, 0.5, 0.75, 1)) -> list[tuple[str, ...]]:
        """A row for some places: the place, loss and accuracy with either statistics."""
        chosen = [min(self.points, key=lambda point: abs(point.at - place)) for place in places]
        return [
            (
                f"{point.at:.2f}", f"{point.loss:.2f}", f"{100 * point.accuracy:.1f}",
                f"{point.recomputed_loss:.2f}", f"{100 * point.recomputed_accuracy:.1f}",
            )
            for point in chosen
        ]  # fmt: skip


def load_interpolation(folder: Path | str) -> Interpolation:
    """A recorded line with what its two trainings say of themselves.

    Raises `FileNotFoundError` where the line or one of the trainings is not recorded.
    """
    config = read_measurements(folder)[0]
    configs = [json.loads((find(f"runs/{run}") / "config.json").read_text(encoding="utf-8")) for run in config["runs"]]
    return Interpolation(config, load_line(folder), tuple((each["recipe"], each["seed"]) for each in configs))
