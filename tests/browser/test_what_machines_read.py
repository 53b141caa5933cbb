"""Every page has a title, a description and an icon of its own; and the search finds signs and numbers as they are typed."""

import pytest
from bs4 import BeautifulSoup
from serving import SITE, pages


def heads() -> dict[str, BeautifulSoup]:
    return {path: BeautifulSoup((SITE / path).read_text(encoding="utf-8"), "html.parser") for path in pages()}


def test_titles_and_descriptions_are_of_their_own():
    found = {path: page for path, page in heads().items() if path != "index.html"}
    titles = {path: page.title.get_text() for path, page in found.items()}
    assert len(set(titles.values())) == len(titles)
    described = {
        path: [tag["content"] for tag in page.select("meta[name=description]")] for path, page in found.items()
    }
    assert all(len(texts) == 1 and 50 <= len(texts[0]) <= 160 for texts in described.values()), described
    assert len({texts[0] for texts in described.values()}) == len(described)
    assert titles["book/intro.html"] == "Residual Networks, Traced"


@pytest.mark.parametrize("path", pages())
def test_every_page_has_icons_that_are_there(path):
    page = BeautifulSoup((SITE / path).read_text(encoding="utf-8"), "html.parser")
    icons = [tag["href"] for tag in page.select("link[rel=icon]")]
    assert len(icons) >= 2
    assert all(((SITE / path).parent / icon).resolve().is_file() for icon in icons)
    assert (SITE / "favicon.ico").is_file(), "where a browser looks that was told of none"


@pytest.mark.parametrize("how", ["served", "file"])
@pytest.mark.parametrize(
    ("query", "chapter"),
    [
        ("1x1", "02_one_by_one"), ("1×1", "02_one_by_one"), ("1 x 1 convolution", "02_one_by_one"), ("25557032", "03_bottleneck"),
        ("25,557,032", "03_bottleneck"), ("64x56x56", "01_residual"), ("64 × 56 × 56", "01_residual"), ("resnet18", "04_resnet18"),
    ],
)  # fmt: skip
def test_signs_and_numbers_are_found_as_they_are_typed(visit, query, chapter, how):
    page = visit("search.html", how=how, wait=False)
    field = page.locator(".bd-search-container input[name=q]")
    field.fill(query)
    with page.expect_navigation():
        field.press("Enter")
    page.wait_for_selector("#search-results li")
    page.wait_for_timeout(300)
    assert any(chapter in link.get_attribute("href") for link in page.locator("#search-results li a").all())


@pytest.mark.parametrize("how", ["served", "file"])
@pytest.mark.parametrize(
    ("message", "heading"),
    [
        (
            "The size of tensor a (7) must match the size of tensor b (14) at non-singleton dimension 3",
            "The size of tensor a (28)",
        ),
        (
            "RuntimeError: mat1 and mat2 shapes cannot be multiplied (64x2048 and 512x1000)",
            "mat1 and mat2 shapes cannot be multiplied (1x25088",
        ),
        ("mat1 and mat2 shapes cannot be multiplied (64x2048", "mat1 and mat2 shapes cannot be multiplied (1x25088"),
        (
            "Given groups=1, weight of size [96, 5, 3, 3], expected input[16, 9, 60, 60] to have 5 channels, but got 9 channels",
            "Given groups=1, weight of size [64, 3, 7, 7]",
        ),
    ],
)
def test_a_message_is_found_whatever_its_numbers_are(visit, message, heading, how):
    page = visit("search.html", how=how, wait=False)
    field = page.locator(".bd-search-container input[name=q]")
    field.fill(message)
    with page.expect_navigation():
        field.press("Enter")
    page.wait_for_selector("#search-results li")
    page.wait_for_timeout(300)
    path, _, anchor = page.locator("#search-results li a").first.get_attribute("href").partition("#")
    assert path.endswith("shape_errors.html")
    answer = BeautifulSoup((SITE / "book" / "shape_errors.html").read_text(encoding="utf-8"), "html.parser")
    section = (
        answer.find(id=anchor).find_parent("section")
        if answer.find(id=anchor).name == "span"
        else answer.find(id=anchor)
    )
    assert section.find("h3").get_text().startswith(heading)


def test_a_size_alone_is_still_looked_for_as_it_is(visit):
    """Nothing in the book is 77x77x77; a question about a number is not answered by leaving the number out."""
    page = visit("search.html?q=77x77x77+convolution", wait=False)
    page.wait_for_function("document.querySelector('.search-summary')?.innerText.length > 10")
    assert page.locator("#search-results li").count() == 0


def test_nonsense_finds_nothing_and_is_no_html(visit):
    page = visit("search.html?q=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3Eqqqq", wait=False)
    page.wait_for_function("document.querySelector('.search-summary')?.innerText.length > 10")
    assert page.locator("#search-results img, #search-results li").count() == 0
