"""A browser that forbids storage: everything works, and is merely not remembered."""

import pytest

REFUSED = """for (const name of ["localStorage", "sessionStorage"])
  Object.defineProperty(window, name, { get() { throw new DOMException("denied", "SecurityError"); } });"""
FULL = """Storage.prototype.setItem = () => { throw new DOMException("no room", "QuotaExceededError"); };"""
ABSENT = """for (const name of ["localStorage", "sessionStorage"])
  Object.defineProperty(window, name, { value: null });"""
WAYS = {"refused": REFUSED, "full": FULL, "absent": ABSENT, "sandboxed": ""}


@pytest.fixture(params=WAYS)
def forbidding(request, chromium, address):
    """Opens a page where storage is forbidden: a frame without an origin of its own, or a browser that refuses."""
    contexts, errors = [], []

    def open_page(path: str, **options):
        context = chromium.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(6_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        # a frame without an origin may not load fonts; that is no error of a script
        page.on(
            "console",
            lambda m: m.type == "error" and "CORS" not in m.text and "net::" not in m.text and errors.append(m.text),
        )
        if request.param == "sandboxed":
            page.set_content(
                f"<style>body, iframe {{ margin: 0; border: 0; width: 100vw; height: 100vh }}</style>"
                f'<iframe sandbox="allow-scripts allow-forms" src="{address}/{path}"></iframe>'
            )
            frame = page.frame_locator("iframe").owner.element_handle().content_frame()
            frame.wait_for_load_state("load")
        else:
            context.add_init_script(WAYS[request.param])
            page.goto(f"{address}/{path}")
            frame = page.main_frame
        frame.wait_for_function("!document.querySelector('.resnet-widget:not([data-state])')")
        return page, frame

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


def test_the_search_finds(forbidding):
    _, frame = forbidding("search.html?q=degradation")
    frame.wait_for_selector("#search-results li")
    assert "01_residual_learning" in frame.inner_html("#search-results")


def test_the_keyboard_opens_the_search(forbidding):
    page, frame = forbidding("book/intro.html")
    frame.locator("main article h1").first.click()
    page.keyboard.press("Control+k")
    field = frame.locator("#pst-search-dialog input, .search-button__wrapper input").first
    field.wait_for(state="visible")
    page.keyboard.type("stride")
    assert field.input_value() == "stride"


def test_the_colors_can_be_switched(forbidding):
    _, frame = forbidding("book/intro.html", color_scheme="light")
    seen = set()
    for _ in range(3):
        frame.locator(".theme-switch-button:visible").first.click()
        seen.add(frame.evaluate("document.documentElement.dataset.mode"))
    assert seen == {"light", "dark", "auto"}


def test_code_can_be_copied(forbidding):
    _, frame = forbidding("book/01_residual_learning.html")
    button = frame.locator("button.copybtn:visible").first
    button.scroll_into_view_if_needed()
    button.click()
    frame.wait_for_function("document.querySelector('button.copybtn.success')")


def test_the_telephones_menu_opens(forbidding):
    _, frame = forbidding("book/01_residual_learning.html", viewport={"width": 390, "height": 844})
    link = frame.locator(".bd-sidebar-primary a, dialog a", has_text="One by one").first
    assert not link.is_visible()
    frame.locator(".primary-toggle:visible").first.click()
    frame.get_by_role("link", name="1×1").first.wait_for(state="visible")


def test_widgets_and_their_links_work(forbidding):
    _, frame = forbidding("book/intro.html")
    root = frame.locator('[data-widget="network-tracer"]')
    root.get_by_label("Architecture", exact=True).select_option("resnet34")
    root.get_by_role("button", name="Copy link").click()
    assert "resnet34" in root.get_by_label("Copied text").input_value()
