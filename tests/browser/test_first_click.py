"""What is heavy comes after the first click: until then a page asks for nothing, however long it is looked at."""

import pytest
from widgets import widget

from resnet_book import widgets
from resnet_book.widgets import BlockRemover, Exercise, FaceFollower, OwnNetwork, SkipTrainer
from resnet_book.widgets.face_follower import NETWORKS
from resnet_book.widgets.parts import PartedWidget

PATIENT = 120_000  # ms: the machine that tests may have other things to do
# The widget, its page, the button that is pressed, and the parts that come then.
FIRST = [
    (BlockRemover, "intro", "Load the network", ["worker", "pictures", "residual"]),
    (FaceFollower, "11_transfer_learning", "Load the networks", ["worker", *NETWORKS]),
    (SkipTrainer, "05_degradation", "Train", ["worker"]),
    (OwnNetwork, "10_read_any_network", "Trace", ["brython", "python"]),
]


def test_no_widget_that_loads_something_is_forgotten():
    kinds = {each for each in vars(widgets).values() if isinstance(each, type) and issubclass(each, PartedWidget)}
    assert kinds == {kind for kind, *_ in FIRST} | {Exercise}  # which stands on these pages, too


@pytest.mark.parametrize(("kind", "page", "button", "expected"), FIRST, ids=[each.name for each, *_ in FIRST])
def test_nothing_is_loaded_before_a_click(visit, kind, page, button, expected):
    asked = []
    opened = visit(f"book/{page}.html")
    opened.on("request", lambda request: request.url.startswith(("blob:", "about:")) or asked.append(request.url))
    root = widget(opened, kind.name)
    root.scroll_into_view_if_needed()
    opened.wait_for_timeout(500)
    assert asked == [] and opened.locator("iframe").count() == 0
    root.get_by_role("button", name=button, exact=True).click()
    count = len(expected)
    opened.wait_for_function(
        "n => Object.keys(globalThis.resnetBookParts ?? {}).length >= n", arg=count, timeout=PATIENT
    )
    assert all("/parts/" in url for url in asked)
    assert sorted(url.rsplit("/", 1)[1].rsplit("-", 1)[0] for url in asked) == sorted(expected)
