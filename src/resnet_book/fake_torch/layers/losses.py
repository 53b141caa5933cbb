"""Losses, as layers: a number."""

from ..functions import FUNCTIONAL
from .module import Layer

__all__ = []


def _loss(name, function):
    def __init__(self, *args, **kwargs):
        Layer.__init__(self)
        object.__setattr__(self, "reduction", kwargs.get("reduction", "mean"))

    def forward(self, *inputs, **_):
        return FUNCTIONAL[function](*inputs, reduction=self.reduction)

    return type(name, (Layer,), {"__init__": __init__, "forward": forward})


for _name, _function in (
    ("CrossEntropyLoss", "cross_entropy"), ("NLLLoss", "nll_loss"), ("MSELoss", "mse_loss"), ("L1Loss", "l1_loss"),
    ("SmoothL1Loss", "smooth_l1_loss"), ("BCELoss", "binary_cross_entropy"), ("KLDivLoss", "kl_div"),
    ("BCEWithLogitsLoss", "binary_cross_entropy_with_logits"), ("HuberLoss", "huber_loss"), ("CTCLoss", "ctc_loss"),
    ("TripletMarginLoss", "triplet_margin_loss"), ("CosineEmbeddingLoss", "cosine_embedding_loss"),
    ("MarginRankingLoss", "margin_ranking_loss"), ("HingeEmbeddingLoss", "hinge_embedding_loss"),
    ("PoissonNLLLoss", "poisson_nll_loss"), ("GaussianNLLLoss", "gaussian_nll_loss"),
    ("SoftMarginLoss", "soft_margin_loss"), ("MultiLabelSoftMarginLoss", "multilabel_soft_margin_loss"),
    ("MultiMarginLoss", "multi_margin_loss"),
):  # fmt: skip
    globals()[_name] = _loss(_name, _function)
