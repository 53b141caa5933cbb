"""Three readings of one description agree: formulas in Python, the real torch module, and formulas in the browser."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict

import torch
from hypothesis import HealthCheck, given, settings
from strategies import architectures, blocks, chains
from support import assert_browser_agrees, chain, outcome

from resnet_book import Architecture, ShapeError, Trace, build, measure, trace, trace_layers

NETWORKS = 2000
"""Random networks that are compared: 1,100 architectures and 900 chains of layers."""
ARCHITECTURES = 1100
CHAINS = NETWORKS - ARCHITECTURES
BLOCKS = 500
"""Random blocks besides, most of them with shapes that do not meet."""


def cases(count: int) -> settings:
    """So many cases, the same ones in every run."""
    return settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


def assert_enough(seen: Counter, count: int, share_of_errors: float) -> None:
    """As many cases as promised were compared, possible ones and impossible ones."""
    assert seen.total() >= count
    assert seen["error"] >= share_of_errors * count
    assert seen["trace"] >= share_of_errors * count


def built(what):
    with torch.device("meta"):
        return build(what, init="torch")


def assert_torch_agrees(expected: Trace | ShapeError, what, shape) -> None:
    """The built module has exactly the rows of the formulas, or fails in the layer that they name."""
    try:
        net = built(what)
    except ValueError:  # option A cannot take channels away: there is no such module
        assert isinstance(expected, ShapeError)
        return
    measured = outcome(measure, net, shape)
    if isinstance(expected, Trace):
        assert measured == expected
    elif "broadcast them silently" in expected.got:  # the trap: torch stretches one side, the formulas refuse
        assert isinstance(measured, Trace)
        assert measured[expected.where].op == "add"
    else:
        assert isinstance(measured, ShapeError)
        assert measured.where == expected.where


def test_random_architectures_agree(javascript) -> None:
    seen: Counter = Counter()

    @cases(ARCHITECTURES)
    @given(architectures())
    def check(case) -> None:
        arch, shape = case
        expected = outcome(trace, arch, shape)
        seen["trace" if isinstance(expected, Trace) else "error"] += 1
        assert_torch_agrees(expected, arch, shape)
        assert Architecture.from_json(arch.to_json()) == arch
        assert_browser_agrees(javascript("network", network=asdict(arch), shape=shape), expected)

    check()
    assert_enough(seen, ARCHITECTURES, 0.1)


def test_random_blocks_agree(javascript) -> None:
    seen: Counter = Counter()

    @cases(BLOCKS)
    @given(blocks())
    def check(case) -> None:
        block, shape = case
        expected = outcome(trace, block, shape)
        seen["trace" if isinstance(expected, Trace) else "error"] += 1
        seen["silent"] += isinstance(expected, ShapeError) and "silently" in expected.got
        assert_torch_agrees(expected, block, shape)
        assert_browser_agrees(javascript("block", fields=asdict(block), shape=shape), expected)

    check()
    assert seen["silent"] >= 0.02 * BLOCKS
    seen.pop("silent")
    assert_enough(seen, BLOCKS, 0.2)


def test_random_chains_agree(javascript) -> None:
    seen: Counter = Counter()

    @cases(CHAINS)
    @given(chains())
    def check(case) -> None:
        layers, shape = case
        expected = outcome(trace_layers, layers, shape)
        seen["trace" if isinstance(expected, Trace) else "error"] += 1
        assert_browser_agrees(javascript("chain", layers=layers, shape=shape), expected)
        try:
            net = chain(layers, shape)
        except ValueError:  # torch does not even make the layer
            assert isinstance(expected, ShapeError)
            return
        measured = outcome(measure, net, shape)
        if isinstance(expected, Trace):
            assert measured == expected
            assert real_shape(net, shape) == expected.output_shape
        elif isinstance(measured, Trace):  # torch runs a linear layer along the width; one that keeps it is measured
            named = {layer.get("name", str(place)): layer for place, layer in enumerate(layers)}
            assert named[expected.where.split(".")[0]]["op"] == "linear"
            assert real_shape(net, shape) == measured.output_shape
        else:
            assert isinstance(measured, ShapeError)
            assert measured.where.split(".")[0] == expected.where.split(".")[0]

    check()
    assert_enough(seen, CHAINS, 0.2)


def real_shape(net, shape) -> tuple[int, ...]:
    """The shape that comes out of the module on the CPU, where the kernels really run."""
    with torch.no_grad():
        return tuple(net.to_empty(device="cpu")(torch.zeros(1, *shape)).shape[1:])
