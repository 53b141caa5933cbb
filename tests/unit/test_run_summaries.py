"""The run explorer's Python side: what it keeps of a run equals the run, its table, its refusals."""

import csv
import gzip
import json
import math
import subprocess
import sys
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from statistics import fmean

import pytest
import traitlets
from support import REPOSITORY, diverged, random_training, timed, training_clock

from resnet_book import runs
from resnet_book.reports import training_seconds
from resnet_book.train import learning_rate, recipe
from resnet_book.widgets import RunExplorer
from resnet_book.widgets.base import MIME, find_widget
from resnet_book.widgets.run_explorer import summary
from resnet_book.widgets.run_explorer.condense import POINTS


def full_training(name, seed):
    """A run of the size of the real ones: 10 epochs of 60,000 pictures."""
    run, _ = random_training(seed)
    chosen = recipe(name)
    per_epoch = -(-60_000 // chosen.batch_size)
    steps = per_epoch * chosen.epochs
    metrics = []
    for step in range(1, steps + 1):
        noise = math.sin(seed + 12.9898 * step) * 43758.5453 % 1  # the same on every machine
        row = {"epoch": -(-step // per_epoch), "step": step, "seconds": 1.53 * step + noise, "lr": learning_rate(chosen, step - 1, steps)}  # fmt: skip
        row |= {"train_loss": 0.4 + 2 * math.exp(-step / 300) + 0.2 * noise, "train_accuracy": 0.9 * (1 - math.exp(-step / 300)) + 0.1 * noise}  # fmt: skip
        row = {key: float(f"{value:.7g}") if isinstance(value, float) else value for key, value in row.items()}
        metrics.append({"kind": "step", **row})
        if step % per_epoch == 0:
            more = {"train_seconds": 1.53 * per_epoch, "size": chosen.size_at(row["epoch"]), "test_loss": 0.2 + noise, "test_accuracy": 0.9}  # fmt: skip
            metrics.append({"kind": "epoch", **row, "train_accuracy": (53_996 + 11 * row["epoch"]) / 60_000, **more})
    config = {"recipe": name, "seed": seed, "epochs": chosen.epochs, "budget": "full", "dataset": "Fashion-MNIST", "pictures": 60_000}  # fmt: skip
    env = {**runs.environment(), "device": "cpu", "arithmetic": "bfloat16", "seconds": 7205.3}
    config["settings"] = json.loads(chosen.to_json())
    return replace(run, name=f"{name}-full-{seed}", config=config, env=env, metrics=metrics)


@pytest.mark.parametrize("seed", range(40))
def test_every_number_is_that_of_the_run(seed):
    run, count = random_training(seed)
    made = summary(run)
    assert json.loads(json.dumps(made, allow_nan=False)) == made
    assert (made["name"], made["scored"]) == (run.name, run.config["scored"])
    assert all(made[key] == run.config[key] for key in ("recipe", "budget", "seed", "epochs", "dataset"))
    assert made["settings"] == {**{k: v for k, v in run.config["settings"].items() if k != "name"}, "architecture": "resnet18-d2l"}  # fmt: skip
    assert "system" not in made["env"]
    for key, value in made["env"].items():
        if key == "seconds":
            assert value == pytest.approx(training_seconds(run)[-1], rel=1e-6)
        else:
            assert value == run.env[key] or (
                key == "commit" and value == "0123456789ab" + "+" * run.env[key].endswith("+")
            )
    rows = dict(made["rows"])
    ends = rows.pop("seconds", [])
    assert ends == (pytest.approx(training_seconds(run), rel=1e-6) if timed(run) else [])
    if rates := rows.pop("rate", None):
        assert run.config["pictures"] == count
        for rate, began, ended in zip(rates, [0, *ends], ends, strict=False):
            assert rate == pytest.approx(count / (ended - began), rel=1e-4)
    assert bool(rates) == ("pictures" in run.config and timed(run))
    names = {"test_loss": f"{run.scored}_loss", "test_accuracy": f"{run.scored}_accuracy"}
    for key in ("step", "lr", "train_loss", "train_accuracy", "test_loss", "test_accuracy", "size"):
        found = [row.get(names.get(key, key)) for row in run.epochs]
        assert rows.pop(key, None) == (None if found[0] is None else found), "exactly"
    assert rows == {}


@pytest.mark.parametrize("seed", range(40))
def test_a_step_curve_is_the_mean_of_its_bins(seed):
    run, _ = random_training(seed)
    steps = summary(run)["steps"]
    every, last = steps["every"], steps["last"]
    assert last == len(run.steps)
    bins = [run.steps[i : i + every] for i in range(0, last, every)]
    assert len(bins) <= POINTS < 2 * max(len(bins), POINTS // 2 + 1)
    clock = training_clock(run)
    for key, digits in {"seconds": 4, "lr": 4, "train_loss": 4, "train_accuracy": 3}.items():
        if key not in run.steps[0] or (key == "seconds" and not clock):
            assert key not in steps
            continue
        if key == "seconds":
            values = [clock[part[-1]["step"] - 1] for part in bins]
        else:
            values = [part[-1][key] if key == "lr" else fmean(row[key] for row in part) for part in bins]
        found = [float(text) for text in steps[key].split(" ")]
        assert found == pytest.approx(values, rel=0.51 * 10 ** (1 - digits))


def test_six_full_runs_fit_in_a_page():
    made = [full_training(name, seed) for name in ("book", "d2l") for seed in range(3)]
    state = json.dumps(RunExplorer(made).state())
    assert len(state) < 26_500 and len(gzip.compress(state.encode())) < 8_000


def test_what_a_run_has_not_is_left_out():
    run, _ = random_training(1)
    bare = replace(run, env={}, config={key: run.config[key] for key in runs.CONFIG} | {"scored": run.scored})
    made = summary(bare)
    assert (
        (set(made["env"]), made["settings"]) == ({"seconds"}, {}) and "note" not in made and "rate" not in made["rows"]
    )
    assert "a machine that is not recorded" in repr(RunExplorer([bare]))
    only = replace(bare, metrics=[{k: v for k, v in row.items() if k in ("kind", "epoch", f"{run.scored}_accuracy")} for row in run.epochs])  # fmt: skip
    assert list(summary(only)["rows"]) == ["test_accuracy"] and summary(only)["steps"] == {}
    assert RunExplorer([only]).fallback().rows[0][1:7] == ("–",) * 6
    assert summary(replace(run, config={**run.config, "note": "by hand"}))["note"] == "by hand"


def test_a_loss_that_is_no_number_is_none():
    run, _ = random_training(6)
    assert len(run.epochs) > 1
    run.epochs[0][f"{run.scored}_loss"] = math.inf
    assert summary(run)["rows"]["test_loss"][0] is None
    assert "–" in RunExplorer([run]).fallback().rows[0]


def whole_training(epochs=3):
    """A training of `random_training` that recorded its times, and has several epochs and steps."""
    made = (random_training(seed)[0] for seed in range(100))
    return next(
        run for run in made
        if timed(run) and "train_seconds" in run.epochs[0] and "pictures" in run.config
        and len(run.epochs) >= epochs and len(run.steps) > 2 * len(run.epochs)
    )  # fmt: skip


def test_an_epoch_that_took_no_time_has_no_rate():
    run = whole_training()
    still = replace(run, metrics=[{**row, "seconds": 0.0, "train_seconds": 0.0} for row in run.metrics])
    rows = summary(still)["rows"]
    assert set(rows["seconds"]) == {0.0} and "rate" not in rows


@pytest.mark.parametrize("steps", [0, 1, 2])
def test_the_epoch_in_which_it_diverged_has_a_time_of_its_own_and_no_rate(steps):
    run = whole_training()
    last = run.epochs[-1]["epoch"]
    first = min(row["step"] for row in run.steps if row["epoch"] == last)
    kept = [row for row in run.metrics if row["kind"] == "epoch" or row["step"] < first + steps]
    cut = replace(run, metrics=kept, config={**run.config, "diverged": {"epoch": last, "step": first + steps, "what": "x"}})  # fmt: skip
    made = summary(cut)
    assert made["rows"]["rate"] == [*summary(run)["rows"]["rate"][:-1], None]
    assert made["rows"]["seconds"] == pytest.approx(training_seconds(cut), rel=1e-6)
    ends = made["rows"]["seconds"][-1 if steps else -2]
    assert float(made["steps"]["seconds"].split(" ")[-1]) == pytest.approx(ends, rel=1e-3)
    assert "–" in RunExplorer([cut]).fallback().rows[-1] and RunExplorer([cut], curve="rate").curve == "rate"


def test_a_run_that_diverged_ends_where_it_did():
    run = whole_training()
    cut, last = diverged(run, 2)
    explorer = RunExplorer([cut, run])
    table = explorer.fallback()
    assert [row[0] for row in table.rows] == [str(row["epoch"]) for row in run.epochs[:2]] and len(run.epochs) > 2
    percent = table.rows[-1][7]
    said = f"{percent} {run.scored} accuracy where it diverged, at step {last:,} in epoch 2: the loss is nan"
    assert said in table.caption and "after the last epoch" not in table.caption
    explorer.run = run.name
    assert "after the last epoch" in explorer.fallback().caption


def test_the_times_of_an_epoch_are_those_of_its_number():
    """One without a step before others: what has gone wrong there does not move the times of the rest."""
    run = whole_training()
    second = run.epochs[1]["epoch"]
    cut = replace(run, metrics=[row for row in run.metrics if row["kind"] == "epoch" or row["epoch"] != second])
    found = [float(text) for text in summary(cut)["steps"]["seconds"].split(" ")]
    assert found[-1] == pytest.approx(training_seconds(cut)[-1], rel=1e-3)


def test_state_is_json_and_makes_the_same_widget_again():
    made = RunExplorer([random_training(seed)[0] for seed in range(3)], run="random-2", curve="lr", axis="seconds")
    state = json.loads(json.dumps(made.state()))
    assert set(state) == {"runs", "run", "curve", "axis"} and state["run"] == "random-2"
    again = RunExplorer(**state)
    assert again.state() == state and repr(again) == repr(made)
    assert find_widget("run-explorer") is RunExplorer
    data, _ = made._repr_mimebundle_()
    assert data[MIME] == {"widget": "run-explorer", "state": state} and data["text/plain"] == repr(made)


def test_a_stored_state_needs_neither_numpy_nor_torch():
    state = json.dumps(RunExplorer([random_training(4)[0]]).state())
    code = (
        "import sys, json; sys.modules.update(dict.fromkeys(['numpy', 'torch', 'PIL']));"
        "from resnet_book.widgets import RunExplorer; print(RunExplorer(**json.loads(sys.stdin.read())))"
    )
    done = subprocess.run([sys.executable, "-c", code], input=state, cwd=REPOSITORY / "src", capture_output=True, text=True, check=True)  # fmt: skip
    assert done.stdout.startswith("Run random-4: recipe book, seed 4")


def recorded(folder):
    """A folder with a run of 500 pictures of which 400 are right."""
    labels = [i % 10 for i in range(500)]
    given = [(label + (i % 5 == 0)) % 10 for i, label in enumerate(labels)]
    run, _ = random_training(8)
    metrics = [dict(row) for row in run.metrics]
    metrics[-1][f"{run.scored}_accuracy"] = 0.8
    return runs.record(folder, run.config, run.env, metrics, given, [0.5] * 500, labels)


def test_a_folder_is_as_good_as_its_run(tmp_path):
    run = recorded(tmp_path / "first")
    assert RunExplorer([tmp_path / "first"]).state() == RunExplorer([run]).state() == RunExplorer([str(tmp_path / "first")]).state()  # fmt: skip
    with open(tmp_path / "first" / "metrics.csv", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] == "epoch"]
    kept = RunExplorer([run]).chosen()["rows"]
    for key in ("step", "train_loss", "train_accuracy"):
        assert kept[key] == [float(row[key]) for row in rows]
    assert kept["test_accuracy"] == [float(row[f"{run.scored}_accuracy"]) for row in rows]


def test_the_table_has_the_numbers_of_the_chosen_run():
    made = [random_training(seed)[0] for seed in range(6)]
    for run in made:
        table = RunExplorer(made, run=run.name).fallback()
        scored = run.scored.capitalize()
        assert table.header[:8] == ("Epoch", "Step", "Training time", "Learning rate", "Training loss", "Training accuracy", f"{scored} loss", f"{scored} accuracy")  # fmt: skip
        assert ("Picture size" in table.header) == ("size" in run.epochs[0])
        assert [row[0] for row in table.rows] == [str(i + 1) for i in range(len(run.epochs))]
        for cells, row in zip(table.rows, run.epochs):
            percent = Decimal(100 * row[f"{run.scored}_accuracy"]).quantize(Decimal("0.01"), ROUND_HALF_UP)
            assert cells[7] == f"{percent} %" and cells[1] == f"{row['step']:,}"
            assert float(cells[4]) == pytest.approx(row["train_loss"], abs=5.1e-5)
        assert f"{cells[7]} {run.scored} accuracy after the last epoch" in table.caption


def test_what_is_no_run_is_refused(tmp_path):
    run, _ = random_training(5)
    with pytest.raises(ValueError, match="got none; record one"):
        RunExplorer([])
    with pytest.raises(ValueError, match="two are called 'random-5'"):
        RunExplorer([run, run])
    for bad in (run, str(tmp_path), tmp_path, None):
        with pytest.raises(TypeError, match=r'expected a list of runs, for example \["runs/book-0"\]'):
            RunExplorer(bad)
    for bad in (3, None, [run]):
        with pytest.raises(TypeError, match=r"runs\[1\]: got \w+; expected a resnet_book.runs.Run"):
            RunExplorer([run, bad])
    with pytest.raises(ValueError, match=r"runs\[0\]: this dictionary is no summary of a run: it has no name, recipe"):
        RunExplorer([{"rows": {}}])
    with pytest.raises(runs.RunError, match=r"holds no complete run: env\.json"):
        RunExplorer([tmp_path])


def test_a_run_of_another_kind_is_refused():
    from resnet_book.experiments import roofline

    folder = REPOSITORY / "book" / "runs" / "roofline"
    with pytest.raises(runs.RunError, match=r"roofline holds no complete run: predictions.npz missing"):
        RunExplorer([folder])
    with pytest.raises(TypeError, match=r"got resnet_book.experiments.roofline.Run; expected a resnet_book.runs.Run"):
        RunExplorer([roofline.load(folder)])


def test_bad_names_are_refused_with_what_there_is():
    made = [random_training(seed)[0] for seed in range(2)]
    with pytest.raises(traitlets.TraitError, match=r"expected one of random-0, random-1. Did you mean random-1"):
        RunExplorer(made, run="random-11")
    with pytest.raises(traitlets.TraitError, match="train_loss"):
        RunExplorer(made, curve="loss")
    with pytest.raises(traitlets.TraitError, match="seconds"):
        RunExplorer(made, axis="time")
    with pytest.raises(TypeError, match="Did you mean curve"):
        RunExplorer(made, curves="lr")
    bare = replace(made[0], config={**made[0].config, "pictures": None})
    with pytest.raises(traitlets.TraitError, match="expected one of test_accuracy, train_accuracy, test_loss, train_loss, lr"):  # fmt: skip
        RunExplorer([bare], curve="rate")


def test_other_runs_can_be_put_in_their_place():
    made = [random_training(seed)[0] for seed in range(3)]
    explorer = RunExplorer(made[:2], run="random-1", curve="rate")
    explorer.runs = made[1:]
    assert explorer.run == "random-1" and [each["name"] for each in explorer.runs] == ["random-1", "random-2"]
    explorer.runs = [replace(made[0], config={**made[0].config, "pictures": None})]
    assert (explorer.run, explorer.curve) == ("random-0", "test_accuracy")
    with pytest.raises(ValueError, match="got none"):
        explorer.runs = []
    assert explorer.run == "random-0"


def test_runs_of_other_options_are_not_told_as_one_network():
    """Else the page would take the mean over both as that of seeds."""
    recorded = {
        option: runs.read(REPOSITORY / "book" / "runs" / "cifar" / f"cifar-resnet20-{option}-0") for option in "ABC"
    }
    called = {option: summary(run)["settings"]["architecture"] for option, run in recorded.items()}
    assert called == {"A": "cifar-resnet20", "B": "cifar-resnet20-B", "C": "cifar-resnet20-C"}
