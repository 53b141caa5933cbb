"""The figures: legible on light and dark pages, and true to the trace."""

import io
import os
import subprocess
import sys

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image
from support import REPOSITORY

from resnet_book import Block, ShapeError, figures, trace

matplotlib.use("agg")

LIGHT, DARK = (255, 255, 255), (0x14, 0x18, 0x1D)


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def luminance(rgb):
    """Relative luminance, WCAG 2.1."""
    c = np.asarray(rgb, dtype=float) / 255
    c = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    return float(c @ [0.2126, 0.7152, 0.0722])


def contrast(a, b):
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def rgb(color):
    return tuple(round(255 * v) for v in matplotlib.colors.to_rgb(color))


def dark_filter(color):
    """What `invert(1) hue-rotate(180deg)` makes of a color (Filter Effects Module, hueRotate)."""
    assert figures.DARK_FILTER == "invert(1) hue-rotate(180deg)"
    grey = np.tile([0.213, 0.715, 0.072], (3, 1))
    turned = (2 * grey - np.eye(3)) @ (255 - np.asarray(rgb(color), dtype=float))
    return np.clip(turned, 0, 255)


@pytest.mark.parametrize("name", figures.INK)
def test_ink_is_legible_on_light_and_turned_over_on_dark_pages(name):
    color = figures.INK[name]
    assert contrast(rgb(color), LIGHT) >= 4.5
    assert contrast(dark_filter(color), DARK) >= 4.5


@pytest.mark.parametrize("name", figures.PALE)
def test_text_is_legible_on_every_fill(name):
    fill = figures.PALE[name]
    assert contrast(rgb(figures.INK["text"]), rgb(fill)) >= 4.5
    assert contrast(dark_filter(figures.INK["text"]), dark_filter(fill)) >= 4.5


def words(figure: Figure) -> list[str]:
    return [text.get_text() for ax in figure.axes for text in ax.texts if text.get_text()]


BLOCKS = [
    (Block("basic", 64, 64), (64, 56, 56)),
    (Block("basic", 64, 128, 2, "projection"), (64, 56, 56)),
    (Block("basic", 16, 32, 2, "pad"), (16, 32, 32)),
    (Block("bottleneck", 256, 512, 2, "projection", "v1"), (256, 56, 56)),
    (Block("bottleneck", 256, 512, 2, "projection"), (256, 56, 56)),
    (Block("d2l", 3, 6, 2, "projection"), (3, 6, 6)),
    (Block("plain", 8, 8, shortcut="none"), (8, 5, 7)),
]


@pytest.mark.parametrize(("block", "shape"), BLOCKS, ids=lambda value: getattr(value, "kind", None))
def test_a_block_shows_every_shape_of_its_trace(block, shape):
    shown = words(figures.block(block, shape))
    for row in trace(block, shape).rows:
        if not row.name.startswith("downsample") and row.op != "add":
            assert "×".join(map(str, row.output_shape)) in shown
    assert ("+" in shown) == (block.shortcut != "none")


def test_a_projection_stands_on_the_skip_with_its_channels_and_stride():
    assert "1×1, 64 → 128, stride 2" in words(figures.block(*BLOCKS[1]))
    assert "1×1, 3 → 6, stride 2" in words(figures.block(*BLOCKS[5]))


def test_the_stride_of_a_bottleneck_stands_where_its_version_has_it():
    assert "1×1, 256 → 128, stride 2" in words(figures.block(*BLOCKS[3]))
    assert "3×3, 128 → 128, stride 2" in words(figures.block(*BLOCKS[4]))


def test_option_a_shows_both_of_its_halves():
    shown = words(figures.block(*BLOCKS[2]))
    assert "one pixel in 2×2" in shown
    assert "zeros: 16 → 32" in shown


def test_an_identity_skip_says_so():
    assert any("x as it is" in text for text in words(figures.block(*BLOCKS[0])))


def test_where_the_shapes_do_not_meet_the_picture_says_both_and_the_repair():
    shown = " ".join(words(figures.block(Block("basic", 64, 128, 2), (64, 56, 56)))).replace("\n", " ")
    assert "brings 64×56×56" in shown
    assert "needs 128×28×28" in shown
    assert "Repair: 1x1 convolution 64 → 128, stride 2" in shown


def test_the_silent_broadcast_is_drawn_as_a_mismatch():
    assert any(text.startswith("Repair") for text in words(figures.block(Block("d2l", 1, 6), (1, 6, 6))))


def test_a_branch_that_cannot_take_the_shape_is_refused():
    with pytest.raises(ShapeError, match="conv1"):
        figures.block(Block("basic", 64, 64), (32, 56, 56))


def test_no_text_of_a_block_leaves_the_picture():
    for block, shape in [*BLOCKS, (Block("basic", 64, 128, 2), (64, 56, 56))]:
        figure = figures.block(block, shape)
        figure.canvas.draw()
        for text in figure.axes[0].texts:
            if text.get_text():
                box = text.get_window_extent()
                assert min(box.x0, box.y0) >= 0, text.get_text()
                assert box.x1 <= figure.bbox.width, text.get_text()
                assert box.y1 <= figure.bbox.height, text.get_text()


def test_the_drawn_classes_are_what_the_chapter_says_of_them():
    def inside(inner, outer):
        angle = np.linspace(0, 2 * np.pi, 361)
        (cx, cy), (a, b) = inner
        x, y = cx + a * np.cos(angle), cy + b * np.sin(angle)
        (ox, oy), (oa, ob) = outer
        return bool((((x - ox) / oa) ** 2 + ((y - oy) / ob) ** 2 < 1).all())

    assert inside(figures.NESTED[0], figures.NESTED[1])
    assert inside(figures.NESTED[1], figures.NESTED[2])
    assert not inside(figures.APART[0], figures.APART[1])
    assert not inside(figures.APART[1], figures.APART[2])
    for classes in (figures.APART, figures.NESTED):
        areas = [a * b for _, (a, b) in classes]
        assert areas == sorted(areas)
    assert len(figures.function_classes().axes) == 2


def test_nearest_is_exact_on_a_circle():
    assert figures.nearest((3, 4), (0, 0), (1, 1)) == pytest.approx((0.6, 0.8), abs=1e-3)


def test_lines_are_told_apart_without_color():
    series = {name: [3.0, 2.0, 1.0] for name in ("cifar-plain20", "cifar-plain56", "cifar-resnet20", "cifar-resnet56")}
    for draw in (figures.losses, figures.gradients):
        lines = draw(series).axes[0].lines
        assert len({(line.get_linestyle(), line.get_linewidth()) for line in lines}) == 4
        assert [line.get_label() for line in lines] == ["plain-20", "plain-56", "residual-20", "residual-56"]


def test_gradients_are_relative_to_the_last_block():
    line = figures.gradients({"cifar-plain20": [8.0, 4.0, 2.0]}).axes[0].lines[0]
    assert line.get_xdata().tolist() == [1, 2, 3]
    assert np.allclose(line.get_ydata(), [4, 2, 1])


def test_the_histogram_counts_every_entry_and_parts_them_at_one():
    figure = figures.jacobian_diagonal([0.5, 0.99, 1.0, 1.5], [0.0, 0.0, 1.0, 1.5])
    above, below = figure.axes
    assert sum(bar.get_height() for bar in above.patches) == 4
    assert sum(bar.get_height() for bar in below.patches if bar.get_hatch()) == 2
    assert "50% below 1" in words(figure)


def test_a_picture_has_twice_the_pixels_and_a_transparent_ground():
    figure = figures.losses({"cifar-plain20": [2.0, 1.0]})
    data, size = figures.png(figure)
    picture = Image.open(io.BytesIO(data)).convert("RGBA")
    assert picture.size == (2 * size["width"], 2 * size["height"])
    assert picture.getpixel((2, 2))[3] == 0
    assert len(data) < 40_000
    assert figures.png(figure)[0] == data  # the same figure, the same bytes


def test_drawing_leaves_the_readers_style_alone():
    with matplotlib.rc_context({"font.size": 23}):
        before = dict(matplotlib.rcParams)
        figures.function_classes()
        assert dict(matplotlib.rcParams) == before


def test_setup_does_nothing_without_a_notebook():
    assert figures.setup() is None


def test_figures_need_no_torch():
    code = "import sys; from resnet_book import figures; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "PYTHONPATH": str(REPOSITORY / "src")})
