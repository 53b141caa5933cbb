"""Training: recipes as data, one loop that reads from top to bottom, checkpoints that survive being killed."""

from .checkpoint import CheckpointError
from .devices import arithmetic, pick_device, product_rate
from .loop import Result, TrainingError, evaluate, fit
from .recipes import BUDGETS, RECIPES, Budget, Recipe, learning_rate, recipe
from .session import replay, train

__all__ = [
    "BUDGETS",
    "RECIPES",
    "Budget",
    "CheckpointError",
    "Recipe",
    "Result",
    "TrainingError",
    "arithmetic",
    "evaluate",
    "fit",
    "learning_rate",
    "pick_device",
    "product_rate",
    "recipe",
    "replay",
    "train",
]
