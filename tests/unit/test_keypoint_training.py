"""Networks that find points: losses, what is frozen, trunks and their files, the record, and going on bit for bit."""

import hashlib
import json
import pickle
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch

from resnet_book import architecture, build, keypoint_runs, runs, trace
from resnet_book.data import DataError, Faces, Pictures, dataset, datasets, drawn_faces, face_metrics, faces
from resnet_book.train import RECIPES, Recipe, checkpoint, fit, recipe, session, trunks
from resnet_book.train import __main__ as command
from resnet_book.train import loop as loop_module
from resnet_book.train.heat_maps import HeatMaps, soft_argmax
from resnet_book.train.keypoints import STAGES
from resnet_book.train.recipes import adapted
from resnet_book.train.tasks import FullPrecisionLinear, Keypoints, task_of, wing
from resnet_book.train.trunks import keep_trunk, load_trunk, parts_of

pytestmark = pytest.mark.usefixtures("one_thread")

FACES = drawn_faces(32, (60, 20))
SMALL = replace(architecture("resnet18", num_classes=136), name="small", widths=(8, 8, 8, 8), stem=replace(architecture("resnet18").stem, channels=8))  # fmt: skip


def tiny(**changes) -> Recipe:
    made = replace(RECIPES["keypoints"], architecture=SMALL, size=32, batch_size=20, epochs=2, precision="fp32")
    return made.changed(changes)


def learn(made: Recipe, **more):
    return fit(made, *FACES, device="cpu", progress=False, **more)


def same(a: dict, b: dict) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[key], b[key]) for key in a)


# ---------------------------------------------------------------- recipes


def test_the_network_of_the_page_sees_where_things_are():
    made = recipe("keypoints-page")
    net, arch = build(made.architecture), made.architecture
    assert (arch.pooled, net.fc.in_features, net.fc.out_features) == (2, 4 * 32, 136)
    assert trace(arch, (3, made.size, made.size)).params == sum(p.numel() for p in net.parameters())


def test_a_run_begun_before_heads_saw_a_map_goes_on():
    """Its checkpoint knows nothing of `pooled`."""
    faces, targets = FACES[0], (FACES[0].places, FACES[1].places)
    usual = checkpoint.identity(tiny(), 0, faces, targets, "test")
    other = checkpoint.identity(tiny(architecture=replace(SMALL, pooled=2)), 0, faces, targets, "test")
    assert "pooled" not in usual["architecture"] and json.loads(other["architecture"])["pooled"] == 2


def test_the_tutorials_recipe_is_as_printed():
    made = recipe("keypoints-tutorial")
    assert (made.size, made.batch_size, made.epochs, made.schedule, made.flip, made.normalize) == (
        224,
        32,
        5,
        "constant",
        False,
        "none",
    )
    assert (made.keypoints.loss, made.keypoints.output, made.keypoints.optimizer) == ("mse", "sigmoid", "adam")
    assert made.keypoints.rotate == made.keypoints.colour == 0 and made.data == "real-faces"
    net = build(made.architecture)
    assert (
        sum(p.numel() for p in net.parameters()) == 11_246_280 and sum(p.numel() for p in net.fc.parameters()) == 69_768
    )


def test_a_recipe_goes_through_json_and_an_old_one_has_no_keypoints():
    made = recipe("keypoints", pretrained="cifar-10", tune="frozen", epochs=3)
    assert Recipe.from_json(made.to_json()) == made and made.keypoints.tune == "frozen" and made.epochs == 3
    old = {key: value for key, value in json.loads(RECIPES["book"].to_json()).items() if key != "keypoints"}
    assert Recipe.from_json(json.dumps(old)) == RECIPES["book"]
    with pytest.raises(ValueError, match="of keypoints"):
        Recipe.from_json(json.dumps({**json.loads(made.to_json()), "keypoints": {"lost": 1}}))


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"loss": "l3"}, "loss is 'l3'; expected one of l1, mse, wing"),
        ({"tune": "fine-tuned"}, "pretrained is 'none'; expected one of fashion-mnist"),
        ({"pretrained": "cifar-10"}, "tune is 'scratch'; expected frozen or fine-tuned"),
        ({"freeze": 2}, "freeze is 2; expected 0"),
        ({"freeze": 6}, "freeze is 6; expected a whole number from 0 to 5"),
        ({"trunk_lr": 2}, "trunk_lr is 2; expected a number from 0 to 1"),
        ({"pictures": True}, "pictures is True"),
        ({"crop": 2}, "crop is 2; expected 0"),
        ({"data": "cifar-10"}, "data is 'cifar-10'; expected drawn-faces or real-faces"),
        ({"output": "maps"}, "output is 'maps'; expected one of mean face, sigmoid, heat maps"),
        ({"lost": 1}, "a recipe has no lost; it has .* rotate"),
    ],
)
def test_what_cannot_be_is_said(changes, words):
    with pytest.raises(ValueError, match=words):
        recipe("keypoints", **changes)


def test_faces_are_for_recipes_of_faces():
    pictures = Pictures(torch.zeros(4, 8, 8, dtype=torch.uint8), torch.zeros(4, dtype=torch.int64), "grey")
    with pytest.raises(ValueError, match="recipe keypoints takes Faces, not Pictures"):
        task_of(tiny(), pictures, pictures)
    with pytest.raises(ValueError, match="recipe book takes Pictures, not Faces"):
        task_of(RECIPES["book"], *FACES)
    assert adapted(recipe("keypoints"), data="real-faces").size == 96
    assert adapted(recipe("keypoints")).architecture.num_classes == 136


def test_a_face_whose_eyes_stand_at_one_place_is_said_first():
    held_out = FACES[1]
    places = held_out.places.clone()
    places[3, 45] = places[3, 36]
    with pytest.raises(ValueError, match="face 3: the outer eye corners"):
        fit(tiny(), FACES[0], replace(held_out, places=places), device="cpu", progress=False)


# ---------------------------------------------------------------- losses and scores


def test_the_wing_loss_is_that_of_the_paper():
    off = torch.tensor([0.0, 0.5, 3.0, 9.99, 10.0, 40.0])  # in pixels
    constant = 10 - 10 * np.log(1 + 10 / 2)
    expected = [10 * np.log(1 + x / 2) if x < 10 else x - constant for x in off.tolist()]
    found = [wing(x / 256, torch.tensor(0.0)).item() for x in off]
    assert found == pytest.approx(expected, rel=1e-4, abs=1e-6)
    x = torch.tensor(0.02, requires_grad=True)
    wing(x, torch.tensor(0.0)).backward()
    assert x.grad > 256, "steeper than the distance itself where errors are small"


def test_soft_argmax_is_the_mean_place_under_a_softmax():
    """By a formula that stands here, cell by cell, its gradient too: weight times the distance from the middle."""
    maps = torch.randn(2, 3, 4, 6, dtype=torch.float64, requires_grad=True)
    found = soft_argmax(maps)
    weight = np.exp(maps.detach().numpy())
    weight /= weight.sum((2, 3), keepdims=True)
    x, y = (np.arange(6) + 0.5) / 6, (np.arange(4) + 0.5) / 4
    expected = np.stack([(weight * x).sum((2, 3)), (weight * y[:, None]).sum((2, 3))], -1)
    np.testing.assert_allclose(found.detach().numpy(), expected, atol=1e-12)
    found[..., 0].sum().backward()
    np.testing.assert_allclose(maps.grad.numpy(), weight * (x - expected[..., :1, None]), atol=1e-12)
    assert torch.autograd.gradcheck(soft_argmax, (maps.detach()[:1, :1, :2, :3].requires_grad_(),))
    peak = torch.full((1, 1, 4, 6), -50.0)
    peak[0, 0, 3, 1] = 50
    assert soft_argmax(peak).flatten().tolist() == pytest.approx([1.5 / 6, 3.5 / 4])


@pytest.mark.parametrize("output", ["mean face", "sigmoid", "heat maps"])
def test_places_do_not_come_in_steps_of_16_bits(output):
    task = Keypoints(recipe("keypoints-losses", output=output), *FACES)
    net = task.network().train()
    with torch.no_grad():
        net.fc.weight.normal_(std=0.01) if output != "heat maps" else None
        with torch.autocast("cpu", dtype=torch.bfloat16):
            places = task.places(net(torch.rand(16, 3, 32, 32)))
    assert places.shape == (16, 68, 2) and places.dtype == torch.float32
    assert not torch.equal(places, places.bfloat16().float())


def test_the_last_layer_in_full_precision_is_the_one_it_was_made_of():
    layer, again = torch.nn.Linear(7, 5), torch.random.get_rng_state()
    exact = FullPrecisionLinear.of(layer)
    assert torch.equal(torch.random.get_rng_state(), again), "the start of a network does not change"
    x = torch.rand(3, 7)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = exact(x)
    assert (
        torch.equal(found, layer(x))
        and torch.equal(exact(x), layer(x))
        and same(exact.state_dict(), layer.state_dict())
    )


def test_heat_maps_stand_in_place_of_pooling_and_last_layer():
    task = Keypoints(recipe("keypoints-losses", output="heat maps"), *FACES)
    net, usual = task.network(), Keypoints(recipe("keypoints-losses"), *FACES).network()
    head, of_usual = (sum(p.numel() for p in of.fc.parameters()) for of in (net, usual))
    assert isinstance(net.fc, HeatMaps) and (head, of_usual) == (68 * 33, 136 * 129)
    trunk = {name: value.shape for name, value in net.state_dict().items() if not name.startswith("fc.")}
    assert trunk == {n: v.shape for n, v in usual.state_dict().items() if not n.startswith("fc.")}
    x = torch.rand(3, 3, 32, 32)
    seen = []
    net.layer3.register_forward_hook(lambda *given: seen.append(given[2]))
    places = task.places(net(x))
    maps = torch.einsum("nchw,kc->nkhw", seen[0], net.fc.conv.weight[..., 0, 0]) + net.fc.conv.bias[:, None, None]
    assert seen[0].shape[1:] == (32, 8, 8) and torch.allclose(places, soft_argmax(maps), atol=1e-6)


def test_a_map_that_is_not_square_is_said():
    assert HeatMaps(8, 68)(torch.rand(2, 8 * 3 * 3)).shape == (2, 136)
    with pytest.raises(ValueError, match="48 values are no square map of 8 channels; give square pictures"):
        HeatMaps(8, 68)(torch.rand(2, 8 * 2 * 3))


def test_places_begin_at_the_mean_face_or_in_the_middle():
    task = Keypoints(tiny(), *FACES)
    torch.manual_seed(0)
    net = task.network().eval()
    places = task.places(net(torch.rand(2, 3, 32, 32)))
    assert torch.allclose(places, FACES[0].places.mean(0).expand(2, -1, -1), atol=1e-6)
    other = Keypoints(tiny(output="sigmoid"), *FACES)
    places = other.places(other.network().eval()(torch.rand(2, 3, 32, 32)))
    assert places.min() > 0 and places.max() < 1


def test_the_score_is_the_nme_of_what_was_predicted():
    result = learn(tiny())
    assert result.predicted.shape == (20, 68, 2) and result.predicted.dtype == torch.float32
    assert torch.equal(result.predicted * 64, (result.predicted * 64).round()), "in parts of a pixel, as they are kept"
    errors = face_metrics.nme(result.predicted.numpy(), FACES[1].points.numpy())
    last = [row for row in result.history if row["kind"] == "epoch"][-1]
    assert last["test_nme"] == pytest.approx(100 * errors.mean(), rel=1e-9)
    assert result.confidence.numpy() == pytest.approx(errors, rel=1e-6)
    assert {
        "train_loss",
        "train_nme",
        "test_loss",
        "train_evaluated_nme",
    } <= last.keys() and "train_accuracy" not in last


@pytest.mark.parametrize("changes", [{}, {"loss": "wing"}, {"output": "heat maps"}, {"loss": "mse", "output": "sigmoid", "optimizer": "adam"},
                                     {"optimizer": "sgd", "lr": 0.05, "momentum": 0.9}])  # fmt: skip
def test_every_loss_learns(changes):
    epochs = [row for row in learn(tiny(epochs=6, **changes)).history if row["kind"] == "epoch"]
    assert epochs[-1]["train_loss"] < epochs[0]["train_loss"]


def test_points_are_found_on_a_picture_of_any_size():
    """Twice as large a picture has points twice as far, and the same NME."""
    task = Keypoints(tiny(), *FACES)
    net = task.network()
    large = replace(FACES[1], sizes=FACES[1].sizes * 2)
    one, two = (task.evaluate(net, task.plain(part), torch.float32) for part in (FACES[1], large))
    assert two["nme"] == pytest.approx(one["nme"], rel=1e-2)
    assert torch.allclose(two["predicted"] + 0.5, 2 * (one["predicted"] + 0.5), atol=0.05)


# ---------------------------------------------------------------- trunks


@pytest.fixture
def trunk(tmp_path, monkeypatch):
    """A pretrained trunk of the small network, as a run keeps it, in a data folder of its own."""
    monkeypatch.setenv("RESNET_BOOK_DATA", str(tmp_path))
    (tmp_path / trunks.FOLDER).mkdir()
    torch.manual_seed(7)
    net = build(replace(SMALL, num_classes=10))
    for name, buffer in net.named_buffers():
        if "running_var" in name:
            buffer += torch.rand_like(buffer)
    arrays = {name: value.numpy() for name, value in net.state_dict().items()}
    path = tmp_path / trunks.FOLDER / "small-cifar-10.npz"
    path.write_bytes(runs.half(arrays))
    return path


def of_trunk(net) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in net.state_dict().items() if not name.startswith("fc.")}


def test_frozen_means_frozen(trunk):
    weights, digest = load_trunk("cifar-10", SMALL)
    assert digest == hashlib.sha256(trunk.read_bytes()).hexdigest()
    result = learn(tiny(pretrained="cifar-10", tune="frozen"))
    assert same(of_trunk(result.net), weights), "parameters and statistics, bit for bit"
    norms = [row["norms"] for row in result.history if row["kind"] == "gradients"]
    assert all(row["fc.weight"] > 0 and row["conv1.weight"] == 0 for row in norms), norms


def test_what_was_frozen_and_changed_is_no_result(trunk, monkeypatch):
    monkeypatch.setattr(Keypoints, "begin", lambda self, net, epoch: None)  # batch norms count on
    with pytest.raises(AssertionError, match=r"frozen, and changed all the same: .*running_mean"):
        learn(tiny(pretrained="cifar-10", tune="frozen"))


def test_fine_tuning_starts_from_the_trunk_and_moves_it(trunk):
    weights, _ = load_trunk("cifar-10", SMALL)
    made = tiny(pretrained="cifar-10", tune="fine-tuned")
    begun = Keypoints(made, *FACES).network()
    assert same(of_trunk(begun), weights)
    moved = of_trunk(learn(made).net)
    assert all(not torch.equal(moved[name], weights[name]) for name in weights if name.endswith("conv1.weight"))


def test_some_stages_frozen_a_slower_trunk_and_the_head_first(trunk):
    weights, _ = load_trunk("cifar-10", SMALL)
    made = tiny(pretrained="cifar-10", tune="fine-tuned", freeze=2)
    parts = parts_of(learn(made).net)
    begun = parts_of(Keypoints(made, *FACES).network())
    unchanged = [name for name in STAGES if same(dict(parts[name].state_dict()), dict(begun[name].state_dict()))]
    assert unchanged == ["stem", "layer1"]
    groups = Keypoints(made.changed({"trunk_lr": 0.1, "freeze": 0}), *FACES)
    shares = {group["share"]: len(group["params"]) for group in groups.optimizer(groups.network()).param_groups}
    assert set(shares) == {1.0, 0.1}
    first = learn(tiny(pretrained="cifar-10", tune="fine-tuned", head_first=2))
    assert same(of_trunk(first.net), weights), "as long as the head alone is learned"
    then = learn(tiny(pretrained="cifar-10", tune="fine-tuned", head_first=1))
    assert not same(of_trunk(then.net), weights)


def test_a_grey_first_convolution_is_repeated(trunk):
    grey = build(replace(SMALL, in_channels=1, num_classes=10)).eval()
    trunk.with_name("small-fashion-mnist.npz").write_bytes(
        runs.half({k: v.numpy() for k, v in grey.state_dict().items()})
    )
    weights, _ = load_trunk("fashion-mnist", SMALL)
    net = build(SMALL).eval()
    net.load_state_dict(weights, strict=False)
    x = torch.rand(2, 1, 32, 32)
    with torch.no_grad():
        assert torch.allclose(net.conv1(x.expand(-1, 3, -1, -1)), grey.conv1(x), atol=2e-3)


def test_a_trunk_that_is_missing_or_none_is_said(trunk):
    content = trunk.read_bytes()
    with pytest.raises(
        DataError, match=r"pretrained on fashion-mnist is missing: .*--recipe trunk --data fashion-mnist"
    ):
        load_trunk("fashion-mnist", SMALL)
    for broken in (content[:100], b"", b"PK", content[:-500] + bytes(500), pickle.dumps({"a": 1})):
        trunk.write_bytes(broken)
        with pytest.raises(DataError, match="holds no weights that can be read"):
            load_trunk("cifar-10", SMALL)
    trunk.unlink()
    net = build(replace(SMALL, num_classes=10))
    assert keep_trunk("cifar-10", SMALL, net) == trunk
    found = load_trunk("cifar-10", SMALL)[0]
    assert all(torch.allclose(found[name], value, atol=1e-2) for name, value in of_trunk(net).items())
    trunk.unlink()
    with pytest.raises(DataError, match="missing"):
        learn(tiny(pretrained="cifar-10", tune="frozen"))


def test_a_network_of_drawn_faces_is_kept_with_its_head(trunk, monkeypatch):
    net = build(SMALL).eval()
    path = keep_trunk("drawn-faces", SMALL, net, head=True)
    assert path == trunk.with_name("small-drawn-faces.npz")
    assert not any(name.startswith("fc.") for name in load_trunk("drawn-faces", SMALL)[0]), "a trunk has no head"
    x = torch.rand(2, 3, 32, 32)
    with torch.no_grad():
        assert torch.allclose(trunks.load_whole("drawn-faces", SMALL)(x), net(x), atol=2e-2)
    learn(tiny(pretrained="drawn-faces", tune="fine-tuned"))
    keep_trunk("drawn-faces", SMALL, net)
    for arch in (SMALL, replace(SMALL, num_classes=10)):
        with pytest.raises(DataError, match=r"has no last layer for .*--recipe keypoints --data drawn-faces"):
            trunks.load_whole("drawn-faces", arch)


def test_what_becomes_a_trunk():
    made = RECIPES["keypoints"]
    sources = [RECIPES["trunk"], adapted(RECIPES["trunk"], data="fashion-mnist"), made]
    others = [RECIPES["cifar"], RECIPES["keypoints-page"], made.changed({"epochs": 1}), adapted(made, data="real-faces"),
              made.changed({"pretrained": "cifar-10", "tune": "frozen"})]  # fmt: skip
    assert all(session._is_a_source(each) for each in sources)
    assert not any(session._is_a_source(each) for each in others)


def test_a_recorded_run_is_a_trunk_as_well(tmp_path, monkeypatch):
    """Where the data folder has none; and what is trained is kept in the data folder, never over a record."""
    monkeypatch.setenv("RESNET_BOOK_DATA", str(tmp_path))
    arch = recipe("keypoints-page").architecture
    recorded = runs.find(trunks.RECORDED["fashion-mnist", "fashion-resnet20"]) / "weights.npz"
    content = recorded.read_bytes()
    weights, digest = load_trunk("fashion-mnist", arch)
    assert digest == hashlib.sha256(content).hexdigest()
    kept = runs.weights(recorded.parent)
    assert weights["conv1.weight"].shape == (8, 3, 3, 3), "of one channel, shared out over three"
    np.testing.assert_allclose(weights["conv1.weight"].sum(1).numpy(), kept["conv1.weight"][:, 0], rtol=1e-3)
    assert np.array_equal(weights["layer3.2.conv2.weight"].numpy(), kept["layer3.2.conv2.weight"].astype(np.float32))
    own = keep_trunk("fashion-mnist", arch, build(arch))
    assert own.is_relative_to(tmp_path) and recorded.read_bytes() == content
    assert load_trunk("fashion-mnist", arch)[1] != digest, "what the reader trained goes first"
    own.unlink()
    with pytest.raises(DataError, match="missing"):
        load_trunk("cifar-10", arch)


@pytest.mark.parametrize("what, words", [("missing", "conv1.weight is missing"), ("more", "layer9.weight is not known"),
                                         ("shape", r"bn1.weight is \(3,\), not \(8,\)"), ("nan", "are no numbers")])  # fmt: skip
def test_a_trunk_of_another_network_is_said(trunk, what, words):
    with np.load(trunk) as stored:
        arrays = dict(stored)
    if what == "missing":
        del arrays["conv1.weight"]
    elif what == "more":
        arrays["layer9.weight"] = np.zeros(3)
    elif what == "shape":
        arrays["bn1.weight"] = np.zeros(3)
    else:
        arrays["bn1.weight"] = np.full(8, np.nan)
    np.savez(trunk, **arrays)
    with pytest.raises(DataError, match=words):
        load_trunk("cifar-10", SMALL)


@pytest.fixture
def imagenet(tmp_path, monkeypatch):
    """A file of the form of torchvision's, made here, under a name that tells its sum."""
    monkeypatch.setenv("RESNET_BOOK_DATA", str(tmp_path))
    (tmp_path / trunks.FOLDER).mkdir()

    def put(content) -> None:
        beside = tmp_path / "made.pth"
        torch.save(content, beside)
        name = f"small-{hashlib.sha256(beside.read_bytes()).hexdigest()[:8]}.pth"
        monkeypatch.setitem(trunks.IMAGENET, "small", name)
        beside.rename(tmp_path / trunks.FOLDER / name)

    return put


def test_weights_of_imagenet_are_read_as_tensors_alone(imagenet, tmp_path):
    state = build(replace(SMALL, num_classes=1_000)).state_dict()
    imagenet({name: value for name, value in state.items() if "num_batches" not in name})
    weights, digest = load_trunk("imagenet", SMALL)
    assert same(weights, {k: v for k, v in state.items() if not k.startswith("fc.")})
    path = trunks.trunk_path("imagenet", SMALL)
    assert digest.startswith(path.stem[-8:])
    learn(tiny(pretrained="imagenet", tune="frozen", epochs=1))
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(DataError, match="is altered or cut short: its SHA-256 sum begins with"):
        load_trunk("imagenet", SMALL)


def test_a_file_with_a_program_in_it_is_refused(imagenet):
    imagenet(build(SMALL))  # a whole module: its pickle names classes
    with pytest.raises(DataError, match="holds no weights that can be read"):
        load_trunk("imagenet", SMALL)
    imagenet([1, 2, 3])
    with pytest.raises(DataError, match="it is no state dict"):
        load_trunk("imagenet", SMALL)


def test_without_a_network_imagenet_is_told_and_nothing_is_left(tmp_path, monkeypatch):
    monkeypatch.setenv("RESNET_BOOK_DATA", str(tmp_path))
    monkeypatch.setattr(trunks, "ADDRESS", "http://127.0.0.1:9/")
    with pytest.raises(DataError, match=r"could not be fetched .*copy\s+torchvision's resnet18-f37072fd.pth"):
        load_trunk("imagenet", architecture("resnet18", num_classes=136))
    assert list((tmp_path / trunks.FOLDER).iterdir()) == []
    with pytest.raises(DataError, match="is missing"):
        load_trunk("imagenet", architecture("resnet18"), download=False)
    with pytest.raises(ValueError, match="no weights from ImageNet are known for cifar-resnet20"):
        load_trunk("imagenet", architecture("cifar-resnet20"))


# ---------------------------------------------------------------- going on, and the record


@pytest.mark.parametrize("changes", [{}, {"pretrained": "cifar-10", "tune": "fine-tuned", "head_first": 1}])
def test_a_stopped_run_goes_on_bit_for_bit(trunk, tmp_path, monkeypatch, changes):
    made = tiny(epochs=4, **changes)
    whole = learn(made, seed=3)

    class Stopped(Exception):
        pass

    def stop(path, state, real=loop_module.checkpoint.save):
        real(path, state)
        if state["epoch"] == 2:
            raise Stopped

    with monkeypatch.context() as patch:
        patch.setattr(loop_module.checkpoint, "save", stop)
        with pytest.raises(Stopped):
            learn(made, seed=3, folder=tmp_path / "run")
    rest = learn(made, seed=3, folder=tmp_path / "run")
    assert rest.epochs_done_before == 2 and same(rest.net.state_dict(), whole.net.state_dict())
    assert torch.equal(rest.predicted, whole.predicted)


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(faces, "SAMPLED", (40, 10))


GIVEN = ["--recipe", "keypoints", "--data", "drawn-faces", "--budget", "sample", "--set", "size=32", "--set", "batch_size=20",
         "--epochs", "1", "--device", "cpu", "--quiet"]  # fmt: skip


def test_the_command_records_points_and_no_picture(few, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert command.main([*GIVEN, "--seed", "5", "--pictures", "30", "--keep-weights"]) == 0, capsys.readouterr().err
    (folder,) = (tmp_path / "runs" / "keypoints-sample").iterdir()
    assert folder.name == "resnet18-drawn-scratch-30-5-size-32-batch-size-20-epochs-1"
    run = runs.read(folder)
    assert isinstance(run, keypoint_runs.KeypointRun)
    about = {
        key: run.config[key] for key in ("recipe", "dataset", "split", "weights", "pretrained", "pictures", "seed")
    }
    assert about == {"recipe": "keypoints", "dataset": "drawn faces sample", "split": "usual", "weights": "scratch",
                     "pretrained": "none", "pictures": 30, "seed": 5}  # fmt: skip
    assert run.config["settings"]["architecture"]["name"] == "resnet18"
    assert asdict(Recipe.from_json(json.dumps(run.config["settings"])).keypoints) == run.config["settings"]["keypoints"]
    from resnet_book.data.drawn_faces import face_points, parameters

    truth = face_points(parameters(run.rows)) * 32 - 0.5  # rows are seeds: anybody can compute the error anew
    assert run.rows.tolist() == list(range(10_000, 10_010))
    errors = face_metrics.nme(run.predicted, truth)
    assert run.nme == pytest.approx(100 * errors.mean(), rel=1e-5) and run.errors == pytest.approx(errors, rel=1e-4)
    assert run.box_errors == pytest.approx(face_metrics.box_error(run.predicted, truth), rel=1e-4)
    learned = face_points(parameters([place * 40 // 30 for place in range(30)]))  # these 30 of the 40
    alone = face_metrics.nme(np.broadcast_to(learned.mean(0) * 32, truth.shape), truth + 0.5)
    assert run.config["mean_face_nme"] == pytest.approx(100 * alone.mean(), rel=0.02) and alone.mean() > 0.15
    header = (folder / "metrics.csv").read_text().splitlines()[0]
    assert "test_nme" in header and "accuracy" not in header
    kept = {path.name for path in folder.iterdir() if path.is_file() and path.suffix not in (".pt", ".lock")}
    assert kept == {
        "config.json",
        "env.json",
        "metrics.csv",
        "predictions.npz",
        "README.md",
        "gradients.csv",
        "weights.npz",
    }
    assert "NME" in (folder / "README.md").read_text()
    capsys.readouterr()
    assert command.main([*GIVEN, "--seed", "5", "--pictures", "30"]) == 0
    assert f"holds this run already: test NME {run.nme:.2f} %" in capsys.readouterr().out


def test_a_record_that_contradicts_itself_is_refused(few, tmp_path, capsys):
    out = tmp_path / "run"
    assert command.main([*GIVEN, "--out", str(out)]) == 0
    with np.load(out / "predictions.npz") as stored:
        arrays = dict(stored)
    for change, words in (
        ({"errors": arrays["errors"] * 1.1}, "says an NME of"),
        ({"rows": np.zeros_like(arrays["rows"])}, "as many rows, all different"),
        ({"box_errors": arrays["box_errors"][1:]}, "and as many errors"),
        ({"box_errors": -arrays["box_errors"]}, "are not numbers from 0 on"),
        ({"predicted": arrays["predicted"][:, :67]}, "expected the points of 10 faces"),
        ({"predicted": np.full_like(arrays["predicted"], np.nan)}, "expected the points of"),
    ):
        np.savez(out / "predictions.npz", **arrays | change)
        with pytest.raises(runs.RunError, match=words):
            runs.read(out)
    np.savez(out / "predictions.npz", **arrays)
    config = json.loads((out / "config.json").read_text())
    del config["weights"]
    (out / "config.json").write_text(json.dumps(config))
    with pytest.raises(runs.RunError, match="has no weights"):
        runs.read(out)


@pytest.mark.parametrize(
    "given, words",
    [
        (["--recipe", "cifar", "--pretrained", "cifar-10"], "recipe cifar does not take --pretrained"),
        (["--recipe", "keypoints", "--split", "by-person"], "drawn faces have no split 'by person'"),
        (["--recipe", "keypoints", "--tune", "fine-tuned"], "there is nothing to tune else"),
        (
            ["--recipe", "keypoints", "--budget", "sample", "--pictures", "5000", "--set", "size=16"],
            "pictures: expected a number from 1 to",
        ),
        (["--recipe", "keypoints", "--pictures", "0"], "--pictures is 0; expected 1 or more"),
        (["--recipe", "keypoints", "--data", "cifar-10"], "data is 'cifar-10'"),
        (["--recipe", "book", "--data", "real-faces"], "as it classifies"),
        (["--recipe", "keypoints", "--budget", "sample", "--set", "size=16", "--validation"], "leave --validation out"),
    ],
)
def test_what_does_not_go_together_is_said(few, given, words, capsys):
    assert command.main(given) == 2
    assert words in capsys.readouterr().err


def test_without_the_real_faces_the_command_says_what_is_missing(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("RESNET_BOOK_DATA", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for budget in ("sample", "full"):
        assert command.main(["--recipe", "keypoints", "--data", "real-faces", "--budget", budget]) == 2
        assert "the real faces are missing: there is no folder" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [], "nothing half-written"


def test_a_trunk_that_is_not_there_stops_before_anything_is_written(few, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("RESNET_BOOK_DATA", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert command.main([*GIVEN, "--pretrained", "cifar-10", "--tune", "frozen"]) == 2
    assert "the trunk pretrained on cifar-10 is missing" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_sets_of_drawn_faces_share_no_seed():
    training, testing = drawn_faces(16, (50, 10))
    assert testing.rows.tolist() == list(range(10_000, 10_010)) and training.rows.tolist() == list(range(50))
    with pytest.raises(ValueError, match="at most 10,000"):
        drawn_faces(16, (10_001, 1))
    with pytest.raises(ValueError, match="no set of faces"):
        faces.load_faces("masks", 16)
    spread = faces.spread(training, 10)
    assert isinstance(spread, Faces) and spread.rows.tolist() == list(range(0, 50, 5))


@pytest.mark.parametrize("name", ["drawn-faces", "real-faces"])
def test_faces_stand_among_the_data_sets(few, monkeypatch, name):
    monkeypatch.setattr(datasets, "real_faces", lambda: drawn_faces(16, (60, 20)))
    monkeypatch.setattr(datasets, "DRAWN", (60, 20))
    monkeypatch.setattr(datasets, "SAMPLED", {True: 40, False: 10})
    found = dataset(name)
    assert (found.channels, found.outputs, found.points, found.classes) == (3, 136, 68, ())
    assert [len(found.load(train)) for train in (True, False)] == [60, 20]
    assert [len(found.sample(train)) for train in (True, False)] == [40, 10]


@pytest.mark.parametrize(
    "given, changes",
    [
        ([], {}),
        (["--pretrained", "cifar-10"], {"pretrained": "cifar-10", "tune": "fine-tuned"}),
        (["--pretrained", "imagenet", "--tune", "frozen"], {"pretrained": "imagenet", "tune": "frozen"}),
        (["--pretrained", "none", "--tune", "scratch"], {"pretrained": "none", "tune": "scratch"}),
        (["--split", "by-person", "--pictures", "100"], {"split": "by person", "pictures": 100}),
    ],
)
def test_options_are_fields_of_the_recipe(given, changes):
    found = command._about_faces(command._parser().parse_args(["--recipe", "keypoints-tutorial", *given]))
    assert found == changes
    made = recipe("keypoints-tutorial", **found)
    assert {name: getattr(made.keypoints, name) for name in changes} == changes


def test_folders_tell_what_was_trained():
    made = recipe("keypoints-tutorial", pretrained="cifar-10", tune="frozen", split="by person", pictures=500)
    assert session.folder_of(made, 2) == "keypoints-tutorial/resnet18-real-frozen-cifar-10-by-person-500-2"
    made = recipe("keypoints-losses", loss="wing", output="heat maps")
    assert session.folder_of(made, 0) == "keypoints-losses/fashion-resnet20-drawn-scratch-wing-heat-maps-0"
    begun = {"pretrained": "fashion-mnist", "tune": "fine-tuned"}
    for change, told in (
        ({"freeze": 2}, "freeze-2"),
        ({"head_first": 1, "trunk_lr": 0.1}, "head-first-1-trunk-lr-0.1"),
    ):
        made = recipe("keypoints-stages", **begun, **change)
        assert session.folder_of(made, 0).endswith(f"resnet20-drawn-fine-tuned-fashion-mnist-{told}-0")
    assert session.folder_of(recipe("keypoints"), 0, "sample") == "keypoints-sample/resnet18-drawn-scratch-0"
