"""Every internal link and every asset of the built site leads somewhere, and no button is dead."""

from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup
from serving import ROOT, SITE, pages

from resnet_book.sphinx_ext.launch import Repository

NOTEBOOKS = {path.name for path in (ROOT / "book").glob("*.ipynb")}


def parsed(path):
    return BeautifulSoup((SITE / path).read_text(encoding="utf-8"), "html.parser")


@cache
def anchors(file: Path) -> set[str]:
    """Every id of a page: what a link may point at."""
    return {tag["id"] for tag in BeautifulSoup(file.read_text(encoding="utf-8"), "html.parser").find_all(id=True)}


@pytest.mark.parametrize("path", pages())
def test_internal_links_and_assets_exist(path):
    soup, broken = parsed(path), []
    targets = [
        (tag, tag.get("href") or tag.get("src"))
        for tag in soup.select("a[href], link[href]:not([rel=canonical]), script[src], img[src]")
    ]
    for tag, target in targets:
        url = urlsplit(target)
        if url.scheme in ("http", "https", "mailto", "data"):
            assert tag.name == "a", f"{path} loads {target}"
            continue
        file = (SITE / path).parent / unquote(url.path) if url.path else SITE / path
        if not file.resolve().is_file() or (
            url.fragment and file.suffix == ".html" and unquote(url.fragment) not in anchors(file.resolve())
        ):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("path", pages())
def test_every_citation_names_its_work(path):
    """Without its bibliography a page would show empty brackets, and the build would not mind."""
    cited = [tag.get_text() for tag in parsed(path).select(".bibtex-citation")]
    assert cited or "/0" not in path, "every chapter cites"
    assert all(any(character.isalnum() for character in text) for text in cited)


@pytest.mark.parametrize("path", pages())
def test_launch_buttons_lead_to_the_publishing_repository_or_are_not_there(path):
    links = [a["href"] for a in parsed(path).select("a[href*='colab.research'], a[href*='mybinder.org']")]
    repository = Repository.from_environment()
    if repository is None or (SITE / path).with_suffix(".ipynb").name not in NOTEBOOKS:
        assert links == []
    else:
        assert set(links) == {
            repository.colab(path.replace(".html", ".ipynb")),
            repository.binder(path.replace(".html", ".ipynb")),
        }


@pytest.mark.parametrize("path", pages())
def test_the_repository_is_named_where_its_address_is_known(path):
    links = [a["href"] for a in parsed(path).select("footer a") if a.get_text() == "sources"]
    repository = Repository.from_environment()
    assert links == ([repository.url] if repository and path != "index.html" else [])


@pytest.mark.parametrize("path", [page for page in pages() if page.startswith("book/")])
def test_package_and_zip_stand_in_the_menu_of_downloads(path):
    menu = [a["href"] for a in parsed(path).select(".dropdown-download-buttons a[href]")]
    wanted = [".zip", ".whl"] if (SITE / path).with_suffix(".ipynb").name in NOTEBOOKS else [".zip"]
    for suffix in wanted:
        (link,) = [target for target in menu if target.endswith(suffix)]
        assert ((SITE / path).parent / link).resolve().is_file()


@pytest.mark.parametrize("path", ["book/intro.html", "book/01_residual_learning.html"])
def test_notebook_can_be_downloaded(path):
    links = [a["href"] for a in parsed(path).select("a[href$='.ipynb']")]
    assert links and all(((SITE / path).parent / link).resolve().is_file() for link in links)


def test_every_claim_has_a_source_a_truth_and_a_place_that_shows_it():
    rows = parsed("book/claims.html").select("table.claims tbody tr")
    assert len(rows) >= 10
    for row in rows:
        claim, truth, shown = row.find_all("td")
        source = [a["href"] for a in claim.select("a[href^='https://']")]
        assert len(source) == 1, claim.get_text()
        assert len(truth.get_text().split()) > 5
        targets = [a["href"] for a in shown.select("a[href]")]
        assert targets, claim.get_text()
        for target in targets:
            page, _, fragment = target.partition("#")
            place = parsed(f"book/{page}" if page else "book/claims.html").find(id=unquote(fragment))
            assert fragment and place is not None, target
            section = place if place.name == "section" else place.find_parent("section")
            assert section.select_one("div.cell, table"), f"{target} shows nothing"


@pytest.mark.parametrize("path", [page for page in pages() if page.startswith("book/")])
def test_every_page_has_a_title_and_a_description_of_its_own(path):
    def head(page):
        soup = parsed(page)
        return soup.title.get_text().strip(), soup.find("meta", attrs={"name": "description"})["content"]

    title, description = head(path)
    assert 30 < len(description) <= 160
    others = [head(page) for page in pages() if page.startswith("book/") and page != path]
    assert title not in {t for t, _ in others} and description not in {d for _, d in others}
