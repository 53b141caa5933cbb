"""Recipes as published, the loop equal to `d2l.train_ch6` step by step, and every bad input a clear message."""

import json
import sys
from dataclasses import replace

import pytest
import torch
from support import TESTS

sys.path.insert(0, str(TESTS / "faults"))
from tiny import NETWORK, TINY, pictures

from resnet_book import architecture, build
from resnet_book.data import DATASETS, Batches, DataError, per_image_loader, split
from resnet_book.train import RECIPES, Recipe, TrainingError, evaluate, fit, learning_rate, pick_device, recipe, session
from resnet_book.train import __main__ as command
from resnet_book.train.tasks import sgd

pytestmark = pytest.mark.usefixtures("one_thread")


# ---------------------------------------------------------------- recipes


def test_d2l_is_the_published_recipe():
    r = recipe("d2l")
    assert (r.architecture, r.lr, r.batch_size, r.epochs, r.size) == (architecture("resnet18-d2l"), 0.05, 256, 10, 96)
    assert (r.init, r.schedule, r.precision) == ("xavier", "constant", "fp32")
    assert not any((r.momentum, r.weight_decay, r.label_smoothing, r.flip, r.crop, r.channels_last))


def test_d2l_2023_is_the_newer_edition_of_it():
    assert recipe("d2l-2023") == replace(recipe("d2l"), name="d2l-2023", lr=0.01, batch_size=128)


def test_book_is_the_same_network_for_as_long():
    ours, theirs = recipe("book"), recipe("d2l")
    assert (ours.architecture, ours.epochs, ours.size) == (theirs.architecture, theirs.epochs, theirs.size)


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_survives_json(name):
    assert RECIPES[name].name == name
    assert Recipe.from_json(RECIPES[name].to_json()) == RECIPES[name]


@pytest.mark.parametrize("text", ["", "[]", '{"lr": 1}', '{"name": "x", "colour": 1}', '{"name": "x", "lr": "fast"}'])
def test_json_of_no_recipe_is_refused(text):
    with pytest.raises(ValueError, match=r"JSON|lr is"):
        Recipe.from_json(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[" * 100_000, "this is not JSON"),
        ("[]", "this JSON is no recipe"),
        ('{"name": 5}', "name is 5; expected a string"),
        ('{"name": "x", "data": "drawn-faces", "keypoints": 5}', "keypoints is 5; expected KeypointSettings"),
        ('{"name": "x", "lr": NaN}', "lr is nan; expected a number"),
        ('{"name": "x", "grows": [[1]]}', "expected whole numbers"),
    ],
    ids=lambda given: given[:20],
)
def test_json_that_is_no_recipe_is_refused_in_words(text, says):
    with pytest.raises(ValueError, match=says):
        Recipe.from_json(text)


@pytest.mark.parametrize(
    "field, value",
    [("epochs", 0), ("epochs", 2.0), ("epochs", True), ("batch_size", 0), ("lr", -1.0), ("lr", float("nan")), ("size", 0),
     ("grows", [48]), ("grows", (0,)),
     ("precision", "fp8"), ("schedule", "up"), ("flip", 1), ("warmup", 2), ("architecture", "resnet18")],
)  # fmt: skip
def test_an_impossible_recipe_says_which_field(field, value):
    with pytest.raises(ValueError, match=f"book: {field} is"):
        replace(RECIPES["book"], **{field: value})


def test_what_is_unknown_lists_what_there_is():
    with pytest.raises(ValueError, match=r"did you mean 'book'.*There is: d2l, d2l-2023, book"):
        recipe("bok")
    with pytest.raises(ValueError, match="There is: sample, small, full"):
        recipe("book", "half")
    with pytest.raises(ValueError, match=r"no learning_rate; it has name, .* lr,"):
        recipe("book", learning_rate=1)


def test_the_one_cycle_rises_and_falls_once():
    rates = [learning_rate(RECIPES["book"], step, 100) for step in range(100)]
    top = rates.index(max(rates))
    assert top == 20 and rates[top] == RECIPES["book"].lr
    assert rates[: top + 1] == sorted(rates[: top + 1]) and rates[top:] == sorted(rates[top:], reverse=True)
    assert 0 < rates[0] < 0.1 * rates[top] and 0 < rates[-1] < 0.02 * rates[top]
    assert {learning_rate(RECIPES["d2l"], step, 100) for step in range(100)} == {0.05}


def test_pictures_grow_evenly_and_end_whole():
    r = replace(RECIPES["book"], grows=(48, 48, 48, 64), size=96)
    assert [r.size_at(epoch) for epoch in range(1, 11)] == [48] * 6 + [64] * 2 + [96] * 2
    assert [replace(r, epochs=3).size_at(epoch) for epoch in (1, 2, 3)] == [48, 64, 96]
    assert [replace(r, epochs=1).size_at(1), replace(r, grows=()).size_at(1)] == [96, 96]


def test_each_epoch_is_trained_and_scored_at_its_size():
    growing = replace(TINY, grows=(10,), size=14, epochs=2)
    result = fit(growing, pictures(64), pictures(30, False), device="cpu", progress=False)
    assert [row["size"] for row in result.history if row["kind"] == "epoch"] == [10, 14]
    scoring = Batches(pictures(30, False), 32, size=14, channels_last=True)
    assert torch.equal(evaluate(result.net, scoring)["predicted"], result.predicted)


def test_weight_decay_leaves_biases_and_batch_norms_alone():
    net = build(NETWORK)
    pulled, free = sgd(RECIPES["book"], net).param_groups
    assert (pulled["weight_decay"], free["weight_decay"]) == (5e-4, 0)
    names = {id(p): name for name, p in net.named_parameters()}
    assert {names[id(p)].split(".")[-1] for p in pulled["params"]} == {"weight"}
    assert all(p.ndim > 1 for p in pulled["params"])
    assert len(pulled["params"]) + len(free["params"]) == len(names)


# ---------------------------------------------------------------- equal to d2l


def test_the_loop_is_train_ch6_step_by_step(monkeypatch, capsys):
    """The same first weights, batches, losses and last weights, bit for bit, over two epochs of six batches."""
    from d2l import torch as d2l

    same = replace(RECIPES["d2l"], architecture=NETWORK, batch_size=16, epochs=2, size=40)
    training, testing = pictures(90), pictures(30, train=False)  # the last batch is a smaller one
    ours = fit(same, training, testing, seed=3, device="cpu", progress=False)

    losses, tests = [], []

    class Recording(torch.nn.CrossEntropyLoss):
        def forward(self, *given):
            losses.append(super().forward(*given))
            return losses[-1]

    class Quiet:
        def __init__(self, **_):
            pass

        def add(self, _, values):
            tests.extend(values[2:] if values[2] is not None else [])

    monkeypatch.setattr(torch.nn, "CrossEntropyLoss", Recording)
    monkeypatch.setattr(d2l, "Animator", Quiet)
    generator = torch.Generator().manual_seed(3)
    orders = [torch.randperm(90, generator=generator) for _ in range(2)]
    loaders = (
        per_image_loader(training, 16, size=40, order=orders, workers=0),
        per_image_loader(testing, 16, size=40, workers=0),
    )
    torch.manual_seed(3)
    net = build(NETWORK, init="torch")  # train_ch6 draws Xavier's weights itself
    d2l.train_ch6(net, *loaders, num_epochs=2, lr=0.05, device=torch.device("cpu"))

    steps = [row for row in ours.history if row["kind"] == "step"]
    assert len(steps) == len(losses) == 12
    assert [row["train_loss"] for row in steps] == pytest.approx([loss.item() for loss in losses], abs=1e-6)
    assert tests == [row["test_accuracy"] for row in ours.history if row["kind"] == "epoch"]
    for name, value in net.state_dict().items():
        assert torch.equal(ours.net.state_dict()[name], value), name


def test_the_loop_is_the_trainer_of_the_newer_edition_step_by_step(monkeypatch):
    """As above; `apply_init` passes one batch through the network first, which batch norm's averages remember."""
    from d2l import torch as d2l

    same = replace(RECIPES["d2l-2023"], architecture=NETWORK, batch_size=16, epochs=2, size=40)
    training, testing = pictures(90), pictures(30, train=False)
    ours = fit(same, training, testing, seed=3, device="cpu", progress=False)
    generator = torch.Generator().manual_seed(3)
    orders = [torch.randperm(90, generator=generator) for _ in range(2)]
    losses, tests = [], []

    class Data(d2l.DataModule):
        def train_dataloader(self):
            return per_image_loader(training, 16, size=40, order=orders, workers=0)

        def val_dataloader(self):
            return per_image_loader(testing, 16, size=40, workers=0)

    class Network(d2l.Classifier):
        def __init__(self, lr):
            super().__init__()
            self.save_hyperparameters()
            self.net = build(NETWORK, init="torch")

        def plot(self, key, value, train):
            {("loss", True): losses, ("acc", False): tests}.get((key, train), []).append((value.item(), len(tests)))

    monkeypatch.setattr(d2l.Trainer, "prepare_model", lambda self, model: setattr(self, "model", model))
    model, fresh = Network(lr=0.01), build(NETWORK).state_dict()
    first = next(iter(per_image_loader(training, 16, size=40, workers=0)))[0]
    torch.manual_seed(3)
    model.net = build(NETWORK, init="torch")
    model.apply_init([first], d2l.init_cnn)
    began = {name: value.clone() for name, value in model.net.state_dict().items()}
    d2l.Trainer(max_epochs=2).fit(model, Data())

    steps = [row for row in ours.history if row["kind"] == "step"]
    assert [row["train_loss"] for row in steps] == pytest.approx([loss for loss, _ in losses], abs=1e-6)
    assert len(steps) == len(losses) == 12 and len(tests) == 2 * 2
    parameters = dict(model.net.named_parameters())
    for name, value in ours.net.state_dict().items():
        if name in parameters:
            assert torch.equal(parameters[name], value), name
        elif value.is_floating_point():  # a running average forgets a tenth of what it was at every step
            remembered = 0.9**12 * (began[name] - fresh[name])
            assert torch.allclose(model.net.state_dict()[name], value + remembered, atol=1e-5), name


def test_the_seed_decides_everything():
    small = replace(TINY, epochs=1)
    runs = [fit(small, pictures(64), pictures(30, False), seed=s, device="cpu", progress=False) for s in (0, 0, 1)]
    weights = [torch.cat([p.flatten() for p in run.net.parameters()]) for run in runs]
    assert torch.equal(weights[0], weights[1]) and not torch.equal(weights[0], weights[2])


def test_it_learns_and_records_every_step():
    result = fit(replace(TINY, epochs=6), pictures(500), pictures(200, False), device="cpu", progress=False)
    epochs = [row for row in result.history if row["kind"] == "epoch"]
    steps = [row for row in result.history if row["kind"] == "step"]
    assert [row["step"] for row in steps] == list(range(1, 6 * 16 + 1))
    assert epochs[-1]["test_accuracy"] > 0.45 > 0.1 < epochs[-1]["train_accuracy"]
    assert epochs[-1]["train_loss"] < epochs[0]["train_loss"]
    right = (result.predicted.long() == pictures(200, False).labels).double().mean().item()
    assert right == epochs[-1]["test_accuracy"], "the predictions are those of the last epoch"


def test_on_a_terminal_a_bar_shows_rate_and_time_left(capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    fit(replace(TINY, epochs=1), pictures(64), pictures(30, False), device="cpu")
    shown = capsys.readouterr().err
    assert "epoch 1 of 1" in shown and "pictures/s" in shown and "<" in shown and "test accuracy" in shown


def test_elsewhere_a_line_is_written_now_and_then(capsys, monkeypatch):
    fit(replace(TINY, epochs=2), pictures(64), pictures(30, False), device="cpu")
    shown = capsys.readouterr().err
    assert [line[:8] for line in shown.splitlines()] == ["epoch  1", "epoch  2"] and "\r" not in shown
    monkeypatch.setattr("resnet_book.train.progress.EVERY", 0)
    fit(replace(TINY, epochs=2), pictures(64), pictures(30, False), device="cpu")
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2 * (2 + 1), "one for each step, at no seconds between two lines, and one for each epoch"
    assert "of the run" in lines[0] and "min left" in lines[0]


# ---------------------------------------------------------------- bad input


def test_a_batch_larger_than_the_data_is_refused():
    with pytest.raises(ValueError, match="a batch of 32 is larger than the training set of 20"):
        fit(TINY, pictures(20), pictures(10, False), device="cpu", progress=False)


@pytest.mark.parametrize("name", ["cuda:99", "gpu", "xpu"])
def test_a_device_that_is_not_there_lists_what_is(name):
    with pytest.raises(ValueError, match=f"no device '{name}' here; there is: .*cpu"):
        pick_device(name)


def test_no_gpu_where_one_was_asked_for(monkeypatch, capsys):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert command.main(["--device", "cuda"]) == 2
    assert "no device 'cuda' here" in capsys.readouterr().err


def test_a_loss_that_is_no_number_stops_the_run_and_keeps_the_checkpoint(tmp_path):
    bad = replace(TINY, lr=1000.0, schedule="constant", momentum=0.0, nesterov=False, epochs=50)
    with pytest.raises(
        TrainingError, match=r"(the loss is (nan|inf)|a weight is infinite).* at step \d+ of .*Lower the learning rate"
    ):
        fit(bad, pictures(160), pictures(10, False), device="cpu", folder=tmp_path, progress=False)
    kept = tmp_path / "checkpoint.pt"
    if kept.exists():
        state = torch.load(kept, weights_only=True)
        assert all(torch.isfinite(value).all() for value in state["model"].values())


def test_a_folder_that_cannot_be_written_to_is_refused_at_once(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(TrainingError, match="cannot be written to"):
        fit(TINY, pictures(64), pictures(10, False), device="cpu", folder=tmp_path / "file" / "run", progress=False)


@pytest.mark.parametrize(
    "given, says",
    [
        (["--recipe", "none"], "There is: d2l"),
        (["--epochs", "0"], "epochs is 0"),
        (["--seed", "-1", "--budget", "sample"], "seed is -1; expected a whole number from 0"),
        (["--seed", "9" * 20, "--budget", "sample"], "expected a whole number from 0 to 4,294,967,295"),
    ],
)
def test_the_command_says_what_is_wrong(given, says, capsys):
    assert command.main(given) == 2
    assert says in capsys.readouterr().err


def test_without_the_data_the_command_trains_on_the_sample_and_says_so(monkeypatch, tmp_path, capsys):
    def absent(train):
        raise DataError("missing: everything.")

    tiny = replace(TINY, name="book", epochs=1)
    monkeypatch.setitem(DATASETS, "fashion-mnist", replace(DATASETS["fashion-mnist"], load=absent))
    monkeypatch.setattr(session, "recipe", lambda *_, **__: tiny)
    out = tmp_path / "run"
    given = ["--budget", "full", "--device", "cpu", "--quiet", "--out", str(out)]
    assert command.main(given) == 0
    said = capsys.readouterr().out
    assert "missing: everything." in said and "on the sample" in said
    config = json.loads((out / "config.json").read_text())
    assert (config["budget"], config["dataset"]) == ("sample", "Fashion-MNIST sample") and "used the sample" in config[
        "note"
    ]
    assert "used the sample" in (out / "README.md").read_text()
    before = (out / "metrics.csv").read_bytes()
    assert command.main(given) == 0
    assert "holds this run already" in capsys.readouterr().out
    assert (out / "metrics.csv").read_bytes() == before
    assert command.main([*given, "--seed", "1"]) == 2
    assert "another run" in capsys.readouterr().err


def test_the_command_sets_any_field(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    given = [
        "--budget",
        "sample",
        "--device",
        "cpu",
        "--quiet",
        "--set",
        "epochs=1",
        "--set",
        "size=14",
        "--set",
        "grows=[]",
    ]
    assert command.main(given) == 0
    (made,) = tmp_path.glob("runs/*/config.json")
    assert made.parent.name == "book-sample-0-epochs-1-size-14-grows"
    config = json.loads(made.read_text())
    assert (config["epochs"], config["settings"]["size"], config["settings"]["grows"]) == (1, 14, [])
    assert command.main([*given, "--set", "colour=1"]) == 2
    assert "a recipe has no colour" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        command.main(["--set", "size"])
    assert "expected FIELD=VALUE" in capsys.readouterr().err


def test_the_small_budget_takes_a_fifth_and_says_so(monkeypatch, tmp_path, capsys):
    few = replace(DATASETS["fashion-mnist"], load=lambda train: pictures(240 if train else 50, train))
    monkeypatch.setitem(DATASETS, "fashion-mnist", few)
    tiny = replace(TINY, name="book", epochs=1)
    monkeypatch.setattr(session, "recipe", lambda *_, **__: tiny)
    given = ["--budget", "small", "--validation", "--device", "cpu", "--quiet", "--out", str(tmp_path / "run")]
    assert command.main(given) == 0
    left = len(split(pictures(240))[0].labels[::5])  # the validation split is taken off first
    assert left < 48 and f": {left} pictures, 4 epochs, on" in capsys.readouterr().out
    env = json.loads((tmp_path / "run" / "env.json").read_text())
    assert 1e6 < env["product_rate"] < 1e16
