"""Fonts for a text: chosen among those installed, honest about those that are not."""

import matplotlib
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib import font_manager

from resnet_book import figures
from resnet_book.figures import fonts

matplotlib.use("agg")
CHINESE = "残差网络"


@pytest.fixture(autouse=True)
def own_settings(monkeypatch):
    """Each test has its own list of fonts, without those of the machine, and leaves matplotlib as it was."""
    bundled = [font for font in font_manager.fontManager.ttflist if font.name.startswith(("DejaVu", "Last"))]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", bundled)
    fonts._characters.cache_clear()
    with matplotlib.rc_context():
        yield
    fonts._characters.cache_clear()


def install(folder, family: str, characters: str) -> None:
    """A font with these characters, each of them a square, known to matplotlib."""
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for point in ((0, 500), (500, 500), (500, 0)):
        pen.lineTo(point)
    pen.closePath()
    square, names = pen.glyph(), {ord(c): f"u{ord(c):04X}" for c in characters}
    order = [".notdef", *names.values()]
    font = FontBuilder(1000, isTTF=True)
    font.setupGlyphOrder(order)
    font.setupCharacterMap(names)
    font.setupGlyf(dict.fromkeys(order, square))
    font.setupHorizontalMetrics(dict.fromkeys(order, (600, 0)))
    font.setupHorizontalHeader(ascent=800, descent=-200)
    font.setupNameTable({"familyName": family, "styleName": "Regular"})
    font.setupOS2(sTypoAscender=800, usWeightClass=400)
    font.setupPost()
    path = folder / f"{family}.ttf"
    font.save(path)
    font_manager.fontManager.addfont(path)


def test_what_the_usual_font_has_needs_no_other():
    choice = fonts.choose("R + 2G \N{MINUS SIGN} B, naïve, α")
    assert choice == (("DejaVu Sans",), "")
    assert str(choice) == "Every character can be drawn with DejaVu Sans."


def test_where_no_font_has_a_character_it_says_so_plainly():
    choice = fonts.choose(f"ResNet {CHINESE}")
    assert set(choice.missing) == set(CHINESE)
    assert "No font here has" in str(choice)
    assert CHINESE[0] in str(choice)


def test_the_font_of_last_resort_does_not_count():
    last_resort = font_manager.FontEntry(name="Last Resort High-Efficiency", fname="last-resort.ttf")
    font_manager.fontManager.ttflist.append(last_resort)
    assert fonts.choose("\U00020000").missing == "\U00020000"


def test_a_font_that_has_it_is_found_and_comes_second(tmp_path):
    install(tmp_path, "Square CJK", CHINESE)
    assert fonts.choose(f"ResNet {CHINESE}") == (("DejaVu Sans", "Square CJK"), "")


def test_two_fonts_that_share_a_text_are_both_taken_the_preferred_one_first(tmp_path):
    install(tmp_path, "A Font", CHINESE)
    install(tmp_path, "Noto Sans SC", CHINESE[:2])
    assert fonts.choose(CHINESE).families == ("DejaVu Sans", "Noto Sans SC", "A Font")


@pytest.mark.filterwarnings("error")
def test_a_figure_with_the_chosen_fonts_draws_without_a_warning(tmp_path):
    install(tmp_path, "Square CJK", CHINESE)
    choice = fonts.use(CHINESE)
    assert not choice.missing
    assert matplotlib.rcParams["axes.unicode_minus"]
    assert not matplotlib.rcParams["text.usetex"]
    figure, ax = matplotlib.pyplot.subplots()
    ax.plot([-2, -1], label=CHINESE)
    ax.set_title(CHINESE)
    figure.canvas.draw()
    assert any("\N{MINUS SIGN}" in label.get_text() for label in ax.get_yticklabels())


def test_without_a_minus_sign_a_hyphen_takes_its_place(tmp_path, monkeypatch):
    install(tmp_path, "Only Digits", "0123456789-.")
    only = [font for font in font_manager.fontManager.ttflist if font.name == "Only Digits"]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", only)
    fonts._characters.cache_clear()
    assert not fonts.use("-1.5", first="Only Digits").missing
    assert not matplotlib.rcParams["axes.unicode_minus"]


def test_a_family_that_is_not_installed_has_nothing():
    assert fonts.choose("a", first="No Such Family").families == ("No Such Family", "DejaVu Sans")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("installed", [True, False])
def test_bars_are_labelled_in_chinese_where_a_font_is_and_else_say_why_not(tmp_path, installed):
    if installed:
        install(tmp_path, "Square CJK", "红绿蓝")
    figure = figures.bars({"红": 1, "绿": 2, "蓝": -1}, otherwise=("red", "green", "blue"))
    figure.canvas.draw()
    labels = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    assert labels == (["红", "绿", "蓝"] if installed else ["red", "green", "blue"])
    assert bool(figure.texts) is not installed
