"""The measured roofline: counts that are the tracer's, times that are times, and a record that can be read back."""

import math
import re

import pytest
import torch
from support import REPOSITORY

from resnet_book import architecture, build, trace
from resnet_book.experiments import roofline

RECORDED = REPOSITORY / "book" / "runs" / "roofline"
SMALL = architecture("cifar-resnet20", shortcut="B")


def test_best_is_the_shortest_and_warms_up_first():
    calls = []
    assert 0 < roofline.best(lambda: calls.append(1), seconds=0, at_least=5) < 1
    assert len(calls) == 6


def test_threads_and_gradients_are_left_as_they_were():
    torch.set_num_threads(2)
    roofline.roofs(seconds=0, side=8, numbers=64)
    assert torch.get_num_threads() == 2
    assert torch.is_grad_enabled()
    torch.set_num_threads(1)


def test_roofs_count_what_they_move():
    product, copy = roofline.roofs(seconds=0, side=8, numbers=64)
    assert (product.macs, product.bytes) == (8**3, 3 * 64 * 4)
    assert (copy.macs, copy.bytes) == (0, 2 * 64 * 4)
    assert product.rate > 0


def test_layers_add_up_to_the_trace_each_as_often_as_it_occurs():
    rows = roofline.layers(SMALL, size=32, batch=2, seconds=0)
    t = trace(SMALL, (3, 32, 32))
    assert sum(row.count * row.macs for row in rows) == 2 * t.macs
    assert sum(row.count for row in rows) == len([row for row in t.rows if row.op != "flatten"])
    assert len({row.name for row in rows}) == len(rows)
    assert all(row.seconds > 0 for row in rows)


def test_layers_can_be_chosen_by_name():
    rows = roofline.layers(SMALL, size=32, batch=1, seconds=0, only=["fc", "conv1"])
    assert sorted(row.kind for row in rows) == ["3x3 convolution", "linear layer"]


def test_bytes_are_those_of_the_tensors_and_the_weights():
    net, batch = build(SMALL).eval(), 3
    for row in trace(SMALL, (3, 32, 32)).rows:
        moved = roofline._moved(row, batch)
        numbers = batch * (math.prod(row.input_shape) + math.prod(row.output_shape))
        if row.op == "conv2d":
            numbers += net.get_submodule(row.name).weight.numel()
        elif row.op == "batch_norm":
            numbers += 4 * row.output_shape[0]  # scale, shift, running mean and variance
        elif row.op == "add":
            numbers += batch * math.prod(row.input_shape)
        elif row.op == "linear":
            numbers += row.params
        assert moved == 4 * numbers, row.name


def test_the_sweep_moves_as_much_for_every_number_of_channels():
    rows = roofline.channel_sweep((2, 4, 8), numbers=2**12, rounds=2)
    assert [row.macs for row in rows] == [2**13, 2**14, 2**15]
    assert all(row.bytes == 4 * (2 * 2**12 + c**2) for row, c in zip(rows, (2, 4, 8)))
    assert all(row.intensity <= c / 8 for row, c in zip(rows, (2, 4, 8)))


def test_groups_divide_the_macs():
    full, some, depthwise = roofline.grouped(channels=32, size=4, batch=1, seconds=0)
    assert full.macs == 9 * 32 * 32 * 16
    assert some.macs == depthwise.macs == full.macs // 32


def test_blocks_have_the_ratios_of_the_text():
    a, b, c, d = roofline.blocks(batch=1, seconds=0)
    assert b.macs * 288 == a.macs * 17
    assert d.macs * 18 == c.macs * 17


def test_the_environment_names_the_machine_and_no_path():
    env = roofline.environment()
    assert env["cpu"]
    assert env["cores"] >= 1
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", env["date"])
    assert not any("/" in str(value) for key, value in env.items() if key != "cpu")


def test_a_run_can_be_read_back(tmp_path, monkeypatch):
    monkeypatch.setattr(roofline, "architecture", lambda name: SMALL)
    monkeypatch.setattr(roofline, "roofs", lambda seconds: roofline_rows)
    monkeypatch.setattr(roofline, "layers", lambda *args, **options: [])
    monkeypatch.setattr(roofline, "blocks", lambda batch: [])
    monkeypatch.setattr(roofline, "grouped", lambda batch: [])
    monkeypatch.setattr(roofline, "channel_sweep", list)
    roofline_rows = [
        roofline.Measurement("roof", "matrix product", "matrix product", 1, 1000, 100, 0.5),
        roofline.Measurement("roof", "copy", "copy", 1, 0, 200, 0.25),
    ]
    made = roofline.record(tmp_path / "run", passes=2)
    back = roofline.load(tmp_path / "run")
    assert back == made
    assert (back.peak, back.bandwidth, back.ridge) == (2000, 800, 2.5)
    with pytest.raises(KeyError, match="matrix product"):
        back["nothing"]


def test_a_layer_that_beats_the_product_sets_the_peak():
    product = roofline.Measurement("roof", "matrix product", "matrix product", 1, 1000, 100, 0.5)
    copy = roofline.Measurement("roof", "copy", "copy", 1, 0, 200, 0.25)
    layer = roofline.Measurement("layer", "a layer", "3x3 convolution", 1, 1500, 100, 0.5)
    run = roofline.Run({}, {}, (product, copy, layer))
    assert (run.peak, run.ridge) == (3000, 3.75)
    assert roofline.Run({}, {}, (product, copy)).peak == 2000


def test_there_is_nothing_to_load_in_an_empty_folder(tmp_path):
    with pytest.raises(FileNotFoundError):
        roofline.load(tmp_path)


def test_the_recorded_run_is_complete_and_its_counts_are_the_tracers():
    run = roofline.load(RECORDED)
    assert {path.name for path in RECORDED.iterdir()} == {"config.json", "env.json", "metrics.csv", "README.md"}
    assert {"cpu", "cores", "threads", "python", "torch", "date", "wall_seconds"} <= set(run.env)
    batch = run.config["batch"]
    t = trace(architecture("resnet50"), (3, 224, 224))
    assert sum(row.count * row.macs for row in run.part("layer")) == batch * t.macs
    assert len(run.part("sweep")) == 7
    assert len(run.part("block")) == 4
    # No faster than the large product, give or take a disturbance.
    assert run.peak < 1.1 * run["matrix product"].rate


def test_a_depthwise_convolution_moves_far_more_for_each_mac_than_a_full_one():
    full, _, depthwise = roofline.grouped(channels=64, size=8, batch=2, seconds=0)
    assert depthwise.intensity < full.intensity / 10
