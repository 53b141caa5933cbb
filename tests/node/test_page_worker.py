"""The page's side of parts and workers, in Node, with a kernel and a worker that stand in."""

import pytest
from support import asking

from resnet_book.widgets.block_remover import weights as remover
from resnet_book.widgets.face_follower import weights as follower


@pytest.fixture(scope="module")
def page():
    with asking("page_worker.mjs") as ask:
        yield ask


def test_a_kernel_is_asked_for_one_part_at_a_time(page):
    names = ["worker", "pictures", "lost", "residual", "worker"]
    told = page("parts", names=names, lost=["lost"])
    assert told["found"] == ["text of worker", "text of pictures", "KeyError", "text of residual", "text of worker"]
    assert told["log"] == names


def kinds(got):
    return [one if one == "ended" else one["kind"] for one in got]


def test_a_worker_is_opened_once_and_after_its_end_anew(page):
    told = page("life")
    assert kinds(told["got"]) == ["open", "a", "b", "fail", "ended", "open", "c", "ended"]
    ready, failed = {"kind": "ready"}, [{"kind": "error", "message": words} for words in ("it failed", "thrown")]
    assert told["told"] == [ready, failed[0], ready, failed[1]]


@pytest.mark.parametrize("fails", [True, False])
def test_a_worker_that_ends_while_it_opens_lets_its_job_go_on_as_a_dead_one(page, fails):
    told = page("opening", fails=fails)
    assert kinds(told["got"]) == ["open", "ended", "open"]
    assert told["after_the_first"] == [False], "it does not wait for ever"
    assert told["went_on"] == [False, True]
    error = [{"kind": "error", "message": "it failed"}] if fails else []
    assert told["told"] == [*error, {"kind": "ready"}]


def test_after_a_worker_that_did_not_open_the_next_one_is_given_all_that_it_needs(page):
    look = page("asked_twice", widget="remover", record=remover.STORED.record(), message={"network": "residual"})
    assert kinds(look["got"]) == ["open", "ended", "open", "pictures", "network", "look"]
    assert (look["first_log"], look["log"]) == (["worker"], ["worker", "pictures", "residual"])
    find = page("asked_twice", widget="follower", record=follower.record(), message={"turn": 1})
    assert kinds(find["got"]) == ["open", "ended", "open", *["network"] * 3, "find"]
    assert (find["first_log"], find["log"]) == (["worker"], ["worker", *follower.NETWORKS])
    for told in (look, find):
        assert kinds(told["told"]) == ["error", "ready"]
