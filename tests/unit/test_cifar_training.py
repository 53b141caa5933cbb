"""Recipes for CIFAR-10 and any network: the paper's schedule in steps, what is recorded, and going on bit for bit."""

import json
import os
from dataclasses import replace

import numpy as np
import pytest
import torch

from resnet_book import architecture, runs
from resnet_book.architectures import Architecture, Stem
from resnet_book.data import DATASETS, DataError, Pictures, dataset
from resnet_book.models import build_start
from resnet_book.train import RECIPES, Recipe, fit, learning_rate, rates, recipe, session, tasks
from resnet_book.train import __main__ as command
from resnet_book.train import loop as loop_module
from resnet_book.train.recipes import adapted

pytestmark = pytest.mark.usefixtures("one_thread")

SMALL = Architecture(
    "cifar-resnet20",
    "basic",
    (1, 1),
    (8, 16),
    Stem(8, 3, 1, 1, pool=False),
    in_channels=3,
    num_classes=10,
    shortcut="A",
)


def colours(count: int, seed: int = 0) -> Pictures:
    """Pictures whose class is their colour, which no crop or flip takes from them: easy to learn."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % 10
    images = torch.randint(60, (count, 3, 12, 12), generator=generator, dtype=torch.uint8)
    images[:, 0] += (40 * (labels % 5)).to(torch.uint8)[:, None, None]
    images[:, 1] += (150 * (labels // 5)).to(torch.uint8)[:, None, None]
    return Pictures(images, labels, "colours, training set")


def tiny(name: str, **changes) -> Recipe:
    return replace(RECIPES[name], architecture=SMALL, size=12, batch_size=20, **changes)


# ---------------------------------------------------------------- recipes


def test_the_papers_recipe_is_as_printed():
    r = recipe("cifar-paper")
    assert (r.batch_size, r.lr, r.momentum, r.weight_decay, r.decay_all, r.nesterov) == (
        128,
        0.1,
        0.9,
        1e-4,
        True,
        False,
    )
    assert (r.normalize, r.crop, r.padding, r.flip, r.init, r.precision) == ("pixels", 4, "zeros", True, "he", "fp32")
    assert r.label_smoothing == 0 and r.architecture == architecture("cifar-resnet20", shortcut="A")
    assert r.length(391) == (164, 64_000) and r.length(352) == (182, 64_000), "of 50,000 pictures, of 45,000"
    rates = [learning_rate(r, step, 64_000) for step in (0, 31_999, 32_000, 47_999, 48_000, 63_999)]
    assert rates == pytest.approx([0.1, 0.1, 0.01, 0.01, 0.001, 0.001])


def test_ours_is_within_a_sixth_of_the_papers_steps_and_the_same_for_all_depths():
    r = recipe("cifar")
    assert r.epochs <= 24 and r.length(391)[1] <= recipe("cifar-paper").steps / 6
    deep = adapted(r, architecture("cifar-plain56"))
    assert replace(deep, architecture=r.architecture) == r


def test_110_layers_begin_gently_by_the_papers_recipe_alone():
    assert adapted(recipe("cifar-paper"), architecture("cifar-resnet110")).gentle_lr == 0.01
    assert adapted(recipe("cifar-paper"), architecture("cifar-resnet56")).gentle_lr == 0
    assert adapted(recipe("cifar"), architecture("cifar-resnet110")).gentle_lr == 0


def test_a_network_takes_the_channels_and_the_size_of_the_data():
    r = adapted(recipe("cifar"), architecture("cifar-resnet20", shortcut="B"), "fashion-mnist")
    assert (r.architecture.in_channels, r.architecture.num_classes, r.size, r.data) == (1, 10, 28, "fashion-mnist")
    assert (r.architecture.name, r.architecture.shortcut) == ("cifar-resnet20", "B")
    with pytest.raises(ValueError, match="did you mean 'cifar-10'"):
        adapted(recipe("cifar"), data="cifar10")


@pytest.mark.parametrize(
    "field, value",
    [("drops", [0.5]), ("drops", (1.5,)), ("steps", -1), ("padding", "wrap"), ("normalize", "all"), ("data", "mnist"),
     ("gentle_lr", -0.1), ("alternate", 1)],
)  # fmt: skip
def test_an_impossible_field_is_named(field, value):
    with pytest.raises(ValueError, match=f"cifar: {field} is"):
        replace(RECIPES["cifar"], **{field: value})


def test_pixels_of_several_sizes_have_no_common_mean():
    with pytest.raises(ValueError, match="several sizes"):
        replace(RECIPES["cifar-paper"], grows=(24,))


# ---------------------------------------------------------------- the loop


def test_steps_decide_where_they_are_given():
    paper = tiny("cifar-paper", steps=25)  # of 10 a pass
    result = fit(paper, colours(200), colours(30, 1), device="cpu", progress=False)
    steps = [row for row in result.history if row["kind"] == "step"]
    epochs = [row for row in result.history if row["kind"] == "epoch"]
    assert [row["step"] for row in steps] == list(range(1, 26))
    assert [(row["epoch"], row["step"]) for row in epochs] == [(1, 10), (2, 20), (3, 25)]
    rates = [row["lr"] for row in steps]
    assert rates == pytest.approx([0.1] * 12 + [0.01] * 7 + [0.001] * 6)


def test_it_begins_gently_until_a_fifth_is_right():
    gentle = tiny("cifar-paper", steps=100, gentle_lr=0.01, lr=0.05)
    result = fit(gentle, colours(200), colours(30, 1), device="cpu", progress=False)
    steps = [row for row in result.history if row["kind"] == "step"]
    slow = [row["step"] for row in steps if row["lr"] == 0.01]
    assert slow == list(range(1, len(slow) + 1)) and 10 <= len(slow) < 100 and len(slow) % 10 == 0
    looks = [np.mean([row["train_accuracy"] for row in steps[i : i + 10]]) for i in range(0, 100, 10)]
    assert [look > 0.2 for look in looks].index(True) == len(slow) // 10 - 1


def test_gradients_and_the_whole_training_set_are_recorded():
    result = fit(tiny("cifar", epochs=2), colours(200), colours(30, 1), device="cpu", progress=False)
    looked = [row for row in result.history if row["kind"] == "gradients"]
    assert [row["step"] for row in looked] == [1, 2, 3, 5, 9, 11], "at the first of an epoch; after 1, 2, 4, 8"
    layers = [name for name, p in result.net.named_parameters() if p.ndim > 1]
    assert all(list(row["norms"]) == layers and min(row["norms"].values()) > 0 for row in looked)
    first, last = (row for row in result.history if row["kind"] == "epoch")
    assert "train_evaluated_accuracy" not in first
    assert 0 <= last["train_evaluated_accuracy"] <= 1 and last["train_evaluated_loss"] > 0


@pytest.mark.parametrize("name", ["cifar", "cifar-paper"])
def test_a_stopped_run_goes_on_bit_for_bit(tmp_path, monkeypatch, name):
    changes = {"steps": 35, "gentle_lr": 0.001} if name == "cifar-paper" else {"epochs": 4}
    made, data = tiny(name, **changes), (colours(200), colours(30, 1))
    whole = fit(made, *data, seed=5, device="cpu", progress=False)

    class Stopped(Exception):
        pass

    def stop(path, state, real=loop_module.checkpoint.save):
        real(path, state)
        if state["epoch"] == 2:
            raise Stopped

    with monkeypatch.context() as patch:
        patch.setattr(loop_module.checkpoint, "save", stop)
        with pytest.raises(Stopped):
            fit(made, *data, seed=5, device="cpu", folder=tmp_path, progress=False)
    rest = fit(made, *data, seed=5, device="cpu", folder=tmp_path, progress=False)
    assert rest.epochs_done_before == 2
    for key, value in whole.net.state_dict().items():
        assert torch.equal(value, rest.net.state_dict()[key]), key
    untimed = [[{k: v for k, v in row.items() if "seconds" not in k} for row in r.history] for r in (whole, rest)]
    assert untimed[0] == untimed[1]


# ---------------------------------------------------------------- from the command to the record


@pytest.fixture
def small_data(monkeypatch):
    few = replace(DATASETS["cifar-10"], load=lambda train: colours(600 if train else 500, seed=int(train)))
    few = replace(few, ships=few.load)  # in place of the 1,000 pictures of a sample
    monkeypatch.setitem(DATASETS, "cifar-10", few)
    monkeypatch.setattr(runs, "COUNTS", {"colours": 500})


def test_the_command_trains_any_network_and_records_it(small_data, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(runs, "MOST_STEPS", 20)
    given = ["--recipe", "cifar", "--architecture", "cifar-resnet20", "--shortcut", "B", "--seed", "3", "--budget", "sample",
             "--set", "size=12", "--epochs", "2", "--device", "cpu", "--quiet", "--keep-weights"]  # fmt: skip
    assert command.main(given) == 0, capsys.readouterr().err
    (folder,) = (tmp_path / "runs" / "cifar-sample").iterdir()
    assert folder.name == "cifar-resnet20-B-3-size-12-epochs-2"
    run = runs.read(folder)
    assert (run.config["recipe"], run.config["seed"], run.config["epochs"]) == ("cifar", 3, 2)
    arch = run.config["settings"]["architecture"]
    assert (arch["name"], arch["shortcut"]) == ("cifar-resnet20", "B")
    assert run.config["every_step"] == 2 and [row["step"] for row in run.steps] == list(range(2, 25, 2))
    assert not (folder / runs.MISTAKES).exists(), "pictures that are not ours to pass on are not kept"
    assert run.epochs[-1]["train_evaluated_accuracy"] >= 0

    looked = runs.gradients(folder)
    assert looked[0]["step"] == 1 and len(looked[0]["norms"]) == 1 + 18 + 2 + 1
    kept = runs.weights(folder)
    from resnet_book import build

    net = build(architecture("cifar-resnet20", shortcut="B"))
    net.load_state_dict(
        {name: torch.from_numpy(value).to(net.state_dict()[name].dtype) for name, value in kept.items()}
    )
    assert {value.dtype for value in kept.values()} == {np.dtype(np.float16), np.dtype(np.int64)}


@pytest.mark.parametrize("name", ["gradients.csv", "weights.npz"])
def test_a_part_that_is_missing_or_damaged_is_named(tmp_path, name):
    read = {"gradients.csv": runs.gradients, "weights.npz": runs.weights}[name]
    with pytest.raises(runs.RunError, match=name):
        read(tmp_path)
    for content in (b"epoch,step,conv1\n1,one,2\n", b"", b"epoch,step,conv1\n", b"epoch,step,conv1\n1,1,0.12"):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(runs.RunError, match=name):
            read(tmp_path)


def test_steps_that_the_rule_keeps_must_be_there(small_data, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(runs, "MOST_STEPS", 20)
    out = tmp_path / "run"
    assert command.main(["--recipe", "cifar", "--budget", "sample", "--set", "size=12", "--epochs", "2", "--device", "cpu",
                         "--quiet", "--out", str(out)]) == 0  # fmt: skip
    table = (out / "metrics.csv").read_text()
    lines = table.splitlines(keepends=True)
    gone = next(i for i, line in enumerate(lines) if line.startswith("step,1,6,"))
    (out / "metrics.csv").write_text("".join(lines[:gone] + lines[gone + 1 :]))
    with pytest.raises(runs.RunError, match="steps are missing"):
        runs.read(out)
    (out / "metrics.csv").write_text(table)
    config = json.loads((out / "config.json").read_text())
    (out / "config.json").write_text(json.dumps({**config, "every_step": 3}))
    with pytest.raises(runs.RunError, match="steps are missing"):
        runs.read(out)


def test_an_option_that_a_network_has_not_is_said(capsys):
    assert command.main(["--recipe", "cifar", "--architecture", "cifar-plain20", "--shortcut", "B"]) == 2
    assert "takes no 'shortcut'" in capsys.readouterr().err
    assert command.main(["--recipe", "cifar", "--architecture", "resnet999"]) == 2
    assert "unknown architecture" in capsys.readouterr().err
    assert command.main(["--recipe", "cifar", "--data", "mnist"]) == 2
    assert "There is: fashion-mnist, cifar-10" in capsys.readouterr().err


# ---------------------------------------------------------------- other starts


def test_a_network_without_batch_norm_learns_by_the_same_loop():
    bare = tiny("cifar", start="skipinit", lr=0.05, epochs=6, precision="fp32")
    result = fit(bare, colours(200), colours(50, 1), device="cpu", progress=False)
    assert not any("running" in name for name in result.net.state_dict())
    assert result.net.layer1[0].bn2.scale != 0, "the branch has come in"
    losses = [row["train_loss"] for row in result.history if row["kind"] == "epoch"]
    assert losses[-1] < losses[0]


def test_single_numbers_get_their_share_of_the_rate_and_no_decay():
    bare = tiny("cifar", start="fixup", scalar_lr=0.1)
    net = build_start(bare.architecture, "fixup")
    optimizer = tasks.sgd(bare, net)
    pulled, free, single = optimizer.param_groups
    assert all(p.ndim == 0 for p in single["params"]) and single["share"] == 0.1 and single["weight_decay"] == 0
    assert {p.ndim for p in free["params"]} == {1} and pulled["weight_decay"] == bare.weight_decay
    assert sum(len(group["params"]) for group in optimizer.param_groups) == len(list(net.parameters()))
    moved = {}
    for share in (1.0, 0.1):
        first = replace(bare, scalar_lr=share, steps=10, lr=0.01, precision="fp32", alternate=False, flip=False, crop=0)
        result = fit(first, colours(40), colours(20, 1), device="cpu", progress=False)
        moved[share] = max(p.abs().item() for name, p in result.net.named_parameters() if name.endswith("before"))
    assert 0 < moved[0.1] < 0.5 * moved[1.0]


def test_without_batch_norm_a_run_that_diverges_is_recorded(small_data, tmp_path, capsys):
    out = tmp_path / "run"
    given = ["--recipe", "cifar", "--budget", "sample", "--set", "size=12", "--set", "lr=300", "--epochs", "3",
             "--device", "cpu", "--quiet", "--out", str(out)]  # fmt: skip
    start = ["--set", 'start="he"']
    assert command.main([*given, *start]) == 0
    assert "has diverged" in (said := capsys.readouterr()).out and "recorded" in said.out
    run, end = runs.read(out), runs.read(out).config["diverged"]
    assert run.config["epochs"] == 3 and run.epochs[-1]["epoch"] == end["epoch"] and end["what"]
    assert (
        run.epochs[-1]["step"] == max([row["step"] for row in run.steps], default=0) in (end["step"] - 1, end["step"])
    )
    assert run.accuracy == np.mean(run.predicted == run.labels)
    assert "It diverged: at step" in (out / "README.md").read_text()
    assert command.main([*given, *start]) == 0 and "holds this run already" in capsys.readouterr().out

    (tmp_path / "other").mkdir()
    given[given.index(str(out))] = str(tmp_path / "other")
    assert command.main([*given, "--set", "lr=1000.0"]) in (0, 2), "with batch norm it may bear even that"
    assert "That is a result" not in capsys.readouterr().out


@pytest.mark.parametrize("bare", rates.NORM_FREE, ids=lambda bare: f"{bare.network}, {bare.start}")
def test_each_planned_network_without_batch_norm_learns(bare):
    options = {"shortcut": bare.shortcut} if bare.shortcut else {}
    changes = {"start": bare.start, "scalar_lr": bare.scalar_lr, "epochs": 6, "batch_size": 16, "precision": "fp32"}
    made = adapted(recipe("cifar"), architecture(bare.network, **options)).changed(changes | {"lr": 0.001})
    made = replace(made, schedule="constant", warmup=0.0, size=12, crop=0, flip=False, alternate=False)
    pictures = colours(16)  # one batch: an epoch is a step
    result = fit(made, pictures, pictures, device="cpu", progress=False)
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in result.net.modules())
    losses = [row["train_loss"] for row in result.history if row["kind"] == "step"]
    assert len(losses) == 6 and losses[-1] < losses[0]


def test_a_start_is_in_the_name_and_one_that_does_not_fit_is_refused(small_data, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    bare = adapted(recipe("cifar", start="looks-linear"), architecture("cifar-plain56"))
    assert session.folder_of(bare, 0) == "cifar/cifar-plain56-looks-linear-0"
    assert (
        command.main(
            ["--recipe", "cifar", "--architecture", "cifar-plain20", "--budget", "sample", "--set", 'start="fixup"']
        )
        == 2
    )
    assert "looks-linear" in capsys.readouterr().err
    with pytest.raises(ValueError, match="start is 'none'"):
        recipe("cifar", start="none")


def test_a_record_that_is_older_than_a_field_is_still_the_same_run(small_data, tmp_path, capsys):
    out = tmp_path / "run"
    given = ["--recipe", "cifar", "--budget", "sample", "--set", "size=12", "--epochs", "1", "--device", "cpu", "--quiet",
             "--out", str(out)]  # fmt: skip
    assert command.main(given) == 0
    config = json.loads((out / "config.json").read_text())
    del config["settings"]["start"], config["settings"]["scalar_lr"]
    (out / "config.json").write_text(json.dumps(config))
    capsys.readouterr()
    assert command.main(given) == 0 and "holds this run already" in capsys.readouterr().out
    assert command.main([*given, "--set", "lr=0.1"]) == 2


# ---------------------------------------------------------------- every recipe on official pictures


CLASSIFY = [name for name, made in RECIPES.items() if not made.keypoints]  # the others: test_keypoint_training.py


@pytest.mark.parametrize("name", [name for name in CLASSIFY if not name.startswith("draft")])
def test_two_short_epochs_of_every_recipe_on_a_slice_of_its_own_data(name):
    made = recipe(name)
    try:
        training, testing = (dataset(made.data).load(train) for train in (True, False))
    except DataError as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip("the official pictures are not in RESNET_BOOK_DATA")
    size = min(made.size, 48)
    short = replace(made, epochs=2, steps=0, batch_size=20, size=size, grows=made.grows and (size // 2,))
    result = fit(short, training.take(torch.arange(60)), testing.take(torch.arange(30)), device="cpu", progress=False)
    rows = {kind: [row for row in result.history if row["kind"] == kind] for kind in ("step", "epoch", "gradients")}
    assert (len(rows["step"]), len(rows["epoch"]), len(rows["gradients"])) == (6, 2, 4)
    assert all(np.isfinite(row["train_loss"]) for row in rows["step"])
    assert result.predicted.shape == (30,) and result.predicted.max() < made.architecture.num_classes
    assert [row["size"] for row in rows["epoch"]] == [short.size_at(1), short.size_at(2)]
