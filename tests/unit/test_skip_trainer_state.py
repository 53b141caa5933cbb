"""The skip trainer's Python side: state, refusals, the recorded sweep, the pictures of clothes, and its parts."""

import base64
import json

import numpy as np
import pytest
import traitlets
from support import REPOSITORY

from resnet_book import ShapeError, architecture, trace
from resnet_book.experiments.skip_sweep import SETTINGS
from resnet_book.experiments.spirals import spirals
from resnet_book.files import read_measurements
from resnet_book.sphinx_ext.widgets import _part_scripts
from resnet_book.widgets import SkipTrainer
from resnet_book.widgets.parts import part_script, part_text
from resnet_book.widgets.skip_trainer import RECORD, SAMPLE, clothes, recorded


def test_state_is_json_and_makes_the_same_widget_again():
    widget = SkipTrainer(data="moons", blocks=7, own=[[0.5, -1, 1]])
    state = json.loads(json.dumps(widget.state()))
    assert SkipTrainer(**state).state() == state
    assert not {"part_request", "part_answer", "kernel"} & set(state)


@pytest.mark.parametrize(
    "bad", [{"blocks": 0}, {"blocks": 101}, {"blocks": 2.0}, {"width": 1}, {"width": 33}, {"seed": -1}, {"seed": True}], ids=str
)  # fmt: skip
def test_impossible_numbers_are_refused(bad):
    with pytest.raises(ShapeError, match=next(iter(bad))):
        SkipTrainer(**bad)


@pytest.mark.parametrize(
    "bad", [{"data": "faces"}, {"norm": True}, {"init": "xavier"}, {"rate": 0.01}, {"noise": "1"}, {"own": [[0, 0]]}, {"own": [[0, 3, 1]]}, {"own": [[0, 0, 2]]}], ids=str
)  # fmt: skip
def test_unknown_choices_and_points_outside_are_refused(bad):
    with pytest.raises(traitlets.TraitError):
        SkipTrainer(**bad)


def test_the_record_is_of_the_sweep_as_it_stands():
    config, env, lines = read_measurements(REPOSITORY / "book" / RECORD)
    assert config == {"experiment": "skip-sweep", **SETTINGS}
    assert env["versions"]["torch"] and env["processor"]
    wanted = {(name, b, s) for name in ("plain", "residual") for b in SETTINGS["blocks"] for s in SETTINGS["seeds"]}
    assert {(line["network"], int(line["blocks"]), int(line["seed"])) for line in lines} == wanted
    assert len(lines) == len(wanted)


def test_the_fallback_is_the_record():
    table, record = SkipTrainer().fallback(), recorded()
    assert table.header == ("Blocks", "Plain", "Residual") and "PyTorch" in table.caption
    for cells, row in zip(table.rows, record["rows"], strict=True):
        assert cells[0] == str(row["blocks"])
        for cell, values in zip(cells[1:], (row["plain"], row["residual"]), strict=True):
            assert cell.startswith(f"{100 * np.mean(values):.0f} %")
            assert min(values) == max(values) or f"({100 * min(values):.0f} to {100 * max(values):.0f})" in cell


def test_clothes_are_the_shipped_sample_made_small():
    found = clothes()
    with np.load(SAMPLE) as stored:
        for part, count in (("train", 1000), ("test", 500)):
            pixels = np.frombuffer(base64.b64decode(found[part]["pixels"]), np.uint8).reshape(count, 14, 14)
            classes = np.frombuffer(base64.b64decode(found[part]["classes"]), np.uint8)
            assert (classes == stored[f"{part}_labels"]).all() and (np.bincount(classes) == count // 10).all()
            means = stored[f"{part}_images"].reshape(count, 14, 2, 14, 2).mean((2, 4))
            assert np.abs(8.0 * pixels - means).max() <= 8  # 32 greys; the brightest is cut
            assert found[part]["mean"] == found["train"]["mean"]


def test_parts_are_scripts_of_the_site_named_after_their_content(tmp_path):
    written = _part_scripts("skip-trainer", tmp_path)
    assert set(written) == {"worker", "clothes"}
    for name, file in written.items():
        script = (tmp_path / file).read_text(encoding="utf-8")
        key = json.dumps(file.split("/")[-1])
        assert script.startswith(f"(globalThis.resnetBookParts ??= {{}})[{key}] = ")
        value, text = script.split(" = ", 1)[1].rstrip(";\n"), part_text(SkipTrainer.parts[name])
        assert json.loads(value) == text if name == "worker" else value == f"JSON.stringify({text})"
    assert part_script("a", lambda: "x")[0] != part_script("a", lambda: "y")[0]
    assert _part_scripts("network-tracer", tmp_path) == {}


def test_the_kernel_hands_parts_over_and_says_what_fails():
    widget = SkipTrainer()
    widget.part_request = "worker"
    assert widget.part_answer["name"] == "worker" and "serve" in widget.part_answer["text"]
    widget.part_request = "clothes"
    assert json.loads(widget.part_answer["text"]) == clothes()
    widget.part_request = "weights"
    assert "KeyError" in widget.part_answer["error"] and widget.part_answer["name"] == "weights"


def test_spirals_are_those_of_the_page(javascript):
    for seed in (0, 7):
        points, classes = spirals(64, 0.05, seed)
        found = javascript("spirals", n=64, noise=0.05, seed=seed)["ok"]
        assert found["classes"] == classes
        assert found["x"] == pytest.approx(np.float32(points).flatten().tolist(), abs=1e-6)


def test_clothes_networks_are_architectures_of_the_book(javascript):
    """What the page trains on clothes is what the book traces: the same layers and parameters."""
    from resnet_book import Architecture

    for blocks in (1, 2, 3, 5, 9, 27):
        for skip in (False, True):
            fields = javascript("clothes", blocks=blocks, width=4, skip=skip)["ok"]
            arch = Architecture.from_json(json.dumps(fields))
            assert sum(arch.depths) == blocks and max(arch.depths) - min(arch.depths) <= 1
            assert trace(arch, (1, 14, 14)).output_shape == (10,)
    assert architecture("fashion-resnet20").depths == (3, 3, 3)
