"""What goes wrong in a training, in words."""

__all__ = ["TrainingError"]


class TrainingError(RuntimeError):
    """A run cannot start or go on; the message says why, what is kept, and what to do."""
