"""The book's figures, drawn with matplotlib: a file named after what it shows. None of them needs torch."""

from .along_depth import along_depth, starts
from .blocks import block
from .channels import bars, formula, mix, portrait, seen
from .confidence import FEW, calibration
from .costs import by_stage, scaling, stage, terms
from .depth import gradients, losses
from .errors import by_layer, errors
from .faces import error_curves, faces, nme_by_block, nme_by_epoch, numbered
from .fields import field
from .ink import DARK_FILTER, INK, PALE, png, setup
from .jacobians import jacobian_diagonal
from .lesions import by_blocks, lesions
from .nested import APART, NESTED, distances, function_classes, nearest
from .occlusion import occlusion
from .paths import changes, path_lengths
from .pictures import classes, sides
from .rates import rates
from .recipes import differences, race, schedules
from .surfaces import contours, lines
from .timings import roofline, shares, sweep
from .tradeoff import Point, tradeoff

__all__ = [
    "APART",
    "DARK_FILTER",
    "FEW",
    "INK",
    "NESTED",
    "PALE",
    "Point",
    "along_depth",
    "bars",
    "block",
    "by_blocks",
    "by_layer",
    "by_stage",
    "calibration",
    "changes",
    "classes",
    "contours",
    "differences",
    "distances",
    "error_curves",
    "errors",
    "faces",
    "field",
    "formula",
    "function_classes",
    "gradients",
    "jacobian_diagonal",
    "lesions",
    "lines",
    "losses",
    "mix",
    "nearest",
    "nme_by_block",
    "nme_by_epoch",
    "numbered",
    "occlusion",
    "path_lengths",
    "png",
    "portrait",
    "race",
    "rates",
    "roofline",
    "scaling",
    "schedules",
    "seen",
    "setup",
    "shares",
    "sides",
    "stage",
    "starts",
    "sweep",
    "terms",
    "tradeoff",
]
