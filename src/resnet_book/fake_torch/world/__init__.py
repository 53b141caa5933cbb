"""What an import finds."""

from .importing import World
from .names import Absent

__all__ = ["Absent", "World"]
