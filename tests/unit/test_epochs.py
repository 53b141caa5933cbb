"""What a curve shows from epoch to epoch: moves at high and at low rates, and what the best test epoch would claim."""

from dataclasses import asdict

import numpy as np
import pytest

from resnet_book import architecture, epochs, family
from resnet_book.runs import Run

LABELS = np.zeros(10, np.uint8)


def run(scores, rates, network="cifar-resnet20", recipe="cifar", seed=0) -> Run:
    """A run of as many epochs as there are scores, with two steps each, both at the epoch's rate."""
    metrics = []
    for epoch, (score, rate) in enumerate(zip(scores, rates), 1):
        metrics += [{"kind": "step", "epoch": epoch, "step": 2 * epoch - k, "lr": rate} for k in (1, 0)]
        metrics.append({"kind": "epoch", "epoch": epoch, "step": 2 * epoch, "lr": rate, "test_accuracy": score})
    config = {"recipe": recipe, "seed": seed, "epochs": len(scores), "dataset": "CIFAR-10", "scored": "test"}
    settings = {"architecture": asdict(architecture(network))}
    return Run(f"{network}-{seed}", {**config, "settings": settings}, {}, metrics, LABELS, LABELS, LABELS)


def test_a_curve_is_over_the_part_of_the_training_that_is_done():
    made = run([0.5, 0.75], [0.2, 0.1])
    assert epochs.errors(made) == [(0.5, 50.0), (1.0, 25.0)]
    assert epochs.schedule(made) == [(0.25, 0.2), (0.5, 0.2), (0.75, 0.1), (1.0, 0.1)]


def test_moves_are_told_apart_by_where_the_rate_falls_for_good():
    """It rises at first: an epoch of the warm-up is none of the end."""
    rates = [0.04, 0.1, 0.2, 0.2, 0.1, 0.06, 0.04, 0.02, 0.0]
    assert epochs.fluctuations(run([0.6, 0.5, 0.7, 0.65, 0.72, 0.70, 0.80, 0.79, 0.78], rates)) == (
        "in the first 6 epochs, before the rate has fallen below 0.05, the test accuracy fell 3 times from one epoch to the "
        "next, by up to 10.0 points, and came to 72.0 % at best; in the 3 after them it fell twice from one epoch to the "
        "next, by up to 1.0 points, and ended at 78.0 %."
    )
    assert "never fell, and came to 80.0 %" in epochs.fluctuations(
        run([0.6, 0.6, 0.7, 0.8, 0.9], [0.2, 0.2, 0.1, 0.1, 0.0])
    )
    assert epochs.fluctuations(run([0.5, 0.6, 0.7], [0.1, 0.1, 0.1])) == "", "a rate that stays has no end to settle in"


def test_what_the_best_epoch_claims_is_counted_network_by_network():
    given = [
        run([0.5, 0.9, 0.89], [0.2, 0.1, 0.0]),
        run([0.5, 0.8, 0.9], [0.2, 0.1, 0.0], seed=1),
        run([0.5, 0.8, 0.7], [0.2, 0.1, 0.0], network="cifar-plain20"),
        run([0.95, 0.9, 0.88], [0.1, 0.1, 0.1], recipe="constant"),
        run([0.5, 0.9, 0.89], [0.1, 0.1 / 10, 0.1 / 10 / 10], recipe="steps"),
    ]
    found = epochs.claimed(given)
    assert [(each.recipe, each.network, len(each.gains)) for each in found] == [
        ("cifar", "residual-20", 2), ("cifar", "plain-20", 1), ("constant", "residual-20", 1), ("steps", "residual-20", 1),
    ]  # fmt: skip
    assert found[0].gains == pytest.approx((1, 0)) and found[0].last == pytest.approx(89.5)
    rows, said = epochs.claims(found)
    assert all(len(row) == len(epochs.HEADER) for row in rows)
    assert rows[0] == ("cifar", "residual-20", 2, "nothing", "89.50", "90.00", "0.50")
    assert rows[2][3:] == ("as high as ever", "88.00", "95.00", "7.00")
    assert rows[3][3] == "1 % of the highest"
    assert said == (
        "Where the rate falls to nothing, the last epoch is the best one in 1 of 3 runs, and the choice could claim up to "
        "10.00 points more. In the one run whose rate ends at a part of the highest another epoch is the best, and choosing "
        "it would have claimed 1.00 points more. In the one run whose rate stays high another epoch is the best, and "
        "choosing it would have claimed 7.00 points more."
    )


def test_a_network_without_batch_norm_is_another_one():
    other = run([0.5, 0.8, 0.6], [0.2, 0.1, 0.0])
    other.config["settings"]["start"] = "he"
    found = epochs.claimed([run([0.5, 0.9, 0.89], [0.2, 0.1, 0.0]), other])
    assert [(each.network, len(each.gains)) for each in found] == [("residual-20", 1), ("residual-20, he", 1)]


def test_what_nobody_gained_is_not_called_a_claim():
    found = epochs.claimed([run([0.5, 0.9], [0.1, 0.0]), run([0.6, 0.7], [0.1, 0.0], seed=1)])
    assert epochs.claims(found)[1] == "Where the rate falls to nothing, the last epoch is the best one in 2 of 2 runs."
    assert epochs.claims(found[:0]) == ([], "")
    alone = epochs.claimed([run([0.5, 0.9], [0.1, 0.0])])
    assert epochs.claims(alone)[1] == "In the one run whose rate falls to nothing the last epoch is the best."


def test_the_two_recipes_are_compared_on_one_network():
    def members(*given):
        return family.members([run([0.5], [0.1], *each) for each in given])

    def names(found):
        return [(each.recipe, each.arch.name) for each in family.by_recipe(found)]

    assert names([]) == [] and names(members(("cifar-plain20",))) == []
    assert names(members(("cifar-resnet20",), ("cifar-resnet56",))) == [("cifar", "cifar-resnet56")]
    assert names(members(("cifar-resnet20",), ("cifar-resnet56",), ("cifar-resnet20", "cifar-paper"))) == [
        ("cifar", "cifar-resnet20"), ("cifar-paper", "cifar-resnet20"),
    ]  # fmt: skip
