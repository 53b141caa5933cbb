"""What the chapters measure, each experiment a function of what it is given and a seed; a file each.

`roofline`, which times a machine, is imported by its own name.
"""

from .checking import check
from .gradients import gradient_norms, jacobian, without_batch_norm
from .influence import convolutions, influence, side_of
from .noise import fit_noise, noise
from .polynomials import best_fit_error

__all__ = [
    "best_fit_error",
    "check",
    "convolutions",
    "fit_noise",
    "gradient_norms",
    "influence",
    "jacobian",
    "noise",
    "side_of",
    "without_batch_norm",
]
