"""The figures of lesions, paths and changes draw what they are given."""

from math import comb

import matplotlib
import matplotlib.pyplot as plt
import pytest

from resnet_book import figures
from resnet_book.experiments.paths import Length
from resnet_book.experiments.refinement import Change

matplotlib.use("agg")
BLOCKS = [f"layer{stage}.{block}" for stage in (1, 2, 3) for block in range(3)]


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def test_lesions_draws_a_mark_a_block_and_a_line_for_each_network_whole():
    residual = {name: 0.5 + 0.05 * at for at, name in enumerate(BLOCKS)}
    plain = dict.fromkeys(BLOCKS, 0.1)
    fig = figures.lesions({"residual-20": residual, "plain-20": plain}, {"residual-20": 0.93, "plain-20": 0.92})
    (ax,) = fig.axes
    drawn = {line.get_label(): list(line.get_ydata()) for line in ax.lines}
    assert drawn["residual-20"] == pytest.approx([100 * share for share in residual.values()])
    assert drawn["plain-20"] == [10] * 9
    assert {round(line.get_ydata()[0], 6) for line in ax.lines} >= {93, 92, 10}
    assert [label.get_text() for label in ax.get_xticklabels()] == BLOCKS
    assert {text.get_text() for text in ax.get_legend().get_texts()} == {"residual-20", "plain-20"}


def test_networks_of_another_depth_have_a_panel_of_their_own():
    deep = {f"layer{stage}.{block}": 0.9 for stage in (1, 2, 3) for block in range(9)}
    found = {"residual-20": dict.fromkeys(BLOCKS, 0.5), "residual-56": deep}
    fig = figures.lesions(found, {"residual-20": 0.9, "residual-56": 0.93})
    assert len(fig.axes) == 2
    assert [label.get_text() for label in fig.axes[1].get_xticklabels()] == ["layer1.0", "layer2.0", "layer3.0"]


def test_by_blocks_draws_a_line_a_network():
    fig = figures.by_blocks({"residual-20": [0.1] * 7 + [0.5, 0.9, 0.94], "plain-20": [0.1] * 9 + [0.93]})
    drawn = {line.get_label(): list(line.get_ydata()) for line in fig.axes[0].lines}
    assert drawn["residual-20"][-1] == pytest.approx(94) and drawn["plain-20"][8] == pytest.approx(10)


def test_path_lengths_are_drawn_as_shares_of_the_largest():
    rows = [Length(k, comb(9, k), 0.01 * (k + 1), comb(9, k) * 0.01) for k in range(10)]
    for ax, field in zip(figures.path_lengths(rows).axes, ("count", "alone", "together")):
        values = [getattr(row, field) for row in rows]
        heights = [bar.get_height() for bar in ax.patches]
        assert heights == pytest.approx([value / max(values) for value in values])


def test_changes_are_drawn_by_block():
    rows = [Change(name, 1.0, 2.0, 1 + 0.1 * at, -0.1, 0.05 * at) for at, name in enumerate(BLOCKS)]
    sizes, angles = figures.changes(rows).axes
    assert list(sizes.lines[0].get_ydata()) == pytest.approx([row.ratio for row in rows])
    drawn = {line.get_label(): list(line.get_ydata()) for line in angles.lines}
    assert drawn["F(x) with x"] == [-0.1] * 9
    assert drawn["change, with steepest descent"] == pytest.approx([row.downhill for row in rows])
