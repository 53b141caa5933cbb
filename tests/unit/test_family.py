"""The CIFAR family in recorded runs: what is said of it with nothing recorded, with some, and with all of it."""

from dataclasses import asdict, dataclass

import matplotlib
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from support import REPOSITORY

from resnet_book import architecture, family
from resnet_book.classes import CIFAR10_CLASSES
from resnet_book.exercises import chapter
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
    assert "(one run and one run)" in worse[0] and "p = less than 0.001" in worse[0]
    close = [run("cifar-resnet56", share=0.93), run("cifar-resnet110", share=0.9302)]
    (said,) = family.findings(family.members(close))
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


# ---------------------------------------------------------------- the chapter at both ends


def cells_on_runs() -> tuple[str, list[str]]:
    """The set-up cell of chapter 6, and its cells on recorded runs."""
    notebook = nbformat.read(REPOSITORY / "book" / "06_the_cifar_family.ipynb", as_version=4)
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    first = next(i for i, source in enumerate(code) if source.startswith("# Which of the planned trainings"))
    last = next(i for i, source in enumerate(code) if source.startswith("# The pictures that none"))
    return code[0], code[first : last + 1]


def shown(cells: list[str], names: dict) -> list:
    """What cells show as their last line, one after the other."""
    results = []
    for source in cells:
        *body, last = source.rstrip().split("\n")
        try:
            value = compile(last, "cell", "eval")
        except SyntaxError:
            exec(source, names)
            results.append(None)
        else:
            exec("\n".join(body), names)
            results.append(eval(value, names))
    return results


@pytest.fixture
def chapter_6(monkeypatch):
    """Run the cells on recorded runs with these runs instead."""
    set_up, cells = cells_on_runs()
    monkeypatch.chdir(REPOSITORY / "book")

    def run_with(given: list[Run]) -> list:
        by_group = {
            group: [one for one in given if one.config["recipe"] == group] for group in ("cifar", "cifar-paper")
        }
        monkeypatch.setattr(family, "recorded", by_group.get)
        names: dict = {}
        exec(set_up, names)
        return shown(cells, names)

    return run_with


def test_with_nothing_recorded_the_chapter_says_so_and_shows_no_row(chapter_6):
    standing, *others = chapter_6([])
    assert standing.data.startswith(f"None of the {len(PLANNED)} planned trainings")
    assert others == [None] * len(others) and not plt.get_fignums()


def test_with_one_run_it_shows_one_row(chapter_6):
    standing, table, findings, *_ = chapter_6([run()])
    assert "1 is recorded: residual-20 (seed 0)" in standing.data and findings is None
    assert isinstance(table, Table) and [row[0] for row in table.rows] == ["residual-20"]


def test_with_everything_recorded_it_shows_all_of_it(chapter_6):
    standing, table, findings, _, explorer, confusions, _, missed = chapter_6(everything())
    assert standing.data == f"All {len(PLANNED)} planned trainings of the family are recorded."
    networks = {(one.network, one.shortcut, one.recipe) for one in PLANNED}
    assert len(table.rows) == len(networks) and sum(int(row[1]) for row in table.rows) == len(PLANNED)
    assert findings.data.count("\n- ") == 3 and findings.data.startswith("- From plain-20 to plain-56")
    assert {each["name"] for each in explorer.runs} == {one.folder for one in PLANNED}
    assert confusions.header == ("Taken for each other", "residual-20", "residual-110")
    assert sum(int(row[1]) for row in missed.rows) >= 7
    assert len(plt.get_fignums()) == 2  # accuracy by hours, and calibration


def test_the_exercises_do_not_read_any_run():
    assert all(exercise.facts is dict for exercise in chapter("cifar_family").exercises.values())
