"""What the parts of a recorded run have to hold, and in which form: what was altered, by a hand or by chance, is told
where it is read, in words."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

__all__ = ["CONFIG", "fault_of_config", "fault_of_metrics", "kept_steps"]

CONFIG = ("recipe", "budget", "seed", "epochs", "dataset")


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _is_whole(value: Any, least: int = 1) -> bool:
    return type(value) is int and value >= least


FORM: dict[str, tuple[Callable[[Any], bool], str]] = {  # field -> whether a value will do, and what is expected
    "recipe": (_is_text, "the name of a recipe"),
    "budget": (_is_text, "the name of a budget"),
    "seed": (lambda seed: type(seed) is int, "a whole number"),
    "epochs": (_is_whole, "a whole number, at least 1"),
    "dataset": (_is_text, "the name of a data set"),
    "scored": (lambda part: part in ("test", "validation"), '"test" or "validation"'),
    "every_step": (_is_whole, "a whole number, at least 1"),
    "pictures": (_is_whole, "how many pictures it learned from"),
    "note": (lambda note: isinstance(note, str), "a sentence"),
    "settings": (lambda settings: isinstance(settings, dict), "an object with all of the recipe"),
    "split": (_is_text, "the name of a split"),
    "weights": (_is_text, '"scratch", "frozen" or "fine-tuned"'),
    "pretrained": (_is_text, "what the trunk was trained on"),
    "mean_face_nme": (lambda error: isinstance(error, float) and math.isfinite(error), "a number, in per cent"),
}


def fault_of_config(config: dict[str, Any], needed: Iterable[str] = CONFIG) -> str | None:
    """What is wrong with the configuration of a run, in words; None where nothing is."""
    absent = [field for field in needed if field not in config]
    if absent:
        return f"config.json has no {', '.join(absent)}"
    for field, (will_do, expected) in FORM.items():
        if field in config and not will_do(config[field]):
            return f"config.json says {field} {_short(config[field])}; expected {expected}"
    end = config.get("diverged", {"epoch": 1, "step": 1})
    if not isinstance(end, dict) or not _is_whole(end.get("epoch")) or not _is_whole(end.get("step")):
        return f'config.json says diverged {_short(end)}; expected an object with "epoch", "step" and "what"'
    return None


def fault_of_metrics(metrics: list[dict[str, Any]]) -> str | None:
    """What is wrong with a row of metrics.csv by itself, in words; None where nothing is."""
    for line, row in enumerate(metrics, start=2):
        if row.get("kind") not in ("step", "epoch"):
            return f'line {line} of metrics.csv is of the kind {_short(row.get("kind"))}; expected "step" or "epoch"'
        for column, value in row.items():
            if column.endswith("_accuracy") and not 0 <= value <= 1:  # what is no number neither
                return f"line {line} of metrics.csv says a {column} of {value}; expected a part of 1"
            if column.endswith("_nme") and not 0 <= value < math.inf:
                return f"line {line} of metrics.csv says a {column} of {value}; expected a number, in per cent"
    return None


def kept_steps(last: int, every: int) -> list[int]:
    """The steps, counted from 1, that have a row where each so manieth of them is kept, and the last one."""
    kept = list(range(every, last + 1, every))
    return kept if last % every == 0 else [*kept, last]


def _short(value: Any) -> str:
    told = repr(value)
    return told if len(told) <= 40 else told[:37] + "..."
