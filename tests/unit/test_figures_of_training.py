"""The figures of the chapter on training: what they draw is what they were given, and nothing is cut off."""

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest

from resnet_book import figures
from resnet_book.figures.confidence import FEW
from resnet_book.reports import Bin

matplotlib.use("agg")
DRAW = np.random.default_rng(0)
NAMES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
PICTURES, LABELS = DRAW.integers(0, 256, (60, 28, 28), dtype=np.uint8), np.arange(60) % 10
SCORES = {"book": [0.91, 0.92, 0.9], "d2l": [0.88, 0.85], "book-no-flip": [0.9, 0.91]}
RACE = {"d2l": [[(8, 0.83), (90, 0.91)]], "book": [[(1, 0.85), (15, 0.94)], [(1, 0.86), (16, 0.93)]]}
BINS = [Bin(0.4, 0.5, 30, 0.45, 0.3), Bin(0.9, 1.0, 970, 0.97, 0.99)]

FIGURES = {
    "classes": lambda: figures.classes(PICTURES, LABELS, NAMES),
    "sides": lambda: figures.sides(
        {s: np.zeros((s, s)) for s in (28, 96)}, {28: "last map 1 × 1", 96: "last map 3 × 3"}
    ),
    "schedules": lambda: figures.schedules({"d2l": [(0, 0.05), (10, 0.05)], "book": [(0, 0), (2, 0.05), (10, 0)]}),
    "differences": lambda: figures.differences(SCORES, "book"),
    "race": lambda: figures.race(RACE, goal=0.91),
    "errors": lambda: figures.errors({"plain-20": ([40, 12], [35, 15]), "plain-56": ([60, 20], [50, 22])}),
    "by layer": lambda: figures.by_layer(
        {"first step": {"plain-20": [3, 1], "residual-20": [1, 1]}, "at the end": {"plain-20": [1, 2]}}, "norm", True
    ),
    "marked layers": lambda: figures.by_layer({"a": {"plain-8": [3, 1, 2, 1, 3]}}, "norm", dots=(2, 4), borders=(3,)),
    "starts": lambda: figures.starts(
        {name: np.geomspace(2.3, end, 30) for end, name in enumerate(("bn", "zero", "pre", "skip", "fix", "none"), 1)}
    ),
    "tradeoff": lambda: figures.tradeoff(
        [figures.Point(f"residual-{n}", "thin", n, 90 + n / 1e3, 90, 92) for n in (20, 110, 1202)], "MACs"
    ),
    "rates": lambda: figures.rates(
        {"cifar": [(0, 0.0), (0.2, 0.2), (1, 0.001)], "cifar-paper": [(0, 0.1), (1, 0.1)]},
        {"cifar, residual-20": [(0.5, 40), (1, 10)]},
    ),
    "calibration": lambda: figures.calibration({"book, seed 0": BINS, "d2l, seed 0": BINS}),
}


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", FIGURES)
def test_no_text_leaves_the_picture_and_all_inks_are_legible(name):
    figure = FIGURES[name]()
    figure.canvas.draw()
    box, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
    assert min(box.x0, box.y0) >= -0.01 and box.x1 <= width + 0.01 and box.y1 <= height + 0.01
    inks = {matplotlib.colors.to_hex(color) for color in figures.INK.values()}
    for text in figure.findobj(matplotlib.text.Text):
        if text.get_text() and text.get_visible():
            assert matplotlib.colors.to_hex(text.get_color()) in inks, text.get_text()


def test_each_class_has_its_column():
    axes = np.array(FIGURES["classes"]().axes).reshape(4, 10)
    for k in range(10):
        for row in range(4):
            shown = np.asarray(axes[row, k].images[0].get_array())
            assert np.array_equal(shown, PICTURES[k::10][row])


def test_differences_are_in_points_from_the_mean_and_ordered():
    (ax,) = FIGURES["differences"]().axes
    assert [label.get_text() for label in ax.get_yticklabels()] == ["book", "book-no-flip", "d2l"]
    dots = [line.get_xdata() for line in ax.lines if line.get_linestyle() == "None"]
    assert (
        dots[0] == pytest.approx([0, 1, -1])
        and dots[1] == pytest.approx([-1, 0])
        and dots[2] == pytest.approx([-3, -6])
    )


def test_calibration_shows_every_bin_at_its_confidence_but_those_of_chance():
    above, *_ = FIGURES["calibration"]().axes
    marked = next(line for line in above.lines if line.get_marker() not in ("None", ""))
    assert marked.get_xydata().tolist() == [[0.45, 0.3], [0.97, 0.99]]
    few = [Bin(0.2, 0.3, FEW - 1, 0.25, 0.0), *BINS]
    above, _, below, _ = figures.calibration({"book, seed 0": few, "d2l, seed 0": BINS}).axes
    marked = next(line for line in above.lines if line.get_marker() not in ("None", ""))
    assert marked.get_xydata().tolist() == [[0.45, 0.3], [0.97, 0.99]]
    assert len(below.patches) == 3, "how many pictures there are is shown of every bin"


def test_both_errors_of_every_network_are_drawn_and_the_deepest_is_the_thickest():
    left, right = FIGURES["errors"]().axes
    for ax, expected in ((left, ([40, 12], [60, 20])), (right, ([35, 15], [50, 22]))):
        shallow, deep = ax.lines
        assert [list(line.get_ydata()) for line in (shallow, deep)] == list(expected)
        assert list(shallow.get_xdata()) == [1, 2] and shallow.get_linewidth() < deep.get_linewidth()


def test_layers_of_networks_of_several_depths_share_an_axis():
    first, end = FIGURES["by layer"]().axes
    assert [list(line.get_ydata()) for line in first.lines] == [[3, 1], [1, 1]] and first.get_yscale() == "log"
    (only,) = end.lines
    assert list(only.get_xdata()) == [0, 1] and list(only.get_ydata()) == [1, 2]


def test_an_axis_of_less_than_two_powers_of_ten_has_a_scale_to_read():
    narrow, wide = FIGURES["by layer"](), figures.by_layer({"a": {"plain-8": [0.01, 5]}}, "norm", True)
    for figure, ticks in ((narrow, {1, 2}), (wide, {0.01, 0.1, 1})):
        figure.canvas.draw()
        ax = figure.axes[0]
        low, high = ax.get_ylim()
        assert {round(tick, 9) for tick in ax.get_yticks() if low <= tick <= high} >= ticks
    assert {0.02, 2}.isdisjoint(round(tick, 9) for tick in ax.get_yticks())


def test_dots_are_on_the_layers_named_and_borders_between_layers():
    (ax,) = FIGURES["marked layers"]().axes
    line, border = ax.lines
    assert line.get_marker() == "o" and line.get_markevery() == [2, 4]
    assert border.get_xdata()[0] == pytest.approx(2.5 / 4), "between the third and the fourth of five"


def test_no_two_starts_have_one_color():
    (ax,) = FIGURES["starts"]().axes
    curves = [line for line in ax.lines if not line.get_label().startswith("_")]
    assert len({line.get_color() for line in curves}) == len(curves) == 6
    (guessing,) = ax.texts
    assert guessing.get_ha() == "right", "at the left all curves begin there"


def test_schedules_are_the_points_given():
    (ax,) = FIGURES["schedules"]().axes
    assert [line.get_xydata().tolist() for line in ax.lines] == [[[0, 0.05], [10, 0.05]], [[0, 0], [2, 0.05], [10, 0]]]


def test_the_race_shows_every_epoch_and_fills_the_last():
    (ax,) = FIGURES["race"]().axes
    lines = [line.get_xydata().tolist() for line in ax.lines[1:]]
    assert lines[::2] == [[[x, pytest.approx(100 * y)] for x, y in points] for same in RACE.values() for points in same]
    assert lines[1::2] == [[last] for *_, last in lines[::2]]
    assert {text.get_text() for text in ax.get_legend().get_texts()} == {"d2l", "book"}
    assert ax.lines[0].get_ydata()[0] == pytest.approx(91)


def test_a_curve_has_the_look_of_its_recipe():
    above, below = FIGURES["rates"]().axes
    ours, paper = above.lines
    assert ours.get_xydata().tolist() == [[0.2, 0.2], [1, 0.001]], "no rate of zero on a logarithmic axis"
    (curve,) = below.lines
    assert curve.get_xydata().tolist() == [[0.5, 40], [1, 10]]
    assert (curve.get_color(), curve.get_linestyle()) == (ours.get_color(), ours.get_linestyle())
    assert paper.get_color() != ours.get_color() and paper.get_linestyle() != ours.get_linestyle()


def test_names_in_a_tradeoff_cover_neither_each_other_nor_a_mark():
    near = [(40, 91.3), (41, 91.4), (41.5, 91.5), (60, 91.7), (90, 91.8), (120, 91.9), (118, 87.0), (39, 90.1)]
    points = [figures.Point(f"residual-{n}, some", "residual", x, y, y, y) for n, (x, y) in enumerate(near)]
    figure = figures.tradeoff(points, "hours")
    figure.canvas.draw()
    (ax,) = figure.axes
    boxes = [matplotlib.text.Text.get_window_extent(text) for text in ax.texts]
    marks = ax.transData.transform(near)
    assert len(boxes) == len(points)
    for place, box in enumerate(boxes):
        assert not box.count_overlaps(boxes[:place]), ax.texts[place].get_text()
        assert not any(box.contains(*mark) for mark in marks), ax.texts[place].get_text()


def test_the_line_of_a_tradeoff_goes_through_what_nothing_beats():
    points = [
        figures.Point("20", "residual", 40.0, 91.4, 91.2, 91.6),
        figures.Point("56", "residual", 125.0, 93.1, 93.0, 93.2),
        figures.Point("56", "plain", 125.0, 88.0, 87.0, 89.0),
    ]
    (ax,) = figures.tradeoff(points, "MACs").axes
    line = next(line for line in ax.lines if line.get_drawstyle().startswith("steps"))
    assert line.get_xydata().tolist() == [[40.0, 91.4], [125.0, 93.1]]
    assert {text.get_text() for text in ax.texts} == {"20", "56"}
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["residual", "plain"]
    assert ax.get_xscale() == "log" and ax.get_xlabel() == "MACs"
