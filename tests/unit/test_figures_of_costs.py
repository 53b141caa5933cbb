"""The figures of the chapters on 1x1 convolutions and on costs: their numbers are the tracer's, and nothing is cut off."""

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from support import REPOSITORY

from resnet_book import Block, architecture, figures, trace
from resnet_book.experiments import roofline

matplotlib.use("agg")
RUN = roofline.load(REPOSITORY / "book" / "runs" / "roofline")
RESNET50 = trace(architecture("resnet50"), (3, 224, 224))
BLOCKS = {kind: trace(Block(kind, 64, 64), (64, 8, 8)) for kind in ("basic", "bottleneck")}
PANELS = {"MACs": {"width": {1: 10, 2: 40, 4: 160}, "depth": {1: 10, 2: 20, 4: 40}}}
PICTURE = np.random.default_rng(0).integers(0, 256, (20, 16, 3), dtype=np.uint8)

FIGURES = {
    "portrait": lambda: figures.portrait(PICTURE),
    "mix": lambda: figures.mix(PICTURE, (1, 2, -1)),
    "bars": lambda: figures.bars({"a": 1, "b": -2}, ("a", "b")),
    "seen": lambda: figures.seen({"one": np.eye(4, dtype=bool), "all": np.ones((4, 4), bool)}),
    "terms": lambda: figures.terms({"title": BLOCKS}, {"title": 64 * 64 * 64}),
    "by_stage": lambda: figures.by_stage(RESNET50),
    "scaling": lambda: figures.scaling(PANELS),
    "sweep": lambda: figures.sweep(RUN, RUN.part("sweep")),
    "roofline": lambda: figures.roofline(RUN),
    "shares": lambda: figures.shares(RUN),
}


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def shown(figure):
    return [text for text in figure.findobj(matplotlib.text.Text) if text.get_text() and text.get_visible()]


def words(figure):
    return [text.get_text() for text in shown(figure)]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", FIGURES)
def test_no_text_leaves_the_picture(name):
    figure = FIGURES[name]()
    figure.canvas.draw()
    box, (width, height) = figure.get_tightbbox(), figure.get_size_inches()  # of all that is drawn, in inches
    assert min(box.x0, box.y0) >= -0.01
    assert box.x1 <= width + 0.01
    assert box.y1 <= height + 0.01


@pytest.mark.parametrize("name", FIGURES)
def test_texts_have_inks_that_are_legible_both_ways(name):
    inks = {matplotlib.colors.to_hex(color) for color in figures.INK.values()}
    for text in shown(FIGURES[name]()):
        assert matplotlib.colors.to_hex(text.get_color()) in inks, text.get_text()


@pytest.mark.parametrize("name", FIGURES)
def test_figures_are_small_files(name):
    data, _ = figures.png(FIGURES[name]())
    assert len(data) < 60_000


@pytest.mark.parametrize(
    ("weights", "text"),
    [((1, 2, -1), "R + 2G − B"), ((-1, 0, 0.5), "−R + 0.5B"), ((0, 0, 0), "0"), ((0, -0.25, 0), "−0.25G")],
)
def test_a_formula_in_words_has_a_proper_minus(weights, text):
    assert figures.formula(weights) == text


def test_the_mix_shows_the_sum_and_its_range():
    figure = figures.mix(PICTURE, (1, 2, -1))
    total = PICTURE.astype(float) @ [1, 2, -1]
    assert np.array_equal(figure.axes[4].images[0].get_array(), total)
    assert f"{total.min():.0f} to {total.max():.0f}".replace("-", "−") in words(figure)


def test_seen_pixels_differ_by_more_than_color():
    figure = figures.seen({"one": np.eye(3, dtype=bool)})
    markers = [line.get_marker() for line in figure.axes[0].lines]
    assert (markers.count("o"), markers.count("x")) == (3, 6)


def test_terms_are_to_scale_and_add_up():
    figure = figures.terms({"title": BLOCKS}, {"title": 64 * 64 * 64})
    widths = [bar.get_width() for bar in figure.axes[0].patches]
    assert widths == pytest.approx([9, 9, 1 / 4, 9 / 16, 1 / 4])
    assert {"18", "1.062"} <= set(words(figure))


def test_stages_are_shares_of_the_whole():
    figure = figures.by_stage(RESNET50)
    for ax in figure.axes:
        assert sum(bar.get_width() for bar in ax.patches) == pytest.approx(1)
    assert {"35.8%", "58.6%", "39.5%"} <= set(words(figure))


@pytest.mark.parametrize(
    ("name", "part"), [("conv1", "stem"), ("maxpool", "stem"), ("layer3.0.conv1", "stage 3"), ("fc", "head")]
)
def test_stage(name, part):
    assert figures.stage(name) == part


def test_shares_add_up_to_one():
    kinds = {row.kind for row in RUN.part("layer")}
    assert sum(RUN.shares(kind)[0] for kind in kinds) == pytest.approx(1)
    assert sum(RUN.shares(kind)[1] for kind in kinds) == pytest.approx(1)


def test_scaling_is_relative_and_lines_differ_by_more_than_color():
    lines = figures.scaling(PANELS).axes[0].lines
    assert [list(line.get_ydata()) for line in lines] == [[1, 4, 16], [1, 2, 4]]
    assert len({(line.get_marker(), line.get_linestyle()) for line in lines}) == 2


def test_the_roofline_names_the_machine_and_its_roofs_meet_at_the_ridge():
    figure = figures.roofline(RUN)
    assert any(RUN.env["cpu"] in text for text in words(figure))
    roof = figure.axes[0].lines[0]
    assert roof.get_xdata()[1] == RUN.ridge
    assert roof.get_ydata()[1] == pytest.approx(RUN.peak / 1e9)
    kinds = [line.get_marker() for line in figure.axes[0].lines if line.get_label()[0] != "_"]
    assert len(set(kinds)) == len(kinds)
