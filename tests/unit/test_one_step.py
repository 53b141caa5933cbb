"""One training step of a deep network: measured in a process of its own, recorded, and in proportion."""

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
def test_a_step_that_fails_says_of_which_network(tmp_path):
    with pytest.raises(RuntimeError, match="a step of cifar-resnet19 with 4 pictures could not be measured"):
        one_step.record(tmp_path, (("cifar-resnet19", 4),))
    assert not (tmp_path / "config.json").exists()


def test_the_command_wants_a_folder():
    done = subprocess.run(
        [sys.executable, "-m", one_step.__name__], capture_output=True, text=True, cwd=REPOSITORY / "src"
    )
    assert done.returncode and "usage" in done.stderr


def test_the_record_of_the_book():
    steps = one_step.load(RECORD)
    assert [(step.network, step.batch) for step in steps] == list(one_step.STEPS)
    usual, _, longest = steps
    times = (
        trace(architecture(longest.network), (3, 32, 32)).macs / trace(architecture(usual.network), (3, 32, 32)).macs
    )
    assert 0.5 * times < longest.seconds / usual.seconds < 2 * times, "time goes with the MACs"
    assert 0.5 * times < longest.memory / usual.memory < 2 * times, "and so does the memory"
