"""The speed of a training step, change by change: a short measurement here, and the recorded one."""

import ctypes
import platform

import pytest
import torch
from support import REPOSITORY

from resnet_book.train import arithmetic, recipe, speed
from resnet_book.train.devices import keep_memory

pytestmark = pytest.mark.usefixtures("one_thread")

RECORDED = REPOSITORY / "book" / "runs" / "speed"


def test_each_change_is_timed_at_each_size():
    half = arithmetic(recipe("book"), torch.device("cpu")) == torch.bfloat16
    found = speed.measure(sizes=(28, 32), batch=2, rounds=1)
    assert [step.size for step in found] == [28, 32] * (5 if half else 3)
    assert all(step.rate > 0 and step.batch == 2 for step in found)
    assert list(dict.fromkeys(step.change for step in found))[:3] == [speed.PLAIN, "memory kept", "channels last"]


def test_a_record_can_be_read_back(tmp_path, monkeypatch):
    steps = [speed.Step(speed.PLAIN, 28, 2, 12.34), speed.Step("memory kept", 28, 2, 56.78)]
    monkeypatch.setattr(speed, "measure", lambda: steps)
    monkeypatch.setattr(speed, "product_rate", lambda *_: 1e9)
    assert speed.record(tmp_path / "speed") == steps
    read, env = speed.load(tmp_path / "speed")
    assert read == steps
    assert env["threads"] == 1 and env["versions"]["torch"] and env["product_rate"]["float32"] == 1e9


def test_the_recorded_measurement_is_complete():
    steps, env = speed.load(RECORDED)
    assert {step.size for step in steps} == {96, 64, 48}
    assert len(steps) == 15 and len({(step.change, step.size) for step in steps}) == 15
    assert env["commit"] and not env["commit"].endswith("+")


def test_memory_is_kept_under_the_gnu_library_and_left_alone_under_another(monkeypatch):
    if platform.libc_ver()[0] == "glibc":
        assert keep_memory()
        assert torch.ones(1 << 20).sum() == 1 << 20  # allocating still works
    monkeypatch.setattr(ctypes, "CDLL", lambda _: object())
    assert not keep_memory()
