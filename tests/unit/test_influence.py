"""The receptive field, measured: an output depends on the pixels that the formula says, and on few of them strongly."""

import numpy as np
import pytest

from resnet_book import experiments as ex
from resnet_book import figures
from resnet_book.tracing import trace_layers


def formula(depth: int) -> int:
    layer = {"op": "conv2d", "out_channels": 1, "kernel_size": 3, "padding": 1}
    return trace_layers([layer] * depth, (1, 32, 32)).rows[-1].receptive_field[0]


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_an_influence_ends_where_the_formula_says(depth):
    found = ex.influence(ex.convolutions(depth), 15, count=8)
    assert found.shape == (15, 15) and found.max() == 1
    side = formula(depth)
    around = slice(7 - side // 2, 8 + side // 2)
    assert (found[around, around] > 0).all()
    assert (found > 0).sum() == side**2


def test_most_of_it_lies_in_the_middle_and_the_more_so_the_deeper():
    shares = [
        ex.side_of(ex.influence(ex.convolutions(depth), 2 * depth + 3, count=16)) / formula(depth) for depth in (2, 10)
    ]
    assert shares[1] < 0.7 < shares[0] <= 1


def test_the_same_seed_gives_the_same():
    first, second = (ex.influence(ex.convolutions(2, seed=3), 9, count=4, seed=5) for _ in range(2))
    assert np.array_equal(first, second)


@pytest.mark.parametrize(("share", "side"), [(0.1, 3), (0.9, 7), (1.0, 7)])
def test_side_of_an_even_influence(share, side):
    assert ex.side_of(np.ones((7, 7)), share) == side


def test_a_single_pixel():
    alone = np.zeros((9, 9))
    alone[4, 4] = 1
    assert ex.side_of(alone) == 1


def test_the_figure_says_both_sides():
    figure = figures.field(np.eye(9), 9, 5)
    assert [ax.get_title(loc="left") for ax in figure.axes] == [
        "has any influence: 9 × 9",
        "90 % of the influence: 5 × 5",
    ]
    assert [patch.get_width() for ax in figure.axes for patch in ax.patches] == [9, 5]
