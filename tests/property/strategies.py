"""Random networks, blocks and chains of layers: mostly possible ones, and enough impossible ones."""

from __future__ import annotations

from hypothesis import strategies as st

from resnet_book import Architecture, Block
from resnet_book.architectures import Stem

sizes = st.one_of(st.integers(1, 9), st.integers(10, 48))
widths = st.integers(1, 20)


def rarely(strategy: st.SearchStrategy, usual: object, one_in: int = 12) -> st.SearchStrategy:
    """A usual value, and now and then one of a strategy."""
    return st.integers(1, one_in).flatmap(lambda n: strategy if n == one_in else st.just(usual))


@st.composite
def architectures(draw: st.DrawFn) -> tuple[Architecture, tuple[int, int, int]]:
    """An `Architecture` of any kind, and an input shape; the channels of the two do not always meet."""
    kind = draw(st.sampled_from(["basic", "bottleneck", "plain", "d2l"]))
    shortcut = draw(st.sampled_from({"plain": ["none"], "d2l": ["B", "C"]}.get(kind, ["A", "B", "C"])))
    depths = draw(st.lists(st.integers(1, 2), min_size=1, max_size=4))
    stage_widths = draw(st.lists(widths, min_size=len(depths), max_size=len(depths)))
    if shortcut == "A" and draw(st.integers(0, 3)):  # padding only adds channels: make most of them possible
        stage_widths.sort()
    stem = draw(
        st.builds(
            Stem,
            channels=st.integers(1, 6) if shortcut == "A" else widths,
            kernel_size=st.integers(1, 8),
            stride=st.integers(1, 3),
            padding=st.integers(0, 4),
            pool=st.booleans(),
        )
    )
    arch = Architecture(
        "random",
        kind,
        tuple(depths),
        tuple(stage_widths),
        stem,
        in_channels=draw(st.integers(1, 5)),
        num_classes=draw(st.integers(1, 12)),
        shortcut=shortcut,
        version=draw(st.sampled_from(["v1", "v1.5"])),
        pooled=draw(rarely(st.integers(1, 4), 1, one_in=4)),
    )
    channels = draw(rarely(st.integers(1, 5), arch.in_channels))
    return arch, (channels, draw(sizes), draw(sizes))


@st.composite
def blocks(draw: st.DrawFn) -> tuple[Block, tuple[int, int, int]]:
    """A `Block` and an input shape, with every way in which the two sides of the addition may fail to meet."""
    kind = draw(st.sampled_from(["basic", "bottleneck", "plain", "d2l"]))
    shortcuts = {"plain": ["none"], "d2l": ["identity", "projection"]}.get(kind, ["identity", "projection", "pad"])
    channels = draw(st.integers(1, 12))
    out = draw(st.one_of(st.just(channels), st.integers(1, 12)))
    block = Block(
        kind,
        channels,
        4 * -(-out // 4) if kind == "bottleneck" else out,
        stride=draw(st.integers(1, 3)),
        shortcut=draw(st.sampled_from(shortcuts)),
        version=draw(st.sampled_from(["v1", "v1.5"])),
    )
    return block, (draw(rarely(st.integers(1, 12), channels)), draw(sizes), draw(sizes))


def one_or_pair(low: int, high: int) -> st.SearchStrategy:
    number = st.integers(low, high)
    return st.one_of(number, number, st.tuples(number, number))


convolutions = st.fixed_dictionaries(
    {
        "op": st.just("conv2d"),
        "out_channels": st.sampled_from([1, 2, 3, 4, 6, 8, 12]),
        "kernel_size": one_or_pair(1, 5),
    },
    optional={
        "stride": one_or_pair(1, 3),
        "padding": one_or_pair(0, 3),
        "dilation": one_or_pair(1, 3),
        "groups": st.sampled_from([1, 1, 2, 3]),
        "bias": st.booleans(),
        "in_channels": rarely(st.integers(1, 12), 2, one_in=2),
    },
)
max_poolings = st.fixed_dictionaries(
    {"op": st.just("max_pool2d"), "kernel_size": one_or_pair(1, 4)},
    optional={
        "stride": one_or_pair(1, 4),
        "padding": one_or_pair(0, 2),
        "dilation": one_or_pair(1, 2),
        "ceil_mode": st.booleans(),
    },
)
avg_poolings = st.fixed_dictionaries(
    {"op": st.just("avg_pool2d"), "kernel_size": one_or_pair(1, 4)},
    optional={"stride": one_or_pair(1, 4), "padding": one_or_pair(0, 2), "ceil_mode": st.booleans()},
)
adaptive_poolings = st.fixed_dictionaries({"op": st.just("adaptive_avg_pool2d"), "output_size": one_or_pair(1, 9)})
batch_norms = st.fixed_dictionaries({"op": st.just("batch_norm")}, optional={"affine": st.booleans()})
relus = st.just({"op": "relu"})
flattens = st.just({"op": "flatten"})
linears = st.fixed_dictionaries({"op": st.just("linear"), "out_features": widths}, optional={"bias": st.booleans()})
subsamples = st.fixed_dictionaries({"op": st.just("subsample"), "step": st.integers(2, 4)})
channel_paddings = st.fixed_dictionaries({"op": st.just("pad_channels"), "out_channels": st.integers(4, 16)})

on_maps = st.one_of(
    convolutions,
    convolutions,
    max_poolings,
    avg_poolings,
    adaptive_poolings,
    batch_norms,
    relus,
    subsamples,
    channel_paddings,
)
heads = st.one_of(
    st.just([]),
    st.tuples(flattens, linears),
    st.tuples(adaptive_poolings, flattens, linears, relus, linears),
    st.tuples(flattens, relus, flattens, rarely(on_maps, {"op": "relu"}, one_in=2)),
    st.tuples(linears),
)


def _named(layer: dict, name: str) -> dict:
    """The name that `measure` will give: an operation without a library layer bears its module's name and its own."""
    if layer["op"] in ("subsample", "pad_channels"):
        return {**layer, "name": f"{name}.{layer['op']}"}
    return dict(layer) if name.isdigit() else {**layer, "name": name}


@st.composite
def chains(draw: st.DrawFn) -> tuple[list[dict], tuple[int, int, int]]:
    """Layers for `trace_layers`, some named, and an input shape."""
    layers = [*draw(st.lists(on_maps, max_size=6)), *draw(heads)]
    prefix = draw(st.sampled_from(["", "layer_"]))
    named = [_named(layer, f"{prefix}{i}") for i, layer in enumerate(layers)]
    return named, (draw(st.sampled_from([1, 2, 2, 3, 4, 6])), draw(sizes), draw(sizes))
