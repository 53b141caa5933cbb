"""Whether a reader's prediction is right."""

from __future__ import annotations

from numbers import Number
from typing import Any

__all__ = ["check"]


def check(prediction: Any, truth: Any, unit: str = "") -> str:
    """What to tell a reader about a prediction: whether it is right, and nothing that gives the answer away.

    Numbers and shapes must be equal; a list counts as a tuple. `None` stands for no prediction yet.
    """
    if prediction is None or prediction is Ellipsis:
        return "No prediction yet: write yours into the cell and run it again."
    if isinstance(prediction, list):
        prediction = tuple(prediction)
    unit = f" {unit}" if unit else ""
    if type(prediction) is type(truth) or (isinstance(prediction, Number) and isinstance(truth, Number)):
        if prediction == truth:
            return f"Right: {prediction}{unit}."
        hint = ""
        if isinstance(truth, Number) and not isinstance(truth, bool):
            hint = " The true number is larger." if prediction < truth else " The true number is smaller."
        return f"Not {prediction}{unit}.{hint} The solution below shows the way."
    return f"The answer is of another kind: {type(truth).__name__}, not {type(prediction).__name__}."
