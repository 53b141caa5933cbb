"""One training step of a deep network: measured in a process of its own, recorded, and in proportion."""

import runpy
import subprocess
import sys

import pytest
from support import REPOSITORY

from resnet_book import architecture, trace
from resnet_book.experiments import one_step

RECORD = REPOSITORY / "book" / "runs" / "one-step"
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell a process's peak of memory")


@posix
def test_more_pictures_take_more_memory_and_it_is_that_of_the_step(tmp_path):
    steps = (("cifar-resnet20", 4), ("cifar-resnet20", 64))
    few, many = one_step.record(tmp_path, steps, rounds=1)
    assert [(step.network, step.batch) for step in (few, many)] == list(steps)
    kept = [
        4 * step.batch * sum(row.activations for row in trace(architecture(step.network), (3, 32, 32)).rows
                             if row.op == "conv2d")
        for step in (few, many)
    ]  # fmt: skip
    assert many.memory - few.memory > kept[1] - kept[0], "what the convolutions put out is needed again, at least"
    assert many.memory < 20 * kept[1] and many.peak > many.memory
    assert 0 < few.seconds < many.seconds < 60


@posix
def test_a_step_that_fails_says_of_which_network_and_why(tmp_path, monkeypatch):
    monkeypatch.delenv("PYTHONPATH", raising=False)  # the child finds the package all the same
    said = "a step of cifar-resnet19 with 4 pictures could not be measured: .*unknown architecture"
    with pytest.raises(RuntimeError, match=said) as caught:
        one_step.record(tmp_path, (("cifar-resnet19", 4),))
    assert "memory" not in str(caught.value).lower()
    assert not (tmp_path / "config.json").exists()


@pytest.mark.parametrize(
    "code, said",
    [(-9, ""), (1, "Traceback\nMemoryError"), (1, "RuntimeError: DefaultCPUAllocator: not enough memory: you tried")],
)
def test_where_memory_is_short_fewer_pictures_are_advised(tmp_path, monkeypatch, code, said):
    ended = subprocess.CompletedProcess([], code, "", said)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: ended)
    with pytest.raises(RuntimeError, match=r"8 pictures could not be measured: .*give fewer"):
        one_step.record(tmp_path, (("cifar-resnet20", 8),))


@posix
def test_a_status_without_the_peak_is_as_good_as_none(tmp_path, monkeypatch):
    told = one_step._peak()
    monkeypatch.setattr(one_step, "STATUS", tmp_path / "status")
    (tmp_path / "status").write_text("Name:\tpython\nVmHWM:\t      12 kB\n")
    assert one_step._peak() == 12 * 1024
    (tmp_path / "status").write_text("Name:\tpython\nVmRSS:\t      12 kB\n")
    assert one_step._peak() >= 0.9 * told, "it is asked for in another way"
    monkeypatch.setitem(sys.modules, "resource", None)
    with pytest.raises(RuntimeError, match="does not tell a process's peak"):
        one_step._peak()


@pytest.mark.filterwarnings("ignore:.*found in sys.modules.*:RuntimeWarning")
@pytest.mark.parametrize("given, status", [([], 2), (["--help"], 0), (["--no-such-option"], 2)])
@pytest.mark.parametrize("of", ["experiments.one_step", "experiments.folding", "experiments.roofline", "train.speed"])
def test_a_command_that_measures_wants_a_folder_and_measures_nothing_else(
    tmp_path, monkeypatch, capsys, of, given, status
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [of, *given])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module(f"resnet_book.{of}", run_name="__main__")
    said = capsys.readouterr()
    assert ended.value.code == status and f"usage: python -m resnet_book.{of}" in said.out + said.err
    assert not list(tmp_path.iterdir())


def test_the_record_of_the_book():
    steps = one_step.load(RECORD)
    assert [(step.network, step.batch) for step in steps] == list(one_step.STEPS)
    usual, _, longest = steps
    times = (
        trace(architecture(longest.network), (3, 32, 32)).macs / trace(architecture(usual.network), (3, 32, 32)).macs
    )
    assert 0.5 * times < longest.seconds / usual.seconds < 2 * times, "time goes with the MACs"
    assert 0.5 * times < longest.memory / usual.memory < 2 * times, "and so does the memory"
