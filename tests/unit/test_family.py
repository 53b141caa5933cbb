"""The CIFAR family in recorded runs: what is said of it with nothing recorded, with some, and with all of it."""

import shutil
from dataclasses import asdict, dataclass

import matplotlib
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from support import REPOSITORY

from resnet_book import architecture, family, files, reports
from resnet_book.classes import CIFAR10_CLASSES
from resnet_book.exercises import chapter
from resnet_book.experiments.published import PUBLISHED
from resnet_book.runs import Run, record
from resnet_book.tables import Table
from resnet_book.train.reproduce import PLAN

matplotlib.use("agg")
PLANNED = [one for one in PLAN if one.recipe in ("cifar", "cifar-paper") and one.made.start == "batch norm"]
LABELS = np.tile(np.arange(10, dtype=np.uint8), 1_000)
NETWORKS = {"cifar-resnet20": 0.91, "cifar-resnet56": 0.93, "cifar-plain20": 0.90, "cifar-plain56": 0.87}


@dataclass(frozen=True)
class Plan:
    """A training as the list of all trainings has it."""

    folder: str
    network: str
    shortcut: str | None
    seed: int
    recipe: str = "cifar"


def run(network="cifar-resnet20", seed=0, share=0.9, shortcut=None, recipe="cifar", epochs=3, **settings) -> Run:
    """A run whose test accuracy is `share` in the last epoch, and a point better in the one before."""
    arch = architecture(network, **({"shortcut": shortcut} if shortcut else {}))
    draw = np.random.default_rng([seed, len(network), round(1e4 * share)])
    wrong = np.zeros(10_000, bool)
    wrong[draw.choice(10_000, 10_000 - round(10_000 * share), replace=False)] = True
    wrong[:7] = True  # what no network has right
    share = 1 - wrong.mean()
    metrics = []
    for epoch in range(1, epochs + 1):
        steps = [
            {"kind": "step", "epoch": epoch, "step": 2 * epoch + k - 1, "seconds": 10.0 * epoch + k} for k in (0, 1)
        ]
        scored = {"test_accuracy": share + 0.01 * (epoch == epochs - 1), "test_loss": 0.3, "train_seconds": 3_600.0}
        row = {"kind": "epoch", "epoch": epoch, "step": 2 * epoch, "seconds": 10.0 * epoch + 2, **scored}
        for each in (*steps, row):
            each |= {"lr": 0.1, "train_loss": 0.5, "train_accuracy": 0.8}
        metrics += [*steps, row]
    metrics[-1]["train_evaluated_accuracy"] = share + 0.05
    config = {
        "recipe": recipe, "budget": "full", "seed": seed, "epochs": epochs, "dataset": "CIFAR-10", "pictures": 50_000,
        "settings": {"architecture": asdict(arch), **settings},
    }  # fmt: skip
    option = f"-{arch.shortcut}" if "resnet" in network and network.startswith("cifar") else ""
    predicted = np.where(wrong, (LABELS + 1) % 10, LABELS).astype(np.uint8)
    confidence = np.where(wrong, 0.6, 0.97).astype(np.float16)
    return Run(f"{network}{option}-{seed}", config, {}, metrics, predicted, confidence, LABELS)


def everything() -> list[Run]:
    """All that is planned, with accuracies of some kind."""
    return [
        run(one.network, one.seed, NETWORKS.get(one.network, 0.92) + 0.001 * one.seed, one.shortcut, one.recipe)
        for one in PLANNED
    ]


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


# ---------------------------------------------------------------- runs by network


@pytest.mark.parametrize(
    "given, words",
    [
        (("cifar-resnet56", "A"), "residual-56"),
        (("cifar-resnet20", "B"), "residual-20, option B"),
        (("cifar-plain20", None), "plain-20"),
        (("resnet18-cifar", None), "ResNet-18"),
        (("cifar-resnet20", "A", "cifar-paper"), "residual-20, the paper's recipe"),
    ],
)
def test_networks_are_called_as_the_chapters_call_them(given, words):
    assert family.called(*given) == words


def test_runs_are_grouped_by_network_and_ordered():
    given = [run("cifar-resnet56"), run(seed=1), run(), run("cifar-plain20"), run(shortcut="B"), run("resnet18-cifar")]
    given += [run(recipe="cifar-paper")]
    found = family.members(given)
    assert [(each.name, [one.config["seed"] for one in each.runs]) for each in found] == [
        ("plain-20", [0]),
        ("residual-20", [0, 1]),
        ("residual-20, option B", [0]),
        ("residual-56", [0]),
        ("ResNet-18", [0]),
        ("residual-20, the paper's recipe", [0]),
    ]
    assert [each.layers for each in found] == [20, 20, 20, 56, 18, 20]
    assert found[1].trace.params == 269_722 and found[2].trace.params == 272_474


def test_networks_of_as_many_blocks_are_two():
    found = family.members([run("resnet50-cifar"), run("resnet34-cifar"), run("resnet50-cifar", seed=1)])
    assert [(each.name, len(each.runs), each.layers) for each in found] == [("ResNet-34", 1, 34), ("ResNet-50", 2, 50)]


def test_other_starts_and_what_diverged_are_left_to_another_chapter():
    diverged = run()
    diverged.config["diverged"] = {"epoch": 3, "step": 1, "what": "loss"}
    assert family.members([run(start="skipinit"), diverged]) == []
    assert len(family.members([run(start="batch norm")])) == 1


def test_runs_are_read_from_their_folder_and_none_where_there_is_none(tmp_path):
    assert family.recorded("cifar", tmp_path) == []
    made = run()
    record(
        tmp_path / "cifar" / made.name,
        made.config,
        made.env,
        made.metrics,
        made.predicted,
        made.confidence,
        made.labels,
    )
    (again,) = family.recorded("cifar", tmp_path)
    assert (again.name, again.accuracy) == ("cifar-resnet20-A-0", pytest.approx(made.accuracy))


# ---------------------------------------------------------------- what is there


def test_a_sentence_says_what_is_recorded_and_what_is_to_come():
    plan = [
        Plan("cifar/cifar-resnet20-A-0", "cifar-resnet20", "A", 0),
        Plan("cifar/cifar-resnet20-A-1", "cifar-resnet20", "A", 1),
        Plan("cifar/cifar-plain20-0", "cifar-plain20", None, 0),
    ]
    assert family.standing(plan, set()).startswith("None of the 3 planned trainings")
    assert family.standing(plan, {"cifar/cifar-resnet20-A-1", "cifar/something-else-0"}) == (
        "Of the 3 planned trainings 1 is recorded: residual-20 (seed 1). "
        "Still to come: residual-20 (seed 0), plain-20 (seed 0)."
    )
    assert "2 are recorded: residual-20 (seeds 0, 1)." in family.standing(plan, {one.folder for one in plan[:2]})
    assert family.standing(plan, {one.folder for one in plan}) == "All 3 planned trainings of the family are recorded."


def test_a_table_has_a_row_only_for_what_ran_and_every_figure_is_of_the_runs():
    assert family.results([]) == []
    runs = [run(share=0.9), run(seed=1, share=0.92), run("cifar-plain56", share=0.87)]
    rows = family.results(family.members(runs))
    assert [row[0] for row in rows] == ["plain-56", "residual-20"]
    assert all(len(row) == len(family.HEADER) for row in rows)
    accuracies = [100 * one.accuracy for one in runs[:2]]
    mean, deviation = sum(accuracies) / 2, abs(accuracies[0] - accuracies[1]) / 2**0.5
    count, epochs, tested, trained, best, paper = rows[1][1:7]
    assert (count, epochs, tested) == (2, 3, f"{mean:.2f} ± {deviation:.2f}")
    assert [float(trained), float(best)] == pytest.approx([mean + 5, mean + 1], abs=0.006) and paper == "91.25"
    assert rows[0][6] == "" and "±" not in rows[0][3], "the paper prints no plain-56, and one run has no deviation"


def test_other_programs_beside_a_training_do_not_make_its_hours_longer():
    made = run()
    (wall,) = family.members([made])
    assert wall.hours == pytest.approx(reports.training_seconds(made)[-1] / 3600)
    made.env["device"] = "cpu"
    for row, seconds in zip(made.epochs, (9_000, 1_200, 1_000)):
        row["processor_seconds"] = seconds
    (spent,) = family.members([made])
    assert spent.hours == pytest.approx(1), "three epochs of the median one"


def test_option_b_is_not_compared_with_the_papers_option_a():
    (found,) = family.members([run(shortcut="B")])
    assert found.published is None


# ---------------------------------------------------------------- what may be said


def test_nothing_is_said_without_a_pair():
    assert family.findings([]) == []
    assert family.findings(family.members([run(), run("cifar-plain56")])) == []


def test_a_comparison_says_which_way_it_goes_and_whether_chance_would_do():
    worse = family.findings(family.members([run("cifar-plain20", share=0.9), run("cifar-plain56", share=0.87)]))
    assert len(worse) == 1 and "test accuracy falls by 2.9" in worse[0] and "training pictures falls by 2.9" in worse[0]
    assert "(one run and one run)" in worse[0] and "p < 0.001" in worse[0]
    close = [run("cifar-resnet56", share=0.93), run("cifar-resnet110", share=0.9302)]
    said, beside = family.findings(family.members(close))
    gaps = [100 * (one.accuracy - paper) for one, paper in zip(close, (0.9303, 0.9357))]
    assert beside == (
        f"After 3 epochs, beside the paper's figures: residual-56 {-gaps[0]:.2f} points lower and residual-110 "
        f"{-gaps[1]:.2f} points lower."
    )
    longer = [run("cifar-resnet20", share=0.99, epochs=5), *close]
    told = [said for said in family.findings(family.members(longer)) if said.startswith("After")]
    assert told[0] == beside and told[1].startswith("After 5 epochs, beside the paper's figures: residual-20 7.")
    assert "rises by 0.0" in said and "could make such a difference" in said
    first = int(((close[0].predicted == LABELS) & (close[1].predicted != LABELS)).sum())
    assert f"{first:,} are right only with residual-56" in said


def four(plain_56=0.85, **shares):
    shares = {"cifar-plain20": 0.9, "cifar-plain56": plain_56, "cifar-resnet20": 0.91, "cifar-resnet56": 0.93} | shares
    return [run(network, share=share) for network, share in shares.items()]


def test_the_four_networks_are_compared_once_all_are_there():
    assert family.degradation([]).startswith("Of these four, none is recorded so far.")
    three = family.members(four()[:3])
    assert family.degradation(three).startswith(
        "Of these four, plain-20, plain-56 and residual-20 are recorded so far."
    )
    plain, residual = family.degradation(family.members(four())).split(" Residual-20 ")
    assert plain.endswith("that is degradation, and no overfitting.")
    assert residual.endswith("The deeper one is not worse on either.")
    (of_20, of_56) = (each for each in family.members(four()) if each.name.startswith("plain"))
    errors = [f"{100 * (1 - share):.2f} %" for each in (of_20, of_56) for share in (each.trained, each.spread.mean)]
    assert all(error in plain for error in errors)


@pytest.mark.parametrize(
    "trained, tested, verdict",
    [(0.96, 0.85, "that is overfitting"), (0.8, 0.95, "worse on the training pictures only"), (1, 0.95, "not worse")],
)
def test_what_it_is_called_is_decided_by_both_errors(trained, tested, verdict):
    runs = four(plain_56=tested)
    runs[1].metrics[-1]["train_evaluated_accuracy"] = trained
    assert verdict in family.degradation(family.members(runs)).split(" Residual-20 ")[0]


def test_error_curves_are_those_of_the_first_run():
    curves = family.error_curves(family.members([*four()[:2], run("cifar-plain20", seed=1, share=0.5)]))
    assert list(curves) == ["plain-20", "plain-56"]
    training, test = curves["plain-20"]
    assert training == pytest.approx([20] * 3) and len(test) == 3
    assert test[-1] == pytest.approx(100 * (1 - four()[0].accuracy)) and test[1] == pytest.approx(test[-1] - 1)


def test_confusions_are_counted_both_ways():
    found = family.members([run(share=0.9)])
    rows = family.confusions(found, most=3)
    matrix = found[0].runs[0].matrix
    most = max(matrix[a, b] + matrix[b, a] for a in range(10) for b in range(a))
    assert len(rows) == 3 and rows[0][1] == most
    assert family.confusions([]) == []


def test_what_all_miss_is_counted_by_class_and_named_by_place():
    assert family.hard([]) == []
    runs = [run(seed=seed) for seed in range(8)]
    wrong = np.all([one.predicted != LABELS for one in runs], axis=0)
    rows = family.hard(runs)
    assert sum(row[1] for row in rows) == wrong.sum() >= 7
    by_name = {row[0]: row for row in rows}
    assert by_name["airplane"][2].split(", ")[0] == "0" and set(by_name) == set(CIFAR10_CLASSES)


# ---------------------------------------------------------------- the chapters at both ends, and between


def cells(chapter: str, first: str, last: str) -> tuple[str, list[str]]:
    """The set-up cell of a chapter, and its cells on recorded runs, from one to another by how they begin."""
    notebook = nbformat.read(REPOSITORY / "book" / f"{chapter}.ipynb", as_version=4)
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    start, end = (
        next(i for i, source in enumerate(code) if source.startswith(f"# {words}")) for words in (first, last)
    )
    return code[0], code[start : end + 1]


def shown(cells: list[str], names: dict) -> dict:
    """What cells show as their last line, by their first line."""
    results = {}
    for source in cells:
        *body, last = source.rstrip().split("\n")
        try:
            value = compile(last, "cell", "eval")
        except SyntaxError:
            exec(source, names)
            found = None
        else:
            exec("\n".join(body), names)
            found = eval(value, names)
        results[source.split("\n")[0].removeprefix("# ")] = found
    return results


@pytest.fixture
def on_runs(monkeypatch, tmp_path):
    """Run cells of a chapter in a folder that holds these runs and no other of the family."""
    places = tmp_path / "runs"
    places.mkdir()
    for other in (REPOSITORY / "book" / "runs").iterdir():
        if other.is_dir() and (not other.name.startswith("cifar") or other.name == "cifar-moments"):
            shutil.copytree(other, places / other.name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(files, "BOOK", tmp_path)  # the book's own runs do not stand in for what is not there
    monkeypatch.setattr(plt, "show", lambda: None)

    def run_with(chapter: str, first: str, last: str, given: list[Run]) -> dict:
        for group in ("cifar", "cifar-paper"):
            (places / group).mkdir()
        for one in given:
            folder = places / one.config["recipe"] / one.name
            record(folder, one.config, one.env, one.metrics, one.predicted, one.confidence, one.labels)
        set_up, code = cells(chapter, first, last)
        names: dict = {}
        exec(set_up, names)
        return shown(code, names)

    return run_with


@pytest.fixture
def chapter_5(on_runs):
    """The cells of chapter 5 on the four networks, and on their gradients, with these runs."""
    return lambda given: on_runs("05_degradation", "Test errors published", "What it shows of them", given)


@pytest.fixture
def chapter_6(on_runs):
    """The cells of chapter 6 on recorded runs, with these runs."""
    return lambda given: on_runs("06_the_cifar_family", "Which of the planned", "The pictures that none", given)


def with_gradients(given: list[Run], plain_at_first: float = 500.0) -> list[Run]:
    """The runs, with norms in three layers of which the first has 4 times the gradient of the last one at the end; at
    the first step `plain_at_first` times if they are plain, else 8 times."""
    for one in given:
        first = plain_at_first if one.config["settings"]["architecture"]["block"] == "plain" else 8.0
        for epoch, step, times in ((1, 1, first), (3, 5, 4.0)):
            norms = {"conv1.weight": times * 0.25, "layer1.0.conv1.weight": 0.5, "layer3.2.conv2.weight": 0.25}
            one.metrics.append({"kind": "gradients", "epoch": epoch, "step": step, "norms": {**norms, "fc.weight": 1}})
    return given


def titles() -> list[str]:
    """Of every figure that is open, the titles of its parts."""
    return ["|".join(ax.get_title("left") for ax in plt.figure(number).axes) for number in plt.get_fignums()]


ERRORS = "training, while learning|test"


def test_chapter_5_shows_degradation_with_all_four(chapter_5):
    found = chapter_5(with_gradients(four()))
    said = found["The four networks, as far as they are recorded"].data
    assert "that is degradation" in said and "do not show" not in said and "Means of" not in said
    assert titles() == [ERRORS, "at the first step|at the end", "at the first step|at the end"]
    errors, _, gradients = (plt.figure(number) for number in plt.get_fignums())
    assert [line.get_label() for line in errors.axes[1].lines] == list(family.FOUR)
    published = next(each for each in PUBLISHED if each.who == "nabla0001").errors
    there = published["cifar-plain56"][0] - published["cifar-plain20"][0]
    here = 100 * (four()[0].accuracy - four()[1].accuracy)
    assert found["How far apart the plain ones are, here and there"].data == (
        f"After 3 epochs the two plain ones are {here:.2f} points apart; in the longer trainings of the table above, {there:.2f}."
    )
    assert [line.get_label() for line in gradients.axes[1].lines] == ["plain-56", "residual-56"]
    assert found["What it shows of them"].data == (
        "In plain-56 the gradient in the first convolution is, compared with that in the last, 500 times as large at the "
        "first step, and 4 times as large at the end. In residual-56 the gradient in the first convolution is, compared "
        "with that in the last, 8 times as large at the first step, and 4 times as large at the end."
    )


@pytest.mark.parametrize("trained, tested", [(0.97, 0.85), (0.97, 0.92), (0.8, 0.92)])
def test_chapter_5_says_so_where_the_plain_networks_do_not_degrade(chapter_5, trained, tested):
    given = four(plain_56=tested)
    given[1].metrics[-1]["train_evaluated_accuracy"] = trained
    found = chapter_5(with_gradients(given))
    said = found["The four networks, as far as they are recorded"].data
    assert "that is degradation" not in said
    assert ("points apart" in found["How far apart the plain ones are, here and there"].data) == (tested < 0.9)
    assert "our trainings do not show of the plain networks what the published ones do. Residual-20" in said


def test_plain_networks_that_learned_unequally_long_have_no_gap_told():
    source = next(each for each in PUBLISHED if each.who == "nabla0001")
    for epochs, told in ((3, True), (5, False)):
        found = family.members([run("cifar-plain20", share=0.9), run("cifar-plain56", share=0.8, epochs=epochs)])
        assert bool(family.gap_between_plain(found, source)) == told


def test_chapter_5_takes_the_mean_of_the_seeds_and_says_of_how_many(chapter_5):
    given = four() + [run("cifar-plain20", seed, share=0.89) for seed in (1, 2)] + [run("cifar-plain56", 1, share=0.84)]
    found = family.members(given)
    said = chapter_5(with_gradients(given))["The four networks, as far as they are recorded"].data
    assert f"on the test pictures it is {100 * (1 - found[0].spread.mean):.2f} % and" in said
    assert said.endswith(
        "(Means of 3 runs of plain-20, 2 runs of plain-56, one run of residual-20 and one run of residual-56; the "
        "curves are those of the first.)"
    )
    errors = plt.figure(plt.get_fignums()[0])
    assert errors.axes[1].lines[0].get_ydata()[-1] == pytest.approx(100 * (1 - four()[0].accuracy)), "of seed 0"


@pytest.mark.parametrize("missing", range(4))
def test_chapter_5_waits_for_the_one_that_is_missing(chapter_5, missing):
    given = [one for place, one in enumerate(four()) if place != missing]
    found = chapter_5(with_gradients(given))
    there = [name for place, name in enumerate(family.FOUR) if place != missing]
    said = found["The four networks, as far as they are recorded"].data
    assert said.startswith(f"Of these four, {there[0]}, {there[1]} and {there[2]} are recorded so far.")
    assert bool(found["How far apart the plain ones are, here and there"].data) == (missing in (2, 3))
    gradients = 2 if missing in (0, 2) else 1  # those of 56 layers do not wait for the others
    assert titles() == ["at the first step|at the end"] * gradients
    of_56 = found["What it shows of them"].data
    assert of_56.startswith("In plain-56 the" if missing in (0, 2) else "They are not both recorded yet")


def test_with_nothing_recorded_the_chapter_says_so_and_shows_no_row(chapter_6):
    found = chapter_6([])
    (_, standing), *others = found.items()
    assert standing.data.startswith(f"None of the {len(PLANNED)} planned trainings") and not plt.get_fignums()
    of_others = (
        "The result, and what the best test epoch would have claimed",
        "In words",
    )  # chapters 4 and 9 have runs
    assert [name for name, value in others if value is not None] == list(of_others)


def test_with_one_run_it_shows_one_row(chapter_6):
    standing, table, findings, *_ = chapter_6([run()]).values()
    assert "1 is recorded: residual-20 (seed 0)" in standing.data and findings is None
    assert isinstance(table, Table) and [row[0] for row in table.rows] == ["residual-20"]


def test_with_the_four_it_compares_them_and_draws_them(chapter_6):
    standing, table, findings, *_ = chapter_6(four()).values()
    assert "4 are recorded" in standing.data and len(table.rows) == 4
    assert findings.data.count("- From") == 3 and "hours" not in findings.data and "overlap" not in findings.data
    assert len(plt.get_fignums()) == 3
    names = {text.get_text() for text in plt.figure(plt.get_fignums()[0]).axes[0].texts}
    assert names == set(family.FOUR)


def test_with_one_of_the_four_missing_it_compares_the_rest(chapter_6):
    _, table, findings, *_ = chapter_6([one for one in four() if one.name != "cifar-plain56-0"]).values()
    *compared, beside = [line.split(" the test accuracy")[0] for line in findings.data.split("\n")]
    assert len(table.rows) == 3 and beside.startswith("- After 3 epochs, beside the paper's figures: residual-20 ")
    assert compared == ["- From plain-20 to residual-20", "- From residual-20 to residual-56"]


def test_with_everything_recorded_it_shows_all_of_it(chapter_6):
    found = chapter_6(everything())
    standing, table, findings, _, explorer = list(found.values())[:5]
    confusions, missed = found["Two depths"], found["The pictures that none of the recorded networks has right"]
    assert standing.data == f"All {len(PLANNED)} planned trainings of the family are recorded."
    networks = {(one.network, one.shortcut, one.recipe) for one in PLANNED}
    assert len(table.rows) == len(networks) and sum(int(row[1]) for row in table.rows) == len(PLANNED)
    assert findings.data.count("\n- ") == 5 and "\n- From plain-20 to plain-56" in findings.data
    assert "Every run of plain-20 is ahead of every run of plain-56." in findings.data
    assert {each["name"] for each in explorer.runs} == {one.folder for one in PLANNED}
    assert confusions.header == ("Taken for each other", "residual-20", "residual-110")
    assert sum(int(row[1]) for row in missed.rows) >= 7
    assert len(plt.get_fignums()) == 3  # accuracy by hours, the learning rate, and calibration
    curves = plt.figure(plt.get_fignums()[1]).axes[1].lines
    assert [line.get_label() for line in curves] == ["cifar, residual-20", "cifar-paper, residual-20"]
    deepest = found["Every class, taken for every other, by the deepest of them"]
    assert deepest.classes == list(CIFAR10_CLASSES) and "cat taken for dog" in deepest.fallback().caption


def test_seeds_that_overlap_are_said_to(chapter_6):
    given = [run(seed=seed, share=share) for seed, share in enumerate((0.90, 0.93))]
    given += [run("cifar-resnet56", seed, share=share) for seed, share in enumerate((0.92, 0.94))]
    findings = list(chapter_6(given).values())[2].data
    assert "(2 runs and 2 runs). The runs of the two overlap. Of the test" in findings


def test_hours_under_other_conditions_are_not_compared_in_silence(chapter_6):
    given = four()
    for one, threads in zip(given, (2, 1, 2, 1)):
        one.env.update(device="cpu", processor="Some processor", threads=threads, compiled=threads == 1)
    said = list(chapter_6(given).values())[2].data.split("\n")[-1]
    assert said == (
        "- The hours were not all taken under the same conditions, so compare them within a group. plain-20 and "
        "residual-20: Some processor, 2 threads, not compiled; plain-56 and residual-56: Some processor, one thread, "
        "compiled."
    )


def test_the_exercises_do_not_read_any_run():
    assert all(exercise.facts is dict for exercise in chapter("cifar_family").exercises.values())
