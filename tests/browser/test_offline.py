"""Every page works with the network cut, served and from a folder."""

import gzip

import pytest
from serving import SITE, pages, settled

MOST_SCRIPT = 60_000  # bytes of widget JavaScript a page, compressed


@pytest.mark.parametrize("how", ["served", "file"])
@pytest.mark.parametrize("path", pages())
def test_page_is_complete_and_asks_nobody_else(visit, path, how):
    page = visit(path, how=how)
    settled(page)
    states = page.locator(".resnet-widget").evaluate_all("all => all.map(w => w.dataset.state)")
    assert all(state == "live" for state in states)


def test_the_site_has_its_pages():
    assert {"index.html", "book/intro.html", "book/01_residual_learning.html"} <= set(pages())


@pytest.mark.parametrize("path", ["book/intro.html", "book/01_residual_learning.html"])
def test_both_hosts_show_live_widgets_and_math(visit, path):
    page = visit(path)
    assert page.locator("[data-widget]").count() >= 1
    if "residual" in path:
        names = set(page.locator("[data-widget]").evaluate_all("all => all.map(w => w.dataset.widget)"))
        assert {"residual-block", "network-tracer"} <= names
        assert page.locator(".katex").count() > 5
        font = page.evaluate("document.fonts.ready.then(() => document.fonts.check('16px KaTeX_Main'))")
        assert font, "the mathematics has its own font"


@pytest.mark.parametrize("path", [path for path in pages() if path != "index.html"])  # which only leads on: below
def test_widget_script_is_within_its_budget(visit, path):
    page = visit(path)
    scripts = page.locator("script[src]").evaluate_all("all => all.map(s => new URL(s.src).pathname)")
    sizes = {s: len(gzip.compress((SITE / s.lstrip("/")).read_bytes())) for s in scripts if "widget" in s}
    assert sum(sizes.values()) <= MOST_SCRIPT, sizes
    if page.locator("[data-widget]").count():
        assert sizes, "a page with widgets has a widget script"


def test_the_index_is_light_for_it_only_leads_on():
    text = (SITE / "index.html").read_text(encoding="utf-8")
    assert len(text.encode()) <= 1_000
    assert "<script" not in text and "stylesheet" not in text


def test_index_lands_on_the_introduction(visit):
    page = visit("index.html", how="file", wait=False)
    page.wait_for_url("**/book/intro.html")


def test_search_finds_a_word_offline(visit):
    page = visit("search.html?q=degradation", how="file", wait=False)
    page.wait_for_selector("#search-results li")
    assert "01_residual_learning" in page.locator("#search-results").inner_html()


@pytest.mark.parametrize("path", ["book/intro.html", "book/01_residual_learning.html"])
def test_without_javascript_the_default_trace_is_a_table(visit, path):
    page = visit(path, java_script_enabled=False)
    table = page.locator(".resnet-widget table", has_text="Parameters").first
    assert table.is_visible()
    assert any(char.isdigit() for char in table.inner_text())
