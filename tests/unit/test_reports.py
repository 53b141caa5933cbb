"""Reports of several runs, against their definitions written out, on random runs."""

from fractions import Fraction
from itertools import pairwise
from math import comb, isclose
from statistics import mean, stdev

import numpy as np
import pytest

from resnet_book import reports
from resnet_book.runs import Run


def run(seed=0, count=400, scores=(0.5, 0.7, 0.6), recipe="book"):
    draw = np.random.default_rng(seed)
    labels = draw.integers(0, 10, count).astype(np.uint8)
    predicted = np.where(draw.random(count) < 0.7, labels, (labels + 1) % 10).astype(np.uint8)
    confidence = draw.uniform(0.1, 1, count).astype(np.float16)
    metrics = [
        row
        for i, score in enumerate(scores)
        for row in (
            *({"kind": "step", "epoch": i + 1, "seconds": 20 * i + 0.2 * step} for step in range(50)),
            {"kind": "epoch", "epoch": i + 1, "train_seconds": 12.0, "test_accuracy": score},
        )
    ]
    return Run(f"{recipe}-{seed}", {"recipe": recipe, "seed": seed}, {}, metrics, predicted, confidence, labels)


def test_the_spread_is_of_the_last_epoch_not_the_best():
    runs = [run(seed, scores=(0.9, 0.5 + seed / 10)) for seed in range(3)]
    found = reports.spread(runs)
    assert (found.count, found.low, found.high) == (3, 0.5, 0.7)
    assert isclose(found.mean, mean([0.5, 0.6, 0.7])) and isclose(found.deviation, stdev([0.5, 0.6, 0.7]))
    assert str(found) == "60.00% ± 10.00 (3 runs, 50.00% to 70.00%)"
    assert str(reports.spread(runs[:1])) == "50.00% (one run)"
    with pytest.raises(ValueError, match="no run"):
        reports.spread([])


def test_runs_are_grouped_by_recipe_and_ordered_by_seed():
    given = [run(2), run(1, recipe="d2l"), run(0)]
    assert {name: [r.name for r in same] for name, same in reports.groups(given).items()} == {
        "book": ["book-0", "book-2"],
        "d2l": ["d2l-1"],
    }


def test_training_time_leaves_out_pauses_and_scoring():
    r = run(scores=(0.5, 0.7, 0.6))  # 50 steps of 0.2 s and 10 s of something else in each epoch
    assert reports.training_seconds(r) == pytest.approx([10, 20, 30])
    for row in r.steps:
        if row["epoch"] == 2 and row["seconds"] > 22:  # stopped for an hour at the tenth step
            row["seconds"] += 3600
    assert reports.training_seconds(r) == pytest.approx([10, 20, 30])
    single = Run("one", {}, {}, [r.steps[0], r.epochs[0]], r.predicted, r.confidence, r.labels)
    assert reports.training_seconds(single) == [12]


def test_training_time_on_a_device_that_is_waited_for_every_tenth_step():
    r = run(scores=(0.5,))
    for step, row in enumerate(r.steps):
        row["seconds"] = 2.0 * (step // 10) + 0.001 * (step % 10)
    assert reports.training_seconds(r) == pytest.approx([10])


def test_arithmetic_seconds_counts_three_forward_passes():
    assert reports.arithmetic_seconds([10, 20], pictures=6, rate=9) == 3 * 30 * 6 / 9


def test_the_sampling_error_is_that_of_repeated_draws():
    draws = np.random.default_rng(0).binomial(1000, 0.9, 20_000) / 1000
    assert reports.sampling_error(0.9, 1000) == pytest.approx(draws.std(), rel=0.02)


@pytest.mark.parametrize("seed", range(20))
def test_every_picture_is_in_one_bin_of_its_confidence(seed):
    r = run(seed, count=57)
    bins = reports.reliability(r)
    assert sum(one.count for one in bins) == 57 and all(a.high <= b.low for a, b in pairwise(bins))
    error = 0.0
    for one in bins:
        inside = [i for i, c in enumerate(r.confidence.tolist()) if one.low < c <= one.high]
        right = [float(r.predicted[i] == r.labels[i]) for i in inside]
        assert len(inside) == one.count and one.accuracy == pytest.approx(mean(right))
        assert one.confidence == pytest.approx(mean(float(r.confidence[i]) for i in inside))
        error += abs(one.confidence - one.accuracy) * len(inside) / 57
    assert reports.calibration_error(bins) == pytest.approx(error)


def test_a_sure_network_that_is_right_is_calibrated():
    r = run()
    sure = Run(r.name, r.config, r.env, r.metrics, r.labels, np.ones(400, np.float16), r.labels)
    assert reports.calibration_error(reports.reliability(sure)) == 0
    wrong = Run(r.name, r.config, r.env, r.metrics, (r.labels + 1) % 10, np.ones(400, np.float16), r.labels)
    assert reports.calibration_error(reports.reliability(wrong)) == 1


def test_two_runs_on_the_same_pictures():
    a = run(0)
    b = Run("b", a.config, a.env, a.metrics, np.roll(a.predicted, 1), a.confidence, a.labels)
    triples = list(zip(a.predicted, b.predicted, a.labels))
    assert reports.disagreement(a, b) == mean(float(p != q) for p, q, _ in triples)
    first = sum(p == t != q for p, q, t in triples)
    second = sum(q == t != p for p, q, t in triples)
    assert reports.discordant(a, b) == (first, second)
    with pytest.raises(ValueError, match="different pictures"):
        reports.disagreement(a, run(1))


@pytest.mark.parametrize("first, second", [(0, 0), (3, 3), (0, 5), (2, 9), (40, 25), (300, 380)])
def test_the_sign_test_sums_the_tails_exactly(first, second):
    n = first + second
    tails = sum(Fraction(comb(n, k), 2**n) for k in range(n + 1) if abs(2 * k - n) >= abs(first - second))
    assert reports.sign_test(first, second) == reports.sign_test(second, first) == pytest.approx(float(tails))


def test_the_best_epoch_is_what_a_choice_by_the_test_set_would_claim():
    r = run(scores=(0.5, 0.7, 0.6))
    assert reports.best_of_the_test_set(r) == 0.7 and r.accuracy == 0.6


def test_so_many_seeds_find_a_difference_as_often_as_promised():
    """Drawn: two networks whose seeds scatter by 0.25 points and whose means are 0.4 apart."""
    difference, deviation, draw = 0.4, 0.25, np.random.default_rng(0)
    count = reports.seeds_needed(difference, deviation)
    first, second = (draw.normal(mean, deviation, (4000, count)).mean(1) for mean in (0, difference))
    found = np.abs(second - first) > 1.96 * deviation * np.sqrt(2 / count)
    assert 0.8 <= found.mean() < 0.9
    fewer = (draw.normal(mean, deviation, (4000, count - 2)).mean(1) for mean in (0, difference))
    assert np.mean(np.abs(np.subtract(*fewer)) > 1.96 * deviation * np.sqrt(2 / (count - 2))) < 0.8
    assert reports.seeds_needed(10.0, 0.1) == 1
    with pytest.raises(ValueError, match="above zero"):
        reports.seeds_needed(0.0, 0.1)


def test_nothing_beats_what_lies_on_the_line():
    draw = np.random.default_rng(1)
    for _ in range(100):
        points = [tuple(row) for row in draw.integers(0, 6, (8, 2)).tolist()]
        kept = reports.pareto(points)
        for place, (cost, accuracy) in enumerate(points):
            beaten = any(c <= cost and a >= accuracy and (c, a) != (cost, accuracy) for c, a in points)
            assert (points[place] in [points[k] for k in kept]) == (not beaten)
        assert len({points[k] for k in kept}) == len(kept)
    assert reports.pareto([]) == []


def test_what_all_miss_no_run_has_right():
    many = [run(seed) for seed in range(3)]
    many = [Run(r.name, r.config, {}, r.metrics, r.predicted, r.confidence, many[0].labels) for r in many]
    found = reports.missed_by_all(many)
    assert found.tolist() == [
        i for i, label in enumerate(many[0].labels) if all(r.predicted[i] != label for r in many)
    ] and len(found)
    with pytest.raises(ValueError, match="no run"):
        reports.missed_by_all([])
