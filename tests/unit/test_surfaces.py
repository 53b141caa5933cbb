"""Loss surfaces: directions against their definition, points against the network, records that survive a kill."""

import copy
import json
import math
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from support import REPOSITORY

from resnet_book import Architecture, build, figures, train
from resnet_book.architectures import Stem
from resnet_book.data import dataset, sample
from resnet_book.experiments import lesion_records, noise, surface_reports, surfaces
from resnet_book.experiments.bowls import bowls
from resnet_book.experiments.ledger import Ledger
from resnet_book.experiments.lesions import score
from resnet_book.experiments.recorded import Recorded
from resnet_book.experiments.statistics import recomputed
from resnet_book.experiments.surfaces import LinePoint
from resnet_book.figures.surfaces import table
from resnet_book.runs import RunError, read

pytestmark = pytest.mark.usefixtures("one_thread")


def net_of(seed=0, shortcut="B"):
    torch.manual_seed(seed)
    arch = Architecture("small", "basic", (1, 1), (4, 8), Stem(4, 3, 1, 1, False), num_classes=10, shortcut=shortcut)
    net = build(arch)
    net(torch.randn(16, 3, 8, 8))  # so that the statistics are not those of nothing
    return net.eval()


def pictures(count=12, seed=0):
    x, y = noise(count, 8, seed)
    return list(zip(x.split(5), y.split(5)))


# ---------------------------------------------------------------- directions


def test_every_filter_of_a_direction_is_as_long_as_the_networks_own():
    net = net_of()
    way = surfaces.direction(net, 3)
    assert set(way) == {name for name, _ in net.named_parameters()}
    for name, weight in net.named_parameters():
        if weight.ndim < 2:
            assert way[name].abs().sum() == 0
            continue
        for mine, its in zip(way[name], weight):
            assert mine.norm() == pytest.approx(its.norm().item(), rel=1e-5)
        assert not torch.allclose(way[name], weight)


def test_directions_are_gaussian_and_decided_by_the_seed():
    net = build(Architecture("wide", "basic", (1,), (64,), Stem(64, 3, 1, 1, False), num_classes=10, shortcut="A"))
    weight = "layer1.0.conv1.weight"
    one, same, other = (surfaces.direction(net, seed)[weight] for seed in (0, 0, 1))
    assert torch.equal(one, same)
    scaled = (one.flatten(1) / one.flatten(1).norm(dim=1, keepdim=True)).flatten() * 576**0.5
    assert scaled.mean().abs() < 0.02
    assert (scaled**4).mean() == pytest.approx(3, abs=0.15)
    correlation = torch.corrcoef(torch.stack([one.flatten(), other.flatten()]))[0, 1]
    assert abs(correlation) < 0.02


def test_a_direction_as_it_was_drawn_minds_no_weight():
    net = net_of()
    small, same = surfaces.gaussian(net, 1, deviation=0.1), surfaces.gaussian(surfaces.rescaled(net, 5), 1)
    assert all(torch.equal(small[name], same[name]) for name in small)
    drawn = torch.cat([way.flatten() for name, way in small.items() if way.ndim > 1])
    assert drawn.std() == pytest.approx(0.1, rel=0.1)
    assert all(way.abs().sum() == 0 for way in small.values() if way.ndim < 2)


def test_larger_filters_are_the_same_function_and_only_normalized_directions_show_it():
    net, batches = net_of(), pictures()
    larger = surfaces.rescaled(net, 4)
    x = batches[0][0]
    with torch.no_grad():
        assert torch.allclose(net(x), larger(x), atol=5e-4)
    assert not torch.allclose(
        dict(net.named_parameters())["conv1.weight"], dict(larger.named_parameters())["conv1.weight"]
    )
    normalized = [surfaces.profile(each, surfaces.direction(each, 0), [0, 0.5], batches) for each in (net, larger)]
    assert normalized[0] == pytest.approx(normalized[1], rel=1e-2)
    drawn = [surfaces.profile(each, surfaces.gaussian(each, 0), [0, 0.5], batches) for each in (net, larger)]
    assert drawn[0][0] == pytest.approx(drawn[1][0], rel=1e-3) and drawn[0][1] != pytest.approx(drawn[1][1], rel=1e-3)


# ---------------------------------------------------------------- surfaces and lines


def test_a_profile_is_a_row_of_the_surface_and_can_take_statistics_anew():
    net, batches = net_of(), pictures()
    ways = surfaces.direction(net, 0)
    (middle,) = surfaces.surface(net, batches, size=3, rows=[1])
    assert surfaces.profile(net, ways, [-1, 0, 1], batches) == pytest.approx([point.loss for point in middle])
    anew = surfaces.profile(net, ways, [-1], batches, renew=batches)
    expected = recomputed(surfaces.shifted(net, (-1, ways)), batches)
    assert anew == pytest.approx([by_hand(expected, [], batches)[0]], rel=1e-5)


def test_the_low_part_of_a_surface_is_counted_below_the_level():
    points = [surfaces.Point(0, 0, loss, 0) for loss in (0.5, 1, 2, math.inf)]
    assert surfaces.below(points, 1) == 0.25 and surfaces.below(points, 3) == 0.75


def test_dips_are_found_inside_and_ordered_by_depth():
    places = range(7)
    losses = {(x, y): min(abs(x - 1) + abs(y - 1) + 0.5, abs(x - 5) + abs(y - 4)) for x in places for y in places}
    points = [surfaces.Point(x, y, loss, 0) for (x, y), loss in losses.items()]
    assert [(point.x, point.y) for point in surfaces.dips(points)] == [(5, 4), (1, 1)]
    shallow = [point._replace(loss=0.0005 * point.loss) for point in points]
    assert surfaces.dips(shallow) == [] and len(surfaces.dips(shallow, depth=0.0005)) == 2
    assert surfaces.dips([surfaces.Point(x, y, x + y, 0) for x in places for y in places]) == [], (
        "a slope ends on its rim"
    )


def test_random_planes_of_a_saddle_look_like_bowls_until_half_of_it_leads_down():
    assert bowls(0, 50) == 1 and bowls(50, 50) == 0
    assert bowls(400) > 0.99 and 0.1 < bowls(500) < 0.4
    assert bowls(20, 50, planes=300, seed=1) == by_eigenvalues(20, 50, 300, 1)
    assert bowls(2, 50, planes=300, seed=1, steep=24) == by_eigenvalues(2, 50, 300, 1, 24)
    assert bowls(5) == 1 > 0.5 > bowls(5, steep=200), "a few very steep ones are as good as half of them"


def by_eigenvalues(downward, dimensions, planes, seed, steep=1.0):
    u, v = np.random.default_rng(seed).standard_normal((2, planes, dimensions))
    curvature = np.diag([-steep] * downward + [1.0] * (dimensions - downward))
    pairs = (np.stack([one, other], 1) for one, other in zip(u, v))
    return np.mean([np.linalg.eigvalsh(pair.T @ curvature @ pair).min() > 0 for pair in pairs])


def by_hand(net, steps, batches):
    """Loss and accuracy with weights replaced in functional form."""
    state = {**dict(net.named_parameters()), **dict(net.named_buffers())}
    for length, way in steps:
        state = {name: value + length * way[name] if name in way else value for name, value in state.items()}
    with torch.no_grad():
        outputs = [torch.func.functional_call(net, state, (x,)) for x, _ in batches]
    output, y = torch.cat(outputs), torch.cat([y for _, y in batches])
    return F.cross_entropy(output, y).item(), (output.argmax(1) == y).float().mean().item()


def test_a_surface_is_the_loss_at_its_places():
    net, batches = net_of(), pictures()
    before = copy.deepcopy(net.state_dict())
    rows = list(surfaces.surface(net, batches, size=3, reach=0.5, seed=4))
    ways = surfaces.direction(net, 8), surfaces.direction(net, 9)
    for row, y in zip(rows, (-0.5, 0, 0.5)):
        assert [(point.x, point.y) for point in row] == [(-0.5, y), (0, y), (0.5, y)]
        for point in row:
            loss, accuracy = by_hand(net, [(point.x, ways[0]), (point.y, ways[1])], batches)
            assert point.loss == pytest.approx(loss, rel=1e-4)
            assert point.accuracy == pytest.approx(accuracy)
    assert rows[1][1].loss == pytest.approx(by_hand(net, [], batches)[0], rel=1e-6)
    assert all(torch.equal(value, before[key]) for key, value in net.state_dict().items())
    assert list(surfaces.surface(net, batches, size=3, reach=0.5, seed=4, rows=[2])) == rows[2:]


def test_statistics_taken_anew_at_every_place():
    net, batches = net_of(), pictures()
    found = list(surfaces.surface(net, batches, size=3, renew=batches))
    moved = recomputed(
        surfaces.shifted(net, (1.0, surfaces.direction(net, 0)), (-1.0, surfaces.direction(net, 1))), batches
    )
    assert found[0][2].loss == pytest.approx(by_hand(moved, [], batches)[0], rel=1e-4)
    as_they_are = next(surfaces.surface(net, batches, size=3, rows=[0]))
    assert found[0][2].loss != pytest.approx(as_they_are[2].loss, rel=1e-3)


@pytest.mark.parametrize(
    ("size", "reach"), [(1, 1.0), (True, 1.0), (3.0, 1.0), (3, 0), (3, -1.0), (3, math.inf), (3, math.nan)]
)
def test_an_impossible_grid_is_refused(size, reach):
    with pytest.raises(ValueError, match="at least 2"):
        surfaces.grid(size, reach)


def test_the_middle_of_an_odd_grid_is_the_network():
    assert surfaces.grid(25, 1.0)[12] == 0
    assert surfaces.grid(25, 0.7) == pytest.approx(np.linspace(-0.7, 0.7, 25))


def test_a_line_begins_and_ends_with_the_two_networks():
    one, other, batches = net_of(1), net_of(2), pictures()
    found = list(surfaces.line(one, other, batches, batches, (0, 0.25, 1)))
    assert found[0].loss == pytest.approx(by_hand(one, [], batches)[0], rel=1e-5)
    assert found[2].loss == pytest.approx(by_hand(other, [], batches)[0], rel=1e-4)
    assert found[2].recomputed_loss == pytest.approx(by_hand(recomputed(other, batches), [], batches)[0], rel=1e-4)
    quarter = surfaces.between(one, other, 0.25)
    for name in ("layer2.0.conv1.weight", "bn1.running_var", "fc.bias"):
        a, b, got = (net.state_dict()[name] for net in (one, other, quarter))
        assert torch.allclose(got, 0.75 * a + 0.25 * b, atol=1e-6)
    assert found[1].loss == pytest.approx(by_hand(quarter, [], batches)[0], rel=1e-5)
    with pytest.raises(ValueError, match="one architecture"):
        surfaces.between(one, net_of(0, "A"), 0.5)


# ---------------------------------------------------------------- the ledger


class Row(NamedTuple):
    at: int
    value: float


def test_a_ledger_goes_on_behind_a_line_that_was_cut_short(tmp_path):
    ledger = Ledger(tmp_path / "x", {"recipe": "test", "sizes": (1, 2)})
    ledger.add(0, 1.5)
    ledger.add(1, math.inf)
    path = tmp_path / "x" / "unfinished.jsonl"
    whole = path.read_bytes()
    lines = whole.split(b"\n")
    for cut in range(len(whole) - len(lines[-2]) - 1, len(whole)):
        path.write_bytes(whole[:cut])
        again = Ledger(tmp_path / "x", {"recipe": "test", "sizes": (1, 2)})
        assert again.rows == [[0, 1.5]]
        again.add(1, 2.5)
        assert Ledger(tmp_path / "x", {"recipe": "test", "sizes": (1, 2)}).rows == [[0, 1.5], [1, 2.5]]
    ledger = Ledger(tmp_path / "x", {"recipe": "test", "sizes": (1, 2)})
    ledger.finish([Row(*row) for row in ledger.rows], device="cpu")
    assert not path.exists()
    assert json.loads((tmp_path / "x" / "config.json").read_text()) == {"recipe": "test", "sizes": [1, 2]}
    env = json.loads((tmp_path / "x" / "env.json").read_text())
    assert env["device"] == "cpu"
    assert env["commit"]
    assert (tmp_path / "x" / "metrics.csv").read_text() == "at,value\n0,1.5\n1,2.5\n"
    assert Ledger(tmp_path / "x", {"recipe": "test", "sizes": (1, 2)}).finished


def test_a_ledger_of_other_measurements_is_refused(tmp_path):
    ledger = Ledger(tmp_path, {"size": 3})
    with pytest.raises(ValueError, match="size was 3, is 4"):
        Ledger(tmp_path, {"size": 4})
    ledger.add(0, 1.0)
    ledger.finish([Row(0, 1.0)])
    with pytest.raises(ValueError, match="size was 3, is 4"):
        Ledger(tmp_path, {"size": 4})
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "unfinished.jsonl").write_text("nonsense\n")
    with pytest.raises(ValueError, match="damaged"):
        Ledger(tmp_path / "b", {})


# ---------------------------------------------------------------- records of runs


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run on the sample that ships, two epochs, with its weights."""
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("runs") / "fashion-resnet20-A-0"
    changes = {"epochs": 1, "precision": "fp32"}
    train.train(
        "fashion", "sample", out=folder, changes=changes, keep_weights=True, progress=False, say=None, device="cpu"
    )
    return folder


def test_a_recorded_run_comes_back_as_it_was_scored(run):
    of = Recorded(run)
    found = train.evaluate(of.network(), of.batches(False))
    assert found["accuracy"] == pytest.approx(of.run.accuracy, abs=0.005)  # weights in 16 bits
    assert len(of.batches(True, 100).labels) == 100
    torch.manual_seed(0)
    first = build(of.recipe.architecture, init="he").state_dict()
    before = torch.random.get_rng_state()
    assert all(torch.equal(value, first[key]) for key, value in of.start().state_dict().items())
    assert torch.equal(torch.random.get_rng_state(), before)


def test_the_sample_is_given_as_the_network_took_its_pictures(run):
    of = Recorded(run)
    with pytest.raises(ValueError, match="no sample"):
        of.sample()  # it was trained on the sample, and by its statistics
    of.run.config["budget"] = "full"
    x, y = of.sample()
    mean, std = (part[0] for part in dataset("fashion-mnist").moments)
    assert x.shape == (500, 1, 28, 28) and torch.equal(y, sample(False).labels)
    assert torch.allclose(x * std + mean, sample(False).planes / 255, atol=1e-6)


def test_a_run_without_weights_is_refused(run, tmp_path):
    for path in run.iterdir():
        if path.is_file() and path.name != "weights.npz":
            (tmp_path / path.name).write_bytes(path.read_bytes())
    with pytest.raises(RunError, match="weights"):
        Recorded(tmp_path).network()


def test_a_surface_is_recorded_and_goes_on_where_it_was_stopped(run, tmp_path, monkeypatch):
    options = {"size": 3, "count": 20, "progress": False}
    whole = surfaces.record_surface(run, tmp_path / "whole", **options)
    assert len(whole) == 9
    done, original = [], surfaces._scores

    def killed(*given):
        if len(done) == 5:
            raise KeyboardInterrupt
        done.append(1)
        return original(*given)

    monkeypatch.setattr(surfaces, "_scores", killed)
    with pytest.raises(KeyboardInterrupt):
        surfaces.record_surface(run, tmp_path / "stopped", **options)
    monkeypatch.undo()
    assert surfaces.record_surface(run, tmp_path / "stopped", **options) == whole
    assert surfaces.load_surface(tmp_path / "stopped") == whole
    config = json.loads((tmp_path / "stopped" / "config.json").read_text())
    assert config["architecture"] == "fashion-resnet20"
    assert config["run"].endswith("/fashion-resnet20-A-0")
    net = Recorded(run)
    assert whole[4].loss == pytest.approx(by_hand(net.network(), [], list(net.batches(True, 20)))[0], rel=1e-4)


def test_a_line_is_recorded(run, tmp_path):
    found = surfaces.record_line(run, run, tmp_path / "line", steps=3, count=20, progress=False)
    assert [point.at for point in found] == [0, 0.5, 1]
    assert found[0].loss == pytest.approx(found[1].loss, rel=1e-4)
    assert surfaces.load_line(tmp_path / "line") == found


def test_lesions_are_recorded(run, tmp_path):
    found = lesion_records.record(run, tmp_path / "lesions", count=20, renew=40, progress=False)
    assert found[0].lesion == "whole"
    counts = {name: sum(row.lesion == name for row in found) for name in {row.lesion for row in found}}
    assert counts["no branch"] == counts["no skip"] == counts["rewound"] == 9
    assert counts["swapped with the next"] == 2 + 1 + 1
    assert counts["7 at random"] == 3
    assert counts["no skip at all"] == 1
    assert "10 at random" not in counts
    rest = [row.blocks.split() for row in found if row.lesion == "the rest out"]
    assert [len(names) for names in rest] == list(range(9, 0, -1)) and all("layer3.2" in names for names in rest)
    by_name = {(row.lesion, row.blocks): row.accuracy for row in found}
    assert by_name["the rest out", "layer3.2"] == by_name["no branch", "layer3.2"]
    assert lesion_records.load(tmp_path / "lesions") == found
    assert lesion_records.record(run, tmp_path / "lesions", count=20, renew=40, progress=False) == found


def test_some_lesions_alone_are_recorded_and_a_name_that_is_none_is_refused(run, tmp_path):
    given = {"count": 20, "renew": 40, "progress": False}
    everything = lesion_records.record(run, tmp_path / "all", **given)
    some = lesion_records.record(run, tmp_path / "some", only=["3 at random", "no branch"], **given)
    assert some == [row for row in everything if row.lesion in ("whole", "no branch", "3 at random")]
    with pytest.raises(ValueError, match=r"called 'no brunch'; there are: no branch, no skip, .*3 at random"):
        lesion_records.record(run, tmp_path / "none", only=["no brunch"], **given)


def test_recorded_lesions_are_those_of_whole_networks(run, tmp_path, monkeypatch):
    """Networks that share what they compute before their first lesion, against each run whole; and a stop between."""
    of = Recorded(run)
    net, pictures, training = of.network(), of.batches(False, 60, batch_size=20), of.batches(True, 40)
    monkeypatch.setattr(Recorded, "batches", lambda self, train, *_, **__: training if train else pictures)
    monkeypatch.setattr(lesion_records, "TOGETHER", 25)
    added, original = [], Ledger.add

    def killed(*given):
        if len(added) == 4:
            raise KeyboardInterrupt
        added.append(1)
        original(*given)

    monkeypatch.setattr(Ledger, "add", killed)
    with pytest.raises(KeyboardInterrupt):
        lesion_records.record(run, tmp_path / "lesions", count=60, renew=40, progress=False)
    monkeypatch.setattr(Ledger, "add", original)
    found = lesion_records.record(run, tmp_path / "lesions", count=60, renew=40, progress=False)
    todo = list(lesion_records.study(net, of.start()))
    assert [(row.lesion, row.blocks) for row in found] == [(name, " ".join(touched)) for name, touched, _ in todo]
    for row, (_, _, make) in list(zip(found, todo))[::3]:
        wanted = score(make(), pictures, renew=training)
        assert row.accuracy == pytest.approx(wanted.accuracy, abs=1e-5)
        assert row.recomputed == pytest.approx(wanted.recomputed, abs=0.02)  # rounding, at a tie


# ---------------------------------------------------------------- drawing


def bowl(size=7, worst=10.0):
    places = surfaces.grid(size, 1.0)
    return [surfaces.Point(x, y, 0.05 + worst * (x**2 + 2 * y**2), 0.5) for y in places for x in places]


def test_a_table_has_every_point_in_its_place():
    xs, ys, losses = table(bowl(5))
    assert losses[0, 4] == pytest.approx(0.05 + 10 * 3)
    assert losses[2, 2] == 0.05
    assert (xs.tolist(), len(ys)) == (surfaces.grid(5, 1.0), 5)
    with pytest.raises(ValueError, match="25 points, not 24"):
        table(bowl(5)[:-1])


def test_contours_are_drawn_at_common_levels_and_survive_what_is_no_number():
    broken = [point._replace(loss=math.nan) if point.x > 0.5 else point for point in bowl()]
    fig = figures.contours({"residual": bowl(), "plain": broken, "flat": bowl(worst=0.0)})
    assert [ax.get_title(loc="left") for ax in fig.axes] == ["residual", "plain", "flat"]
    assert fig.axes[0].texts
    assert not fig.axes[2].texts
    plt.close(fig)


def test_lines_are_drawn():
    fig = figures.lines({"as they are": ([0, 1], [2, 1]), "recomputed": ([0, 1], [1, 1])}, "loss")
    assert [line.get_label() for line in fig.axes[0].lines] == ["as they are", "recomputed"]
    plt.close(fig)


# ---------------------------------------------------------------- what is said of surfaces and lines


def test_a_line_says_which_two_trainings_it_joins():
    points = [LinePoint(at, 1.0, 0.5, 0.5, 0.75 + abs(at - 0.5) / 5) for at in (0, 0.25, 0.5, 0.75, 1)]
    points[0], points[-1] = points[0]._replace(accuracy=0.9), points[-1]._replace(accuracy=0.88)
    way = surface_reports.Interpolation(
        {"architecture": "fashion-resnet20", "pictures": 1000}, points, (("fashion", 0), ("fashion", 1))
    )
    assert way.said == (
        "These are two trainings of fashion-resnet20, by one recipe, `fashion`, from seeds 0 and 1. "
        "Of 1,000 test pictures they get 90.0 % and 88.0 % right."
    )
    other = surface_reports.Interpolation(way.config, points, (("fashion", 0), ("fashion-stochastic-depth", 0)))
    assert (
        "by the recipes `fashion` and `fashion-stochastic-depth`, both from seed 0: they began at the same weights. Of"
        in other.said
    )
    assert way.half_way.at == 0.5 and way.half_way.recomputed_accuracy == 0.75
    assert way.curves()["statistics taken anew"] == ([0, 0.25, 0.5, 0.75, 1], pytest.approx([85, 80, 75, 80, 85]))
    assert way.rows((0, 1)) == [("0.00", "1.00", "90.0", "0.50", "85.0"), ("1.00", "1.00", "88.0", "0.50", "85.0")]


def test_the_recorded_line_of_the_book():
    runs = REPOSITORY / "book" / "runs"
    for place in sorted((runs / "surfaces").glob("line-*/config.json")):
        way = surface_reports.load_interpolation(place.parent)
        ends = [way.points[0], way.points[-1]]
        assert [point.at for point in way.points] == pytest.approx([step / 20 for step in range(21)])
        for point, name in zip(ends, way.config["runs"]):
            recorded = read(runs / name)
            assert abs(point.accuracy - recorded.accuracy) < 0.03, "of 1,000 of the 10,000 pictures"
            assert abs(point.recomputed_accuracy - point.accuracy) < 0.02, "at the ends new statistics change little"


def test_of_one_seed_two_recipes_begin_at_the_same_weights():
    starts = [
        Recorded(REPOSITORY / "book" / "runs" / group / "fashion-resnet20-A-0").start().state_dict()
        for group in ("fashion", "fashion-stochastic-depth")
    ]
    assert all(torch.equal(value, starts[1][name]) for name, value in starts[0].items())
