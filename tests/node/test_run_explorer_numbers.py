"""The run explorer in the browser: the table is Python's word by word, groups and curves are re-derived, ticks are round."""

import itertools
import math
import random
import statistics
from dataclasses import replace
from decimal import Decimal

import pytest
from support import diverged, random_training, timed, training_clock

from resnet_book.widgets.run_explorer import AXES, CURVES, RunExplorer

RUNS = [random_training(seed)[0] for seed in range(60)]
EXPLORER = RunExplorer(RUNS)


def curves(explorer):
    return [curve for curve in CURVES if curve != "rate" or any("rate" in run["rows"] for run in explorer.runs)]


def replay(javascript, runs, **state):
    """What the browser makes of runs; the first is the chosen one."""
    return javascript("replay", runs=runs, state={"run": runs[0]["name"], **state})["ok"]


@pytest.mark.parametrize("index", range(0, 60, 6))
def test_the_table_is_the_one_that_python_writes(javascript, index):
    some = RunExplorer(RUNS[index : index + 6])
    for run in some.runs:
        some.run = run["name"]
        shown = javascript("replay", runs=some.runs, state={"run": run["name"], "curve": "lr", "axis": "step"})["ok"]
        table = some.fallback()
        assert tuple(shown["table"]["header"]) == table.header
        assert [tuple(text for text, _ in row) for row in shown["table"]["rows"]] == list(table.rows)
        keys = ["step", "seconds", "lr", "train_loss", "train_accuracy", "test_loss", "test_accuracy"]
        keys += [key for key in ("size", "rate") if key in run["rows"]]
        columns = [run["rows"].get(key, [None] * run["epochs"]) for key in keys]
        values = [list(row) for row in zip(range(1, run["epochs"] + 1), *columns)]
        assert [[value for _, value in row] for row in shown["table"]["rows"]] == values, "the exact values"


def test_numbers_are_written_alike(javascript):
    """Ties and every size of a number: JavaScript rounds half up, Python's own format half to even."""
    rng = random.Random(7)
    run = EXPLORER.runs[0]
    values = [0, 1 / 64, 0.03125, 0.70125, 1 / 8, 9.99995, 99.96, 999.995, 1e-5, 9.9996e-5, 1e-4, 3599.5, 5970.0]
    values += [rng.random() * 10 ** rng.randint(-8, 6) for _ in range(1000)]
    names = ["seconds", "lr", "train_loss", "train_accuracy", "test_loss", "test_accuracy", "rate"]
    rows = dict.fromkeys(names, values) | {"step": [round(value) for value in values]}
    rows |= {name: [min(value, 1) for value in values] for name in names if name.endswith("accuracy")}
    long = {**run, "epochs": len(values), "rows": rows}
    shown = replay(javascript, [long], curve="lr", axis="step")["table"]["rows"]
    table = RunExplorer([long]).fallback()
    assert [[text for text, _ in row] for row in shown] == [list(row) for row in table.rows]
    exact = next(row for row in table.rows if row[4] == "0.0313")
    assert exact[3] == "0.03125"


@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("curve", CURVES)
def test_points_are_those_of_the_run(javascript, curve, axis):
    for run, made in zip(RUNS, EXPLORER.runs):
        found = javascript("points", run=made, curve=curve, axis=axis)["ok"]
        names = {"test_loss": f"{run.scored}_loss", "test_accuracy": f"{run.scored}_accuracy"}
        if curve != "rate":
            column = names.get(curve, curve)
            along = made["rows"].get("seconds", ()) if axis == "seconds" else [row.get(axis) for row in run.epochs]
            expected = [[x, row.get(column), i] for i, (x, row) in enumerate(zip(along, run.epochs))]
            assert found["epochs"] == [point for point in expected if None not in point]
        every = made["steps"]["every"]
        ends = [*range(every, len(run.steps), every), len(run.steps)]
        if (
            curve.startswith("test")
            or curve == "rate"
            or any(column not in [*made["steps"], "epoch", "step"] for column in (axis, curve))
        ):
            assert found["steps"] == []
            continue
        per_epoch = len(run.steps) / len(run.epochs)
        clock = training_clock(run) or [None] * len(run.steps)
        rows = [{**run.steps[end - 1], "epoch": end / per_epoch, "seconds": clock[end - 1]} for end in ends]
        assert [x for x, _, _ in found["steps"]] == pytest.approx([row[axis] for row in rows], rel=1e-3)


def test_a_run_that_diverged_ends_where_it_did(javascript):
    run = next(run for run in RUNS if len(run.epochs) > 2 and len(run.steps) > 2 * len(run.epochs))
    cut, last = diverged(run, 2)
    explorer = RunExplorer([cut, run])
    shown = replay(javascript, explorer.runs, curve="lr", axis="step")
    table = explorer.fallback()
    assert [[text for text, _ in row] for row in shown["table"]["rows"]] == [list(row) for row in table.rows]
    result = dict(shown["facts"][0])["Result"]
    assert result in table.caption and f"diverged, at step {last:,} in epoch 2: the loss is nan" in result
    for curve in ("train_loss", "test_accuracy"):
        found = javascript("points", run=explorer.runs[0], curve=curve, axis="epoch")["ok"]
        assert [x for x, _, _ in found["epochs"]] == [1, 2]
    ends = [
        x for x, _, _ in javascript("points", run=explorer.runs[0], curve="train_loss", axis="epoch")["ok"]["steps"]
    ]
    assert ends[-1] == pytest.approx(last / run.epochs[0]["step"]) and ends[-1] < 2
    groups = javascript("alike", runs=explorer.runs)["ok"]["groups"]
    assert [(group["parts"], group["members"]) for group in groups] == [(["diverged"], [0]), ([], [1])]


def test_runs_of_one_recipe_are_told_together(javascript):
    alike = RUNS[4]
    assert len(alike.epochs) > 1 and timed(alike)
    env = {"device": "cpu"}

    def made(name, seed, accuracy, config=None, slower=1.0, **other):
        rows = [{**row, "seconds": slower * row["seconds"]} for row in alike.metrics]
        rows[-1][f"{alike.scored}_accuracy"] = accuracy
        config = {**alike.config, "seed": seed, **(config or {})}
        return replace(alike, name=name, config=config, env=env | other, metrics=rows)

    def groups(*some):
        return javascript("alike", runs=RunExplorer(some).runs)["ok"]

    runs = [
        made("a", 0, 0.9), made("b", 1, 0.92, slower=1.3), made("other", 0, 0.5, config={"recipe": "d2l"}), made("c", 2, 0.925),
    ]  # fmt: skip
    found = groups(*runs)
    told = [(group["name"], group["parts"], group["members"]) for group in found["groups"]]
    assert told == [("book", [], [0, 1, 3]), ("d2l", [], [2])]
    book, other = found["spread"]
    scores = [0.9, 0.92, 0.925]
    assert (book["seeds"], book["low"], book["high"]) == (3, 0.9, 0.925)
    assert book["mean"] == pytest.approx(statistics.fmean(scores), rel=1e-12)
    assert book["deviation"] == pytest.approx(statistics.stdev(scores), rel=1e-9)
    assert book["seconds"] == pytest.approx(1.1 * training_clock(alike)[-1])
    assert (other["seeds"], other["mean"], other["low"], other["deviation"]) == (1, 0.5, None, None)

    runs[1] = made("b", 1, 0.92, device="A GPU")  # a mean over machines would be of no machine
    assert groups(*runs)["spread"][0]["seconds"] is None
    (two,) = groups(*runs[:2])["spread"]
    assert (two["low"], two["deviation"]) == (0.9, None)

    def parts(**config):
        return [group["parts"] for group in groups(runs[0], made("x", 1, 0.91, config))["groups"]]

    assert parts(settings={**alike.config["settings"], "lr": 0.1}) == [["learning rate 0.05"], ["learning rate 0.1"]]
    assert parts(settings={**alike.config["settings"], "flip": False}) == [["flip"], []]
    assert parts(budget="full") == [["sample"], ["full"]]
    assert parts(recipe="d2l", budget="full") == [["sample"], ["full"]]
    assert parts(recipe="d2l", dataset="another") == [[], []]
    assert parts(dataset="another") == [["made up"], ["another"]]
    rows = [{**row, "test_accuracy": 0.1, "validation_accuracy": 0.1} for row in alike.metrics]
    both = [
        replace(alike, name=each, config={**alike.config, "scored": each}, metrics=rows)
        for each in ("test", "validation")
    ]
    assert [group["parts"] for group in groups(*both)["groups"]] == [["test"], ["validation"]]


def test_who_made_it_is_told_from_what_was_recorded(javascript):
    for run, made in zip(RUNS, EXPLORER.runs):
        shown = dict(replay(javascript, [made], curve="lr", axis="step")["facts"][0])
        result = RunExplorer([made]).fallback().rows[-1][7]
        assert shown["Result"] == f"{result} {run.scored} accuracy after the last epoch"
        assert abs(float(result.removesuffix(" %")) - 100 * run.accuracy) <= 0.00501
        assert run.env.get("arithmetic", "not recorded") == shown["Arithmetic"]
        commit = run.env.get("commit", "not recorded")
        assert shown["Commit"].startswith(commit[:12]) and ("with changes" in shown["Commit"]) == commit.endswith("+")
        assert ("torch 2.14.1" in shown["Versions"]) == ("versions" in run.env)
        assert "torchvision" not in shown["Versions"]
        assert "flip" in shown["Settings"] and "crop" not in shown["Settings"] and "grows 28" in shown["Settings"]


def test_controls_offer_what_there_is(javascript):
    bare = [replace(run, config={**run.config, "settings": {}}) for run in RUNS[:3]]
    for some in (RunExplorer(bare), EXPLORER):
        fields = replay(javascript, some.runs, curve="lr", axis="step")["fields"]
        assert [field["label"] for field in fields] == ["Run", "Curve", "Axis"]
        assert fields[0]["options"] == [run["name"] for run in some.runs]
        assert [value for value, _ in fields[1]["options"]] == curves(some)
        assert [value for value, _ in fields[2]["options"]] == list(AXES)
    validation = next(run for run in RUNS if run.scored == "validation")
    fields = replay(javascript, RunExplorer([validation]).runs, curve="lr", axis="step")["fields"]
    assert ["test_accuracy", "validation accuracy"] in fields[1]["options"]


# ---------------------------------------------------------------- the picture


def test_ticks_are_round_and_inside(javascript):
    rng = random.Random(5)
    for _ in range(1000):
        low = rng.choice([0, rng.uniform(0, 100) * 10 ** rng.randint(-4, 3)])
        high = low + rng.uniform(0.1, 1) * 10 ** rng.randint(-5, 5)
        most = rng.randint(2, 9)
        found = javascript("ticks", low=low, high=high, most=most)["ok"]
        step = Decimal(str(found["step"]))
        assert step.normalize().as_tuple().digits in ((1,), (2,), (5,))
        step, values = float(step), found["values"]
        assert step >= (high - low) / most * (1 - 1e-6)
        assert all(low - 1e-6 * step <= value <= high + 1e-6 * step for value in values)
        assert [value / step for value in values] == pytest.approx(
            range(round(values[0] / step), round(values[0] / step) + len(values)) if values else []
        )
        assert len(values) <= most + 1
        assert all(len(str(value)) < 14 for value in values), "no 0.30000000000000004"


def test_axes_hold_their_values(javascript):
    rng = random.Random(6)
    for _ in range(500):
        curve = rng.choice(CURVES)
        top = 1 if curve.endswith("accuracy") else 10 ** rng.uniform(-4, 4)
        values = [rng.choice([0, 1, rng.random()]) * top for _ in range(rng.randint(1, 20))]
        axis = javascript("vertical", values=values, curve=curve)["ok"]
        scaled = [value * axis["scale"] for value in values]
        assert axis["low"] <= min(scaled) + 1e-9 and max(scaled) <= axis["high"] * (1 + 1e-9)
        assert axis["low"] < axis["high"]
        assert axis["log"] == (curve.endswith("loss") and min(values) > 0 and max(values) > 30 * min(values))
        assert [float(text.replace(",", "")) for text in axis["texts"]] == pytest.approx(axis["values"])
        assert (axis["values"][0], axis["values"][-1]) == (axis["low"], axis["high"])
        if curve.endswith("accuracy"):
            assert axis["low"] >= 0 and axis["high"] <= 100
        elif not axis["log"]:
            assert axis["low"] == 0
    times = (
        (57, "seconds", 1),
        (180, "seconds", 1),
        (2500, "minutes", 60),
        (7300, "minutes", 60),
        (12e3, "hours", 3600),
    )
    for most, unit, scale in times:
        axis = javascript("horizontal", most=most, axis="seconds", count=6)["ok"]
        assert axis["title"] == f"wall time of training alone ({unit})" and axis["high"] == pytest.approx(most)
        assert [float(text) * scale for text in axis["texts"]] == pytest.approx(axis["values"])
    axis = javascript("horizontal", most=3, axis="epoch", count=9)["ok"]
    assert axis["texts"] == ["0", "1", "2", "3"], "no half epochs"


@pytest.mark.parametrize("width", [260, 340, 640, 900])
def test_everything_drawn_is_inside_the_picture(javascript, width):
    rng = random.Random(width)
    for _ in range(25):
        some = RunExplorer(rng.sample(RUNS, rng.randint(1, 8)))
        state = {"run": rng.choice(some.runs)["name"], "curve": rng.choice(curves(some)), "axis": rng.choice(AXES)}
        plan = javascript("plan", runs=some.runs, state=state, width=width)["ok"]
        column = state["curve"]
        drawn = [run for run in some.runs if column in run["rows"] and state["axis"] in {*run["rows"], "epoch"}]
        if plan is None:
            assert not drawn
            continue
        right, bottom = plan["left"] + plan["plot_width"], plan["top"] + plan["plot_height"]
        assert right <= width and bottom < plan["height"]
        places = [place for line in plan["lines"] for part in ("points", "marks", "behind") for place in line[part]]
        assert places
        for x, y, _ in places:
            assert plan["left"] - 1e-6 <= x <= right + 1e-6 and plan["top"] - 1e-6 <= y <= bottom + 1e-6
        assert [line["strong"] for line in plan["lines"]] == [False] * (len(some.runs) - 1) + [True]
        shown = [i for i, run in enumerate(some.runs) if run in drawn]
        for line in plan["lines"]:
            assert len(line["marks"]) == some.runs[line["index"]]["epochs"] * (line["index"] in shown)
        labels = plan["labels"]
        assert sorted(i for label in labels for i in label["members"]) == shown
        for label in labels:
            assert label["x"] + label["width"] <= width + 1e-6
            assert label["y"] >= 0 and label["y"] + label["height"] <= bottom
        for i, a in enumerate(labels):
            for b in labels[:i]:
                apart = [
                    p[at] >= q[at] + q[size] - 1e-6
                    for at, size in (("x", "width"), ("y", "height"))
                    for p, q in ((a, b), (b, a))
                ]
                assert any(apart), "no label covers another"
        line = rng.choice([line for line in plan["lines"] if line["marks"]])
        x, y, _ = rng.choice(line["marks"])
        found = javascript("nearest", plan=plan, x=x + 0.01, y=y)["ok"]
        assert math.hypot(found["x"] - x, found["y"] - y) < 0.1
        assert javascript("nearest", plan=plan, x=-500, y=-500)["ok"] is None


def test_labels_make_room_for_each_other(javascript):
    labels = [{"x": 10, "y": 50 + i, "width": 60, "height": 17} for i in range(6)]
    found = javascript("settle", labels=labels, points=[], top=0, bottom=180)["ok"]
    tops = sorted(label["y"] for label in found)
    assert all(b - a >= 17 for a, b in itertools.pairwise(tops)) and tops[0] >= 0 and tops[-1] + 17 <= 180
    one = [{"x": 10, "y": 50, "width": 60, "height": 17}]
    (moved,) = javascript("settle", labels=one, points=[[30, 55], [40, 55]], top=0, bottom=180)["ok"]
    assert not moved["y"] < 55 < moved["y"] + 17 and abs(moved["y"] - 50) < 20
