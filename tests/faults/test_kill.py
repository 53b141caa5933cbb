"""Training that is killed, cut off from the disk, given a bad checkpoint, or shared by two processes; records cut short."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace

import pytest
import torch
from support import REPOSITORY, TESTS

sys.path.insert(0, str(TESTS / "faults"))
from tiny import NETWORK, TINY, pictures

from resnet_book import build, runs
from resnet_book.data import Batches
from resnet_book.experiments.ledger import Ledger
from resnet_book.train import CheckpointError, TrainingError, fit
from resnet_book.train import loop as loop_module

SCRIPT = TESTS / "faults" / "tiny.py"
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(REPOSITORY / "src"), "OMP_NUM_THREADS": "1"}


pytestmark = pytest.mark.usefixtures("one_thread")


def run(folder, epochs=TINY.epochs, **changes):
    tiny = replace(TINY, epochs=epochs, **changes)
    return fit(tiny, pictures(160), pictures(50, False), device="cpu", folder=folder, progress=False)


def same(found: dict, wanted: dict) -> bool:
    return found.keys() == wanted.keys() and all(torch.equal(found[key], wanted[key]) for key in wanted)


def without_time(history):
    return [{key: value for key, value in row.items() if "seconds" not in key} for row in history]


@pytest.mark.parametrize("stopped_after, precision", [(1, "fp32"), (3, "fp32"), (4, "fp32"), (2, "bf16")])
def test_a_run_stopped_between_epochs_goes_on_bit_for_bit(tmp_path, monkeypatch, stopped_after, precision):
    class Stopped(Exception):
        pass

    def stop(path, state, real=loop_module.checkpoint.save):
        real(path, state)
        if state["epoch"] == stopped_after:
            raise Stopped

    if precision == "bf16":  # whatever this processor has instructions for
        monkeypatch.setattr(loop_module, "arithmetic", lambda *_: torch.bfloat16)
    whole = run(tmp_path / "whole", precision=precision)
    with monkeypatch.context() as patch:
        patch.setattr(loop_module.checkpoint, "save", stop)
        with pytest.raises(Stopped):
            run(tmp_path / "part", precision=precision)
    torch.manual_seed(999)  # what the process did in between must not matter
    rest = run(tmp_path / "part", precision=precision)
    assert rest.epochs_done_before == stopped_after
    assert same(rest.net.state_dict(), whole.net.state_dict())
    assert torch.equal(rest.predicted, whole.predicted)
    assert without_time(rest.history) == without_time(whole.history)


def test_killed_at_random_moments_it_ends_with_the_same_weights(tmp_path):
    epochs = 30
    whole = run(None, epochs).net.state_dict()
    command = [sys.executable, str(SCRIPT), str(tmp_path / "run"), "--epochs", str(epochs)]
    chance, kills, checkpoints = random.Random(os.environ.get("KILL_SEED", "0")), 0, set()
    for _ in range(4):
        process = subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert process.stdout.readline().strip() == b"training"
        time.sleep(chance.uniform(0.02, 0.6))
        process.send_signal(signal.SIGKILL)
        kills += process.wait() == -signal.SIGKILL
        process.stdout.close()
        path = tmp_path / "run" / "checkpoint.pt"
        if path.exists():  # whatever the moment, what is there is whole
            checkpoints.add(torch.load(path, weights_only=True)["epoch"])
    assert kills >= 1, "every process ended before it was killed: make the run longer"
    finished = run(tmp_path / "run", epochs)
    assert same(finished.net.state_dict(), whole)
    assert [row["epoch"] for row in finished.history if row["kind"] == "epoch"] == list(range(1, epochs + 1))


def test_killed_while_it_writes_the_checkpoint_before_stays(tmp_path):
    run(tmp_path, epochs=TINY.epochs)
    path = tmp_path / "checkpoint.pt"
    before = path.read_bytes()
    code = (
        "import os, signal, sys; from pathlib import Path; from resnet_book import files\n"
        "os.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "files.replace_file(Path(sys.argv[1]), b'new')"
    )
    ended = subprocess.run([sys.executable, "-c", code, str(path)], env=ENVIRONMENT)
    assert ended.returncode == -signal.SIGKILL
    assert path.read_bytes() == before
    assert run(tmp_path).epochs_done_before == TINY.epochs


KILLED_AT = """
import os, signal, sys; from pathlib import Path; from typing import NamedTuple
class Row(NamedTuple):
    at: int
    value: float
moves, move = int(sys.argv[2]), os.replace
def replace(*paths):
    global moves
    if not moves: os.kill(os.getpid(), signal.SIGKILL)
    moves -= 1
    move(*paths)
"""
LEDGER = """
from resnet_book.experiments.ledger import Ledger
ledger = Ledger(sys.argv[1], {"size": 3})
if not ledger.rows: ledger.add(0, 1.0)
os.replace = replace
ledger.finish([Row(0, 1.0)])
"""
MEASUREMENTS = """
from resnet_book.files import write_measurements
os.replace = replace
write_measurements(Path(sys.argv[1]), {"size": 3}, {}, [Row(0, 1.0), Row(1, 2.0)])
"""
RUN = """
sys.path.insert(0, sys.argv[3])
from test_runs import made
os.replace = replace
made(Path(sys.argv[1]))
"""


def killed(code: str, folder, moves: int) -> bool:
    """Write a record in a process that is killed before its so manieth move; whether it was."""
    command = [sys.executable, "-c", KILLED_AT + code, str(folder), str(moves), str(TESTS / "unit")]
    environment = {**ENVIRONMENT, "PYTHONPATH": os.pathsep.join([str(REPOSITORY / "src"), str(TESTS)])}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert ended.returncode in (0, -signal.SIGKILL), ended.stderr
    return ended.returncode != 0


@pytest.mark.parametrize("code, files", [(LEDGER, 3), (MEASUREMENTS, 3), (RUN, len(runs.FILES))])
def test_a_record_killed_between_its_files_does_not_look_complete(tmp_path, code, files):
    """Nor does one that was complete, and is written anew: config.json, by which all tell it, goes first and comes last."""
    folder = tmp_path / "record"
    for moves in range(files):
        assert killed(code, folder, moves)
        assert not (folder / "config.json").exists() and runs.read_all(tmp_path) == []
        if code is LEDGER:
            again = Ledger(folder, {"size": 3})
            assert not again.finished and again.rows == [[0, 1.0]], "what was measured is there"
    assert not killed(code, folder, files)
    assert (folder / "config.json").exists()
    if code is LEDGER:
        assert Ledger(folder, {"size": 3}).finished
    else:
        assert killed(code, folder, 1) and not (folder / "config.json").exists()


def test_a_disk_that_is_full_is_named_and_nothing_is_lost(tmp_path):
    """A true limit on the size of files, set for a process of its own, so that the write breaks off in the middle."""
    code = (
        "import resource, signal, sys; from pathlib import Path; from resnet_book.train import checkpoint\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try: checkpoint.save(Path(sys.argv[1]), {'epoch': 7, 'model': list(range(9000))})\n"
        "except checkpoint.CheckpointError as error: print(error)"
    )
    path = tmp_path / "checkpoint.pt"
    path.write_bytes(b"the one before")
    ended = subprocess.run([sys.executable, "-c", code, str(path)], env=ENVIRONMENT, capture_output=True, text=True)
    assert "epoch 7 could not be written" in ended.stdout and "What was there before is whole" in ended.stdout, (
        ended.stderr
    )
    assert path.read_bytes() == b"the one before"
    assert [found.name for found in tmp_path.iterdir()] == ["checkpoint.pt"], "no half-written file is left"


@pytest.mark.parametrize("harm", ["cut short", "altered", "empty", "text", "pickle", "foreign", "of no run"])
def test_a_checkpoint_that_is_none_is_refused_and_left_alone(tmp_path, harm):
    run(tmp_path, epochs=TINY.epochs)
    path = tmp_path / "checkpoint.pt"
    content = path.read_bytes()
    middle = len(content) // 2
    if harm == "foreign":
        torch.save({"weights": torch.zeros(3)}, path)
    elif harm == "of no run":
        torch.save({**torch.load(path, weights_only=True), "run": 5}, path)
    elif harm == "pickle":
        torch.save(build(NETWORK), path)  # code, which weights_only refuses
    else:
        path.write_bytes({"cut short": content[:middle], "empty": b"", "text": b"hello",
                          "altered": content[:middle] + bytes(b ^ 1 for b in content[middle : middle + 64]) + content[middle + 64 :]}[harm])  # fmt: skip
    before = path.read_bytes()
    with pytest.raises(CheckpointError, match=r"checkpoint\.pt is .*Move it away"):
        run(tmp_path)
    assert path.read_bytes() == before


def test_two_processes_do_not_train_in_one_folder(tmp_path):
    command = [sys.executable, str(SCRIPT), str(tmp_path), "--epochs", "200"]
    with subprocess.Popen(command, env=ENVIRONMENT) as first:
        try:
            while not (tmp_path / "checkpoint.pt").exists():
                assert first.poll() is None, "it ended before its first checkpoint"
                time.sleep(0.05)
            with pytest.raises(
                TrainingError, match=r"another process trains in .*; wait for it, or give another folder"
            ):
                run(tmp_path, epochs=200)
        finally:
            first.kill()

    def done() -> int:
        return torch.load(tmp_path / "checkpoint.pt", weights_only=True)["epoch"]

    before = done()
    with subprocess.Popen(command, env=ENVIRONMENT) as second:  # the lock of a process that was killed is lifted
        try:
            while done() == before:
                assert second.poll() is None, "it ended before its next checkpoint"
                time.sleep(0.05)
        finally:
            second.kill()


def test_a_checkpoint_of_another_run_is_refused(tmp_path):
    run(tmp_path)
    with pytest.raises(CheckpointError, match=r"of another run: epochs was '4', is '5'"):
        run(tmp_path, epochs=5)
    with pytest.raises(CheckpointError, match=r"another run: data was .* seed was 0, is 1"):
        fit(TINY, pictures(161), pictures(50, False), seed=1, device="cpu", folder=tmp_path, progress=False)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return probe.getsockname()[1]


def test_two_processes_step_as_one_that_runs_the_halves_in_turn(tmp_path):
    """Averaged gradients, and batch norm's statistics per half: one step of SGD at rate 1 shows the gradient itself."""
    count = 33  # cannot be dealt out evenly: 17 and 16
    out = tmp_path / "weights.pt"
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-addr", "localhost",
               "--master-port", str(free_port()), str(SCRIPT),
               str(tmp_path / "run"), "--one-step", "--pictures", str(count), "--weights", str(out)]  # fmt: skip
    ended = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=300)
    assert ended.returncode == 0, ended.stderr
    saved = torch.load(tmp_path / "run" / "checkpoint.pt", weights_only=True)

    torch.manual_seed(0)
    net = build(NETWORK, init="xavier").train()
    losses = []
    for rank in (0, 1):
        generator = torch.Generator().manual_seed(0)
        ((x, y),) = Batches(pictures(count), count, size=14, generator=generator, share=(rank, 2))
        loss = torch.nn.functional.cross_entropy(net(x), y)
        (loss * len(y) / count).backward()
        losses.append(loss.item() * len(y) / count)
    for name, parameter in net.named_parameters():
        torch.testing.assert_close(saved["model"][name], (parameter - parameter.grad).detach(), rtol=1e-5, atol=1e-6)
        assert not torch.equal(saved["model"][name], parameter) or parameter.grad.abs().max() == 0, name
    (step,) = [row for row in saved["history"] if row["kind"] == "step"]
    assert step["train_loss"] == pytest.approx(sum(losses), abs=1e-5)
