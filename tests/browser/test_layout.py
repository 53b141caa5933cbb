"""Nothing scrolls sideways on a phone but a box of its own; print and reduced motion are looked after."""

import pytest
from serving import pages


@pytest.mark.parametrize("path", [page for page in pages() if page != "index.html"])
def test_page_fits_a_phone(visit, path):
    page = visit(path, viewport={"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    wide = page.evaluate(
        """() => [...document.querySelectorAll('main *')].filter(e => {
             const box = e.getBoundingClientRect();
             if (box.right <= 391 || box.width === 0) return false;
             for (let p = e; p; p = p.parentElement) {
               const o = getComputedStyle(p);
               if (/auto|scroll|hidden|clip/.test(o.overflowX)) return false;
             }
             return true;
           }).map(e => e.tagName + '.' + e.className)"""
    )
    assert wide == []


@pytest.mark.parametrize("path", [page for page in pages() if "/0" in page])
@pytest.mark.parametrize("width", [1280, 390])
def test_figures_keep_their_proportions(visit, path, width):
    page = visit(path, viewport={"width": width, "height": 844})
    for figure in page.locator("div.cell_output img").all():
        figure.scroll_into_view_if_needed()
        figure.evaluate("image => image.decode()")
        found, wanted = figure.evaluate("i => [i.clientWidth / i.clientHeight, i.naturalWidth / i.naturalHeight]")
        assert found == pytest.approx(wanted, rel=0.02), figure.get_attribute("alt")


def test_picture_follows_the_width(visit):
    page = visit("book/intro.html", viewport={"width": 1280, "height": 900})
    svg = page.locator('[data-widget="network-tracer"] svg')
    wide = svg.bounding_box()
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function("document.querySelector('[data-widget] svg').getBoundingClientRect().width < 390")
    narrow = svg.bounding_box()
    assert narrow["width"] < 390 < wide["width"] and narrow["height"] > narrow["width"]


def test_print_hides_the_controls_and_keeps_the_numbers(visit):
    page = visit("book/intro.html")
    page.emulate_media(media="print")
    root = page.locator('[data-widget="network-tracer"]')
    assert not root.locator(".rn-controls").is_visible()
    assert root.locator("table").is_visible()


def test_reduced_motion_is_respected(visit):
    page = visit("book/intro.html", reduced_motion="reduce")
    page.get_by_label("Input size", exact=True).fill("96")
    assert page.evaluate("document.getAnimations().length") == 0


def test_dark_mode_follows_the_system(visit):
    def ground(scheme: str) -> str:
        page = visit("book/intro.html", color_scheme=scheme)
        return page.locator("[data-widget]").first.evaluate("e => getComputedStyle(e).backgroundColor")

    assert ground("light") != ground("dark")
