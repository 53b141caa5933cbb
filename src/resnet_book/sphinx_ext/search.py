"""A search that finds signs and numbers: 1×1 typed as 1x1, 25,557,032 typed without its commas, ResNet-18 as resnet18.

Sphinx cuts text and query into words by the same rule; this one is written twice, here and in `SPLIT`, and a test
compares the two. A number alone is a word too, which Sphinx's script would drop from a query. A message of PyTorch is
found whatever its numbers are: `static/messages.js` looks without them too.
"""

from __future__ import annotations

import re
from pathlib import Path

import sphinx.search
from sphinx.search.en import SearchEnglish
from sphinx.util import logging

LOGGER = logging.getLogger(__name__)
MESSAGES = Path(__file__).parent / "static" / "messages.js"

_SIDES = re.compile(r"(?<=\d)\s*[×x✕*]\s*(?=\d)")
_THOUSANDS = re.compile(r"(?<=\d)[,\u202f](?=\d{3}(?!\d))")
_NUMBERED = re.compile(r"\b([^\W\d_]+)-(\d+)\b")
_POWERS = str.maketrans("²³", "23")
_WORD = re.compile(r"\w+")

SPLIT = r"""
function splitQuery(query) {
  const plain = query
    .replace(/[²³]/g, (sign) => ({ "²": "2", "³": "3" })[sign])
    .replace(/(?<=\d)[,\u202f](?=\d{3}(?!\d))/g, "")
    .replace(/(?<=\d)\s*[×x✕*]\s*(?=\d)/g, "x");
  return plain.split(/[^\p{Letter}\p{Number}_]+/gu).filter((word) => word);
}
"""
DROPS_NUMBERS = "stopwords.indexOf(queryTermLower) !== -1 ||\n        queryTerm.match(/^\\d+$/)"
KEEPS_NUMBERS = "stopwords.indexOf(queryTermLower) !== -1"


def plain(text: str) -> str:
    """A text as `split` cuts it: sizes joined by x, thousands without commas, powers as digits."""
    return _SIDES.sub("x", _THOUSANDS.sub("", text.translate(_POWERS)))


class BookSearch(SearchEnglish):
    """English, with sizes and numbers as words."""

    js_splitter_code = SPLIT + MESSAGES.read_text(encoding="utf-8")  # a page has it behind Sphinx's script

    def split(self, input: str) -> list[str]:
        """The words of a text for the index: more than a query has, since one may be typed in several ways."""
        words = _WORD.findall(plain(input))
        sides = [side for word in words if re.fullmatch(r"\d+(x\d+)+", word) for side in word.split("x")]
        return [*words, *sides, *("".join(pair) for pair in _NUMBERED.findall(input))]


def _keep_numbers(app, error) -> None:
    script = Path(app.outdir, "_static", "searchtools.js")
    if error or app.builder.format != "html" or not script.is_file():
        return
    text = script.read_text(encoding="utf-8")
    if KEEPS_NUMBERS not in text:
        LOGGER.warning("Sphinx's search script has changed: numbers may not be found", type="resnet_book")
    script.write_text(text.replace(DROPS_NUMBERS, KEEPS_NUMBERS), encoding="utf-8")


def setup(app) -> None:
    """Take the place of Sphinx's English."""
    sphinx.search.languages["en"] = BookSearch
    app.connect("build-finished", _keep_numbers)
