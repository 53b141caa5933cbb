"""Every named architecture, with every keyword, at several sizes: trace = measure = the browser's trace."""

import itertools

import pytest
import torch
from support import as_json, assert_browser_agrees

from resnet_book import architecture, build, measure, trace
from resnet_book.architectures import names, options

CHOICES = {"version": ["v1", "v1.5"], "shortcut": ["A", "B", "C"]}
SIZES = [(32, 32), (65, 97), (2, 3), (1, 1)]
MORE_SIZES = [*SIZES, (224, 224), (96, 96), (7, 300), (33, 31), (1, 64), (8192, 8192), (511, 512)]


def variants() -> list:
    return list(_variants())


def _variants():
    for name in names():
        keywords = [key for key in CHOICES if key in options(name)]
        for values in itertools.product(*(CHOICES[key] for key in keywords)):
            yield pytest.param(name, dict(zip(keywords, values)), id="-".join((name, *values)))


@pytest.mark.parametrize(("name", "keywords"), variants())
def test_trace_is_measure(name, keywords):
    for in_channels, num_classes in (({}, {}), ({"in_channels": 2}, {"num_classes": 7})):
        arch = architecture(name, **keywords, **in_channels, **num_classes)
        with torch.device("meta"):
            net = build(arch, init="torch")
        deep = len(list(arch.blocks())) > 100
        for size in SIZES[:1] if deep else SIZES[:2] if not in_channels else SIZES[2:]:
            shape = (arch.in_channels, *size)
            expected, measured = trace(arch, shape), measure(net, shape)
            assert measured == expected
            assert as_json(measured) == as_json(expected)
            assert measured.params == sum(p.numel() for p in net.parameters())
        if deep:
            return


@pytest.mark.parametrize(("name", "keywords"), variants())
def test_the_browser_traces_the_same(name, keywords, javascript):
    overrides = {**keywords, "in_channels": 4, "num_classes": 3}
    for size in SIZES if "1202" in name else MORE_SIZES:
        for given in (keywords, overrides):
            arch = architecture(name, **given)
            shape = (arch.in_channels, *size)
            assert_browser_agrees(javascript("named", name=name, options=given, shape=shape), trace(arch, shape))
