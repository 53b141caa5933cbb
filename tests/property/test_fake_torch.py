"""The torch that knows only shapes against the real one: every call that it has, on random shapes, right and wrong."""

import random
import warnings

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.utils.flop_counter import FlopCounterMode
from torch_texts import MAKERS

from resnet_book.fake_torch.functions import FUNCTIONAL, METHODS, TORCH
from resnet_book.fake_torch.layers import LAYERS
from resnet_book.fake_torch.layers.module import Module, shapes
from resnet_book.fake_torch.recording import Recorder, Refusal, Stopped, now
from resnet_book.fake_torch.tensor import Tensor
from resnet_book.fake_torch.world import World

WORLD = World()


def fake_answer(text, given_shapes):
    """(shapes, parameters, buffers, MACs), or "error"."""
    names = {"nn": WORLD.find("torch.nn"), "F": WORLD.find("torch.nn.functional"), "torch": WORLD.find("torch")}
    made, call = [], Module.__call__

    def watched(self, *args, **kwargs):
        if not any(self is module for module in made):
            made.append(self)
        self.eval()
        return call(self, *args, **kwargs)

    for name, shape in zip("xy", given_shapes):
        names[name] = x = Tensor(shape)
        x.live = True
    now.recorder = recorder = Recorder(1)
    Module.__call__ = watched
    try:
        out = eval(text, names)
    except Refusal:
        raise
    except (Exception, Stopped):
        return "error"
    finally:
        Module.__call__, now.recorder = call, None
    if recorder.errors:
        return "error"
    return (_plain(shapes(out)), *_sizes(made), sum(row.macs for row in recorder.rows))


def real_answer(text, given_shapes):
    """As `fake_answer`: what runs is seen on the processor, what is multiplied on the meta device.

    (The meta device misses some mistakes, and the counter misses what fast kernels of the processor multiply.)
    """
    found = _real_answer(text, given_shapes, "cpu")
    return found if found == "error" else (*found[:3], _real_answer(text, given_shapes, "meta")[3])


def _real_answer(text, given_shapes, device):
    made = []

    def watched(module, args):
        if module not in made:
            made.append(module)
        module.eval()

    names = {"nn": nn, "F": F, "torch": torch}
    names.update((name, torch.zeros(shape, device=device)) for name, shape in zip("xy", given_shapes))
    handle = torch.nn.modules.module.register_module_forward_pre_hook(watched)
    try:
        with warnings.catch_warnings(), torch.device(device), FlopCounterMode(display=False) as counter:
            warnings.simplefilter("ignore")
            out = eval(text, names)
    except Exception:
        return "error"
    finally:
        handle.remove()
    return (_plain(_real_shapes(out)), *_sizes(made), counter.get_total_flops() // 2)


def _real_shapes(out):
    if isinstance(out, torch.Tensor):
        return tuple(out.shape)
    return [_real_shapes(item) for item in out] if isinstance(out, (tuple, list)) else None


def _plain(found):
    return [_plain(item) for item in found] if isinstance(found, list) else found


def _sizes(modules):
    held = {id(p): p.numel() for m in modules for p in m.parameters()}
    buffers = {id(b): b.numel() for m in modules for b in m.buffers()}
    return sum(held.values()), sum(buffers.values())


@pytest.mark.parametrize("kind", MAKERS)
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_every_call_is_that_of_torch(kind, seed):
    text, given_shapes = MAKERS[kind](random.Random(seed))
    real = real_answer(text, given_shapes)
    fake = fake_answer(text, given_shapes)
    if kind == "transposed_convolution" and real != "error" and 0 in real[0]:
        real = "error"  # torch goes on with a map of no pixels; here it is said
    assert fake == real, f"{text} of {given_shapes}"


@pytest.mark.parametrize(
    "table, real",
    [(TORCH, torch), (METHODS, torch.Tensor), (FUNCTIONAL, F), (LAYERS, nn)],
    ids=["torch", "tensors", "functional", "nn"],
)
def test_every_name_that_it_has_is_one_of_torch(table, real):
    own = {"_tensor", "NonDynamicallyQuantizableLinear"}  # the maker behind new_tensor; a layer of attention's
    assert sorted(name for name in table if not hasattr(real, name) and name not in own) == []
