"""Labels in Chinese, Japanese or Korean, and a proper minus sign, in matplotlib and without LaTeX.

Matplotlib draws a character that its font lacks as an empty box, and warns. Since version 3.6 it takes a list of
families and looks for each character in turn; what is left to do is to find families that are installed here and
have the characters. Where none has, `choose` says so, and nothing is drawn wrongly.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import matplotlib as mpl
from matplotlib import font_manager

__all__ = ["MINUS", "Choice", "choose", "use"]

MINUS = "\N{MINUS SIGN}"

PREFERRED = (
    "DejaVu Sans", "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei", "SimHei", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei", "Noto Sans CJK JP", "Noto Sans JP",
    "Hiragino Sans", "Yu Gothic", "IPAexGothic", "Noto Sans CJK KR", "Noto Sans KR", "Apple SD Gothic Neo",
    "Malgun Gothic", "NanumGothic", "Arial Unicode MS",
)  # fmt: skip
"""Families that are looked at first, because they go well with a font without serifs."""


class Choice(NamedTuple):
    """Families for a text, in the order in which to look for a character, and the characters that none of them has."""

    families: tuple[str, ...]
    missing: str

    def __str__(self) -> str:
        if self.missing:
            return (
                f"No font here has {self.missing}. Install one that does, for example Noto Sans CJK, "
                "and restart the kernel."
            )
        return f"Every character can be drawn with {', '.join(self.families)}."


def choose(text: str, first: str = "DejaVu Sans") -> Choice:
    """Installed families that together have every character of a text, as few as a search in order finds.

    Args:
        text: what is to be drawn; white space does not count.
        first: the family to keep for all that it has. DejaVu Sans comes with matplotlib and has the minus sign.
    """
    families = [first]
    wanted = {c for c in text if not c.isspace()} - _characters(first)
    for family in _candidates(first):
        if not wanted:
            break
        if found := wanted & _characters(family):
            families.append(family)
            wanted -= found
    return Choice(tuple(families), "".join(sorted(wanted)))


def use(text: str, first: str = "DejaVu Sans") -> Choice:
    """Set matplotlib up for a text: its families, and U+2212 before negative numbers where a font has it.

    Where no font has the minus sign, a hyphen takes its place; where none has another character, `Choice.missing`
    names it. LaTeX is switched off.
    """
    choice, with_minus = choose(text, first), choose(text + MINUS, first)
    has_minus = MINUS not in with_minus.missing
    mpl.rcParams["font.family"] = list((with_minus if has_minus else choice).families)
    mpl.rcParams["axes.unicode_minus"] = has_minus
    mpl.rcParams["text.usetex"] = False
    return choice


def _candidates(first: str) -> Iterator[str]:
    installed = {font.name for font in font_manager.fontManager.ttflist}
    # The font of last resort "has" every character: it draws a box for it.
    installed = {name for name in installed if not name.startswith(("Last Resort", "LastResort", "."))} - {first}
    yield from (name for name in PREFERRED if name in installed)
    yield from sorted(installed.difference(PREFERRED))


@cache
def _characters(family: str) -> frozenset[str]:
    """Every character of a family's regular face; none for a family that is not installed."""
    faces = [font for font in font_manager.fontManager.ttflist if font.name == family]
    try:
        regular = min(faces, key=lambda font: (font.style != "normal", abs(_weight(font.weight) - 400)))
        return frozenset(map(chr, font_manager.get_font(regular.fname).get_charmap()))
    except (ValueError, OSError, RuntimeError):
        return frozenset()


def _weight(weight: int | str) -> int:
    return weight if isinstance(weight, int) else font_manager.weight_dict.get(weight, 400)
