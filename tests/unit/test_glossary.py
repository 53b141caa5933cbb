"""The glossary's words, and that a page links a word at its first use only."""

import json
import re

import pytest
from support import REPOSITORY

from resnet_book import glossary

BOOK = REPOSITORY / "book"
CONVERTED = [page for page in sorted(BOOK.glob("*.ipynb")) if "Exercise(" in page.read_text(encoding="utf-8")]
OUR_OWN = re.compile(r"\b(the|on the) way (forward|back)\b", re.IGNORECASE)  # the field has words for these
PAGES = sorted([*BOOK.glob("*.ipynb"), *BOOK.glob("*.md")])
FIELD = {
    "skip connection", "residual connection", "feature map", "forward pass", "backward pass", "backpropagation", "fine-tuning",
    "downsampling", "logits", "receptive field", "MAC", "FLOP", "bottleneck", "projection", "stage", "stem", "stride",
    "padding", "groups", "activation",
}  # fmt: skip


def test_each_word_of_the_field_is_defined_once():
    words = glossary.terms()
    assert set(words.values()) >= FIELD
    body = (BOOK / "glossary.md").read_text(encoding="utf-8").split("```{glossary}")[1]
    heads = [line for line in body.splitlines() if line and line[0] not in " :`"]
    assert len(heads) == len(set(map(str.lower, heads))) == len(words)


def test_words_of_one_entry_have_one_name():
    text = "x\n```{glossary}\n:sorted:\n\nskip connection\nshortcut\n  A way.\n\nstem\n  The start.\n```\n"
    assert glossary.terms(text) == {"skip connection": "skip connection", "shortcut": "skip connection", "stem": "stem"}


WORDS = {
    "skip connection": "skip connection",
    "shortcut": "skip connection",
    "stride": "stride",
    "MAC": "MAC",
    "MACs": "MAC",
}


@pytest.mark.parametrize(
    "text, found",
    [
        ("A Skip connection; shortcuts.", [("skip connection", 1, False), ("skip connection", 1, False)]),
        ("one\ntwo {term}`stride`", [("stride", 2, True)]),
        ("{term}`the way <shortcut>` and MACs", [("skip connection", 1, True), ("MAC", 1, False)]),
        ("strided, astride, non-stride, MACSim", []),
        ("`stride` $stride$ [a](stride) {doc}`stride`\n# stride\n```python\nstride\n```\n$$\nstride\n$$", []),
        ("(stride)=\n# Title", []),
        ("# Title\n\nstride", [("stride", 3, False)]),
    ],
)
def test_uses_are_found_in_prose_alone(tmp_path, text, found):
    (tmp_path / "page.md").write_text(text)
    assert [(u.term, u.line, u.linked) for u in glossary.uses(tmp_path / "page.md", WORDS)] == found


def test_a_notebook_is_read_by_its_markdown_cells(tmp_path):
    cells = [
        {"cell_type": "code", "source": ["stride\n"]},
        {"cell_type": "markdown", "source": ["a\n", "stride and stride"]},
    ]
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": cells}))
    assert glossary.first_uses(tmp_path / "a.ipynb", WORDS) == {"stride": glossary.Use("stride", 2, 2, False)}


def test_the_command_lists_what_is_not_linked(tmp_path, capsys):
    (tmp_path / "a.md").write_text("The stem has a {term}`stride`.")
    assert glossary.main([str(tmp_path / "a.md")]) == 0
    assert capsys.readouterr().out == "a.md: cell 1, line 1: stem\n"


@pytest.mark.parametrize("page", [p for p in PAGES if p.name != "glossary.md"], ids=lambda path: path.name)
def test_a_word_is_linked_at_its_first_use_and_only_there(page):
    first, links = glossary.first_uses(page), [use for use in glossary.uses(page) if use.linked]
    words = set(glossary.terms().values())
    assert {use.term for use in links} <= words, "a link to a word that the glossary has not"
    assert [use for use in links if first[use.term] != use] == []


@pytest.mark.parametrize("page", CONVERTED, ids=lambda path: path.name)
def test_every_word_of_the_glossary_is_linked_where_a_chapter_uses_it_first(page):
    assert [use for use in glossary.first_uses(page).values() if not use.linked] == []


def test_chapters_with_exercises_were_found():
    assert len(CONVERTED) >= 6


def test_pages_say_forward_and_backward_pass():
    widgets = REPOSITORY / "src" / "resnet_book" / "widgets"
    texts = {page: "\n".join(glossary._cells(page)) for page in PAGES}
    texts |= {path: path.read_text(encoding="utf-8") for path in widgets.rglob("*.json")}
    assert [(path.name, found[0]) for path, text in texts.items() if (found := OUR_OWN.search(text))] == []
