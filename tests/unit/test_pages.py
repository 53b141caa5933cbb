"""What machines read of the pages: descriptions, structured data and the site map; and how the search cuts text into words."""

import json
import re
import subprocess

import pytest
import yaml
from support import REPOSITORY, node_program

from resnet_book.sphinx_ext.pages import LONGEST, shortened, site_map, structured
from resnet_book.sphinx_ext.search import SPLIT, BookSearch

CONFIG = yaml.safe_load((REPOSITORY / "_config.yml").read_text(encoding="utf-8"))
DESCRIPTIONS = CONFIG["sphinx"]["config"]["book_descriptions"]


def test_descriptions_are_of_their_own_and_fit_into_a_result_of_a_search_engine():
    assert len(set(DESCRIPTIONS.values())) == len(DESCRIPTIONS)
    for name, text in DESCRIPTIONS.items():
        assert 50 <= len(text) <= LONGEST, (name, len(text))
        assert name == "search" or (REPOSITORY / f"{name}.ipynb").is_file() or (REPOSITORY / f"{name}.md").is_file()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("short", "short"),
        ("a  b\nc", "a b c"),
        ("One sentence. " * 20, ("One sentence. " * 11).strip()),
        ("word " * 50, ("word " * 31).strip() + "…"),
    ],
)
def test_a_long_text_is_cut_behind_a_sentence_or_a_word(text, expected):
    assert shortened(text) == expected
    assert len(shortened(text)) <= LONGEST


def test_structured_data_says_what_is_part_of_what():
    data = structured("Book", "Chapter", "Text", "https://a.b/", "https://a.b/c.html", root=False)
    assert data["isPartOf"]["url"] == "https://a.b/" and data["url"] == "https://a.b/c.html"
    assert (
        json.loads(json.dumps(structured("Book", "Book", "Text", "https://a.b/", "https://a.b/i.html", root=True)))[
            "@type"
        ]
        == "Book"
    )


def test_a_site_map_escapes_its_addresses():
    assert "<loc>https://a.b/?x&amp;y</loc>" in site_map(["https://a.b/?x&y"])


TEXTS = {
    "1×1 convolutions": {"1x1", "convolutions"},
    "a 64 × 56 × 56 map": {"64x56x56", "56"},
    "25,557,032 parameters": {"25557032"},
    "ResNet-18": {"ResNet", "18", "ResNet18"},
    "C²HW": {"C2HW"},
    "f(x) = x + F(x)": {"f", "x", "F"},
}


@pytest.mark.parametrize("text", TEXTS)
def test_the_index_has_sizes_and_numbers_as_words(text):
    assert set(BookSearch({}).split(text)) >= TEXTS[text]


QUERIES = ["1x1", "1×1", "1 x 1 conv", "3×3", "64x56x56", "64 × 56 × 56", "25,557,032", "25557032", "ResNet-18", "resnet18", "C²", "0.01", "naïve café", "(28) must match", "the size of tensor a (28)", "1,2,3", "a*b", "2*3"]  # fmt: skip


def test_a_query_is_cut_as_the_text_is():
    code = f"{SPLIT}\nconsole.log(JSON.stringify({json.dumps(QUERIES)}.map((query) => splitQuery(query))))"
    done = subprocess.run([node_program(), "-e", code], capture_output=True, text=True, check=True, encoding="utf-8")
    for query, words in zip(QUERIES, json.loads(done.stdout)):
        assert words == re.findall(r"\w+", " ".join(words)), query
        assert set(words) <= set(BookSearch({}).split(query)), query
