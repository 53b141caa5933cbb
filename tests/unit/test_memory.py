"""A network that is too large for the memory: said before it is tried, or when it happens, with the batch that fits."""

from dataclasses import replace

import pytest
import torch
from test_cifar_training import SMALL, colours

from resnet_book import architecture
from resnet_book.models import build_start
from resnet_book.train import RECIPES, TrainingError, fit, memory
from resnet_book.train import loop as loop_module
from resnet_book.train.memory import batch_that_fits, step_bytes
from resnet_book.train.recipes import adapted

CPU = torch.device("cpu")
TINY = replace(RECIPES["cifar"], architecture=SMALL, size=12, batch_size=32, epochs=1, precision="fp32")


def test_the_least_that_a_step_keeps_is_less_than_what_autograd_keeps():
    kept = 0

    def count(tensor: torch.Tensor) -> torch.Tensor:
        nonlocal kept
        kept += tensor.nbytes
        return tensor

    net = build_start(SMALL, "batch norm").train()
    with torch.autograd.graph.saved_tensors_hooks(count, lambda tensor: tensor):
        net(torch.rand(32, 3, 12, 12))
    assert 0.2 * kept < step_bytes(TINY) < kept


def test_what_certainly_does_not_fit_is_refused_before_a_step(monkeypatch):
    monkeypatch.setattr(memory, "memory_of", lambda device: 10**6)
    monkeypatch.setattr(loop_module, "_Training", lambda *_, **__: pytest.fail("it has begun"))
    large = adapted(replace(RECIPES["cifar"], batch_size=128), architecture("cifar-resnet1202"))
    with pytest.raises(TrainingError, match=r"cifar-resnet1202 keeps at least .* GB with 128 .*even one picture"):
        fit(large, colours(200), colours(10), device="cpu", progress=False)


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:1] DefaultCPUAllocator: can't allocate memory: you tried"),
        MemoryError(),
    ],
)
def test_what_fails_in_a_step_names_the_batch_that_fits(monkeypatch, error):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(loop_module, "_Training", fail)
    room = 3 * step_bytes(replace(TINY, batch_size=8)) + 1
    monkeypatch.setattr(memory, "memory_of", lambda device: max(room, step_bytes(TINY)))
    with pytest.raises(TrainingError, match=r"fix: give --set batch_size=(8|16)$"):
        fit(TINY, colours(200), colours(10), device="cpu", progress=False)


def test_other_errors_stay_what_they_are(monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    monkeypatch.setattr(loop_module, "_Training", fail)
    with pytest.raises(RuntimeError, match="mat1 and mat2"):
        fit(TINY, colours(200), colours(10), device="cpu", progress=False)


def test_half_of_the_batch_where_nobody_knows_the_room():
    assert batch_that_fits(TINY, torch.float32, None) == 16
    assert batch_that_fits(TINY, torch.float32, 1) == 0
    assert memory.memory_of(CPU) is None or memory.memory_of(CPU) > 10**8
