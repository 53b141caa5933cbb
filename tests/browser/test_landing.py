"""Every kind of link brings its target to the top of the screen, on a wide screen and on a phone, and says so where it cannot."""

import copy
import json
from urllib.parse import quote

import pytest
from bs4 import BeautifulSoup

SCREENS = {"wide": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}
MOST = 120  # pixels under the header
CHAPTER = "book/01_residual_learning.html"


def linked(name: str, **state) -> str:
    return f"{name}={quote(json.dumps(state))}"


# kind of link: page, what stands behind the number sign, the element that has to be at the top
LINKS = {
    "state": (CHAPTER, linked("network-tracer", architecture="resnet34"), '[data-widget="network-tracer"]'),
    "state far down": (
        "book/04_resnet18_on_fashion_mnist.html", linked("prediction-explorer", true_class="Shirt", predicted_class="Coat"),
        '[data-widget="prediction-explorer"]',
    ),
    "cut short": (CHAPTER, "network-tracer=%7B%22archi", '[data-widget="network-tracer"]'),
    "cut short in a character": (CHAPTER, "network-tracer=%7B%2", '[data-widget="network-tracer"]'),
    "impossible": (CHAPTER, linked("network-tracer", architecture="vgg16"), '[data-widget="network-tracer"]'),
    "exercise": (CHAPTER, "exercise:growth=" + quote('{"seed":3}'), "#exercise-growth"),
    "exercise, cut short": (CHAPTER, "exercise:growth=%7B", "#exercise-growth"),
    "heading": ("book/03_bottleneck_arithmetic.html", "the-roofline", "#the-roofline"),
    "last heading": (CHAPTER, "references", "#references"),
    "nothing": (CHAPTER, "no-such-heading", ".landing-note"),
    "no such tool": (CHAPTER, linked("run-explorer", run="book-0"), ".landing-note"),
}  # fmt: skip


def settle(page) -> None:
    """Wait for images, fonts and widgets, and for what follows from them."""
    page.wait_for_load_state("load")
    page.wait_for_function("!document.querySelector('.resnet-widget:not([data-state])')")
    page.evaluate("document.fonts.ready.then(() => new Promise(done => setTimeout(done, 600)))")


def place(page, selector: str) -> float:
    """How far below the header, or the top of the screen, an element begins."""
    return page.locator(selector).first.evaluate(
        """element => {
          const header = document.querySelector(".bd-header-article");
          const low = header && getComputedStyle(header).position === "sticky" ? header.getBoundingClientRect().bottom : 0;
          return element.getBoundingClientRect().top - Math.max(0, low);
        }"""
    )


def slow(page) -> None:
    """Pictures come late, as on a slow line, so that the page grows after the first landing."""

    def wait(route):
        page.wait_for_timeout(700)
        route.continue_()

    page.route("**/_images/*", wait)


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("kind", LINKS)
def test_a_link_lands(visit, kind, screen):
    path, fragment, selector = LINKS[kind]
    page = visit(f"{path}#{fragment}", viewport=SCREENS[screen])
    settle(page)
    assert -2 <= place(page, selector) <= MOST


@pytest.mark.parametrize("screen", SCREENS)
def test_a_link_lands_though_the_page_grows_above_it(visit, screen):
    """The tracer stands below widgets that are larger than their tables, and below pictures."""
    page = visit("book/license.html", viewport=SCREENS[screen])
    slow(page)
    path, fragment, selector = LINKS["state"]
    page.goto(page.url.replace("book/license.html", f"{path}#{fragment}"))
    settle(page)
    # something above grows once more
    page.evaluate("document.querySelector('main article h1').style.paddingTop = '400px'")
    page.wait_for_timeout(300)
    assert -2 <= place(page, selector) <= MOST


def test_a_reader_who_moves_is_not_pulled_back(visit):
    page = visit(f"{CHAPTER}#{LINKS['state'][1]}", viewport=SCREENS["wide"])
    page.mouse.move(600, 400)
    page.mouse.wheel(0, -700)
    page.wait_for_timeout(400)
    before = page.evaluate("scrollY")
    page.evaluate("document.querySelector('main article h2:last-of-type, main article h2').style.paddingBottom = '1px'")
    page.wait_for_timeout(400)
    assert abs(page.evaluate("scrollY") - before) < 30
    assert place(page, '[data-widget="network-tracer"]') > 300


@pytest.mark.parametrize("screen", SCREENS)
def test_a_link_pasted_into_the_open_tab_is_followed(visit, screen):
    page = visit(CHAPTER, viewport=SCREENS[screen])
    settle(page)
    for name, control, value in (
        ("network-tracer", "Architecture", "resnet34"),
        ("residual-block", "Block", "bottleneck"),
    ):
        state = {control.lower(): value}
        page.evaluate("hash => { location.hash = hash }", linked(name, **state))
        settle(page)
        root = page.locator(f'[data-widget="{name}"]').first
        assert root.get_by_label(control, exact=True).input_value() == value
        assert -2 <= place(page, f'[data-widget="{name}"]') <= MOST
    page.evaluate("location.hash = 'network-tracer=%7B'")
    assert "copy the link again" in page.locator('[data-widget="network-tracer"] .rn-message').first.inner_text()
    page.evaluate("location.hash = 'references'")
    settle(page)
    assert -2 <= place(page, "#references") <= MOST


@pytest.fixture
def doubled(visit):
    """The introduction with its tracer twice, the second below the first."""
    page = visit("book/license.html")

    def twice(route):
        body = route.fetch().text()
        found = BeautifulSoup(body, "html.parser")
        tracer = found.select_one("[data-mount=network-tracer]")
        tracer.insert_after(copy.copy(tracer))
        route.fulfill(body=str(found), content_type="text/html; charset=utf-8")

    page.route("**/book/intro.html*", twice)

    def open_page(fragment=""):
        page.goto("about:blank")
        page.goto(page.address + "/book/intro.html" + fragment)
        settle(page)
        return page

    page.address = page.url.split("/book/")[0]
    return open_page


def test_each_of_several_tools_of_one_kind_has_a_link_of_its_own(doubled):
    page = doubled()
    roots = page.locator('[data-widget="network-tracer"]')
    links = []
    for n, name in enumerate(("resnet34", "resnet101")):
        roots.nth(n).get_by_label("Architecture", exact=True).select_option(name)
        roots.nth(n).get_by_role("button", name="Copy link").click()
        links.append("#" + roots.nth(n).get_by_label("Copied text").input_value().split("#")[1])
    assert len({link.split("=")[0] for link in links}) == 2
    for n, (link, wanted) in enumerate(zip(links, (["resnet34", "resnet50"], ["resnet50", "resnet101"]))):
        page = doubled(link)
        shown = [roots.nth(i).get_by_label("Architecture", exact=True).input_value() for i in (0, 1)]
        assert shown == wanted
        assert -2 <= place(page, f'[data-widget="network-tracer"] >> nth={n}') <= MOST
    # pasted into the open tab, for the second too
    page = doubled()
    page.evaluate("hash => { location.hash = hash }", links[1])
    settle(page)
    assert roots.nth(1).get_by_label("Architecture", exact=True).input_value() == "resnet101"
    assert -2 <= place(page, '[data-widget="network-tracer"] >> nth=1') <= MOST


@pytest.mark.parametrize("screen", SCREENS)
def test_a_hit_of_the_search_lands_on_its_words(visit, screen):
    page = visit("search.html?q=degradation", wait=False, viewport=SCREENS[screen])
    page.locator("#search-results li a").first.click()
    settle(page)
    page.wait_for_selector("main article span.highlighted", state="attached")
    tops = page.locator("main article span.highlighted").evaluate_all(
        "all => all.map(e => e.getBoundingClientRect().top)"
    )
    assert any(-2 <= top <= MOST + 60 for top in tops)


def test_what_a_target_lies_in_is_opened(visit):
    page = visit(CHAPTER)
    page.evaluate(
        """() => {
          const details = document.createElement("details");
          details.innerHTML = "<summary>Further</summary><p id='hidden-place'>text</p>";
          document.querySelector("main article").append(details);
          location.hash = "hidden-place";
        }"""
    )
    settle(page)
    assert page.locator("#hidden-place").is_visible()
    assert -2 <= place(page, "#hidden-place") <= MOST


def test_the_tracers_link_carries_no_option_that_the_network_has_not(visit):
    page = visit("book/intro.html")
    root = page.locator('[data-widget="network-tracer"]')
    for name, options in (("resnet18-d2l", set()), ("resnet50", {"version"}), ("cifar-resnet20", {"shortcut"})):
        root.get_by_label("Architecture", exact=True).select_option(name)
        for button in ("Copy link", "Copy JSON"):
            root.get_by_role("button", name=button).click()
            text = root.get_by_label("Copied text").input_value()
            state = (
                json.loads(page.evaluate("t => decodeURIComponent(t.split('=')[1])", text))
                if button == "Copy link"
                else json.loads(text)["state"]
            )
            assert set(state) & {"version", "shortcut"} == options


def test_old_links_with_options_of_other_networks_stay_valid(visit):
    state = {
        "architecture": "resnet34",
        "version": "v1",
        "shortcut": "B",
        "in_channels": 3,
        "input_size": 96,
        "unit": "MACs",
    }
    root = visit("book/intro.html#" + linked("network-tracer", **state)).locator('[data-widget="network-tracer"]')
    assert root.get_by_label("Architecture", exact=True).input_value() == "resnet34"
    assert root.locator(".rn-message").inner_text() == ""


@pytest.mark.parametrize("path", ["book/intro.html", CHAPTER])
def test_no_disabled_control_shows_a_value(visit, path):
    page = visit(path)
    assert page.locator("[data-widget] :is(input, select):disabled:visible").count() == 0
