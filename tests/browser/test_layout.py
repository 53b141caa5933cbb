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
    page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
    for button in page.get_by_role("button", name="Show the result").all():
        button.click()
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


def sideways(page) -> list[str]:
    """What stands out of the page, and in no box of its own that scrolls."""
    return page.evaluate(
        """() => [...document.querySelectorAll('main *')].filter(e => {
             const box = e.getBoundingClientRect();
             if ((box.right <= innerWidth + 1 && box.left >= -1) || box.width === 0) return false;
             for (let p = e; p; p = p.parentElement) if (/auto|scroll|hidden|clip/.test(getComputedStyle(p).overflowX)) return false;
             return true;
           }).map(e => e.tagName + '.' + (e.className.baseVal ?? e.className))"""
    )


CHAPTERS = [page for page in pages() if page != "index.html"]


@pytest.mark.parametrize("path", CHAPTERS)
def test_a_page_at_four_times_its_size_can_be_read(visit, path):
    """1280 by 1024 at 400 %: 320 by 256, where the header may not take half of the screen."""
    page = visit(path, viewport={"width": 320, "height": 256})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert sideways(page) == []
    assert page.locator(".bd-header-article").first.evaluate("e => e.getBoundingClientRect().height") <= 80


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("path", CHAPTERS)
def test_a_page_in_translation_may_run_from_right_to_left(visit, path, width):
    page = visit(path, viewport={"width": width, "height": 844})
    page.evaluate("document.documentElement.dir = 'rtl'")
    page.wait_for_timeout(200)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for selector in ("pre", ".katex", "[data-widget]", "[data-widget] table"):
        directions = page.locator(f"main {selector}").evaluate_all("all => all.map(e => getComputedStyle(e).direction)")
        assert set(directions) <= {"ltr"}, selector


@pytest.mark.parametrize("width", [390, 320])
@pytest.mark.parametrize("path", [page for page in pages() if "/0" in page])
def test_a_wide_formula_starts_at_its_beginning(visit, path, width):
    page = visit(path, viewport={"width": width, "height": 844})
    page.evaluate("document.fonts.ready.then(() => true)")
    found = page.locator("div.math").evaluate_all(
        """all => all.filter(e => e.querySelector(".katex-html .base")).map(box => {
             const first = box.querySelector(".katex-html .base").getBoundingClientRect().left;
             return [Math.round(first - box.getBoundingClientRect().left), box.scrollLeft];
           })"""
    )
    assert all(left >= -1 and scrolled == 0 for left, scrolled in found), found


def test_the_macs_of_a_line_are_reached_on_a_phone_with_its_name_in_sight(visit):
    page = visit("book/intro.html", viewport={"width": 390, "height": 844}, has_touch=True)
    root = page.locator('[data-widget="network-tracer"]')
    box = root.locator(".rn-table-box")
    box.evaluate("e => e.scrollIntoView({ block: 'center', behavior: 'instant' })")
    at = box.bounding_box()
    session = page.context.new_cdp_session(page)
    x, y = at["x"] + at["width"] - 30, at["y"] + 150
    session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 8):
        session.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x - 20 * step, "y": y}]})
        page.wait_for_timeout(16)
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_timeout(300)
    row = root.locator("tbody tr", has_text="layer2")
    name, macs = row.locator("th").bounding_box(), row.locator("td").nth(2).bounding_box()
    assert name["x"] >= at["x"] - 1
    assert macs["x"] >= name["x"] + name["width"] - 40 and macs["x"] + macs["width"] <= at["x"] + at["width"] + 1


@pytest.mark.parametrize("path", [page for page in pages() if "/0" in page])
def test_paper_has_no_buttons_that_stand_alone_and_no_empty_pictures(visit, path):
    page = visit(path, viewport={"width": 760, "height": 1000})
    page.emulate_media(media="print")
    loose = (
        "main [data-widget] :is(.rn-fix, .rn-presets button, .rn-code-head button, .rn-walk button, .rn-actions button)"
    )
    assert page.locator(loose).evaluate_all("all => all.filter(e => e.offsetWidth).length") == 0
    blank = page.locator("main [data-widget] canvas").evaluate_all(
        """all => all.filter(e => e.offsetWidth).filter(e => {
             const { data } = e.getContext("2d").getImageData(0, 0, e.width, e.height);
             return data.every(value => value === 0);
           }).length"""
    )
    assert blank == 0
