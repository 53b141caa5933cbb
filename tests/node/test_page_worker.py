"""The page's side of parts and workers, in Node, with a kernel and a worker that stand in."""

import pytest
from support import asking


@pytest.fixture(scope="module")
def page():
    with asking("page_worker.mjs") as ask:
        yield ask


def test_a_kernel_is_asked_for_one_part_at_a_time(page):
    names = ["worker", "pictures", "lost", "residual", "worker"]
    told = page("parts", names=names, lost=["lost"])
    assert told["found"] == ["text of worker", "text of pictures", "KeyError", "text of residual", "text of worker"]
    assert told["log"] == names


def test_a_worker_is_opened_once_and_after_its_end_anew(page):
    told = page("life")
    kinds = [one if one == "ended" else one["kind"] for one in told["got"]]
    assert kinds == ["open", "a", "b", "fail", "ended", "open", "c", "ended"]
    ready, failed = {"kind": "ready"}, [{"kind": "error", "message": words} for words in ("it failed", "thrown")]
    assert told["told"] == [ready, failed[0], ready, failed[1]]
