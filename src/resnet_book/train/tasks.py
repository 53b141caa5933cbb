"""What the loop does not know: how a network begins and ends, what it is given, and how wrong it is."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..data import Batches, FaceBatches, Faces, Moves, Pictures, face_metrics
from ..models import build_start
from .heat_maps import use_heat_maps
from .recipes import Recipe
from .trunks import load_trunk, parts_of

__all__ = ["Classes", "Keypoints", "evaluate", "sgd", "task_of", "wing"]

FINE = 64  # predicted points are kept to this part of a pixel
SIDE = 256  # of the picture in whose pixels the wing loss is computed


def task_of(recipe: Recipe, training: Pictures | Faces, held_out: Pictures | Faces) -> Classes | Keypoints:
    """What a recipe is for. Raises `ValueError` where the data are of another kind."""
    kind = Faces if recipe.keypoints else Pictures
    for data in (training, held_out):
        if not isinstance(data, kind):
            raise ValueError(f"recipe {recipe.name} takes {kind.__name__}, not {type(data).__name__}")
    return Keypoints(recipe, training, held_out) if recipe.keypoints else Classes(recipe, training, held_out)


class Classes:
    """Which of some classes a picture shows.

    Attributes:
        measure: what the score is called in records: "accuracy".
        targets: of the training and of the held-out pictures.
        rests: whether there are epochs in which a part of the network that learns later does not learn yet.
    """

    measure, rests = "accuracy", False

    def __init__(self, recipe: Recipe, training: Pictures, held_out: Pictures) -> None:
        self.recipe, self.targets = recipe, (training.labels, held_out.labels)

    def network(self) -> nn.Module:
        return build_start(self.recipe.architecture, self.recipe.start, init=self.recipe.init)

    def optimizer(self, net: nn.Module) -> torch.optim.Optimizer:
        return sgd(self.recipe, net)

    def batches(self, pictures: Pictures, order: torch.Generator, **form: Any) -> Batches:
        """To learn from."""
        r = self.recipe
        moves = {"crop": r.crop, "padding": r.padding, "flip": r.flip, "alternate": r.alternate}
        return Batches(pictures, r.batch_size, generator=order, **moves, **form)

    def plain(self, pictures: Pictures, **form: Any) -> Batches:
        """To score on."""
        return Batches(pictures, self.recipe.batch_size, **form)

    def begin(self, net: nn.Module, epoch: int) -> None:
        """Before the first step of an epoch, counted from 1; the network is in training mode."""

    def loss(self, output: Tensor, y: Tensor) -> Tensor:
        return F.cross_entropy(output, y, label_smoothing=self.recipe.label_smoothing)

    def score(self, output: Tensor, y: Tensor) -> Tensor:
        """How many of a batch are right."""
        return (output.argmax(1) == y).sum().float()

    def evaluate(self, net: nn.Module, batches: Batches, dtype: torch.dtype) -> dict[str, Any]:
        return evaluate(net, batches, dtype)

    def end(self, net: nn.Module) -> None:
        """After the last epoch; raises if something has not held that had to."""

    def words(self, score: float) -> str:
        return f"accuracy {score:.2%}"


class FullPrecisionLinear(nn.Linear):
    """A last layer that computes in the precision of its weights under autocast, too.

    In 16 bits the places that it gives would come in steps, of up to 0.004 of the picture's side.

    Shape, parameters, arguments and results are those of `torch.nn.Linear`.
    """

    @classmethod
    def of(cls, layer: nn.Linear) -> FullPrecisionLinear:
        """The same layer, with the very parameters of `layer`."""
        made = cls(layer.in_features, layer.out_features, device="meta")  # draws no random numbers
        made.weight, made.bias = layer.weight, layer.bias
        return made

    def forward(self, x: Tensor) -> Tensor:
        with torch.autocast(x.device.type, enabled=False):
            return super().forward(x.to(self.weight.dtype))


class Keypoints:
    """Where the 68 points of a face are; the score is the NME, in per cent.

    While it learns, the NME is that of the moved pictures as they are given, resized to squares. What is held out is
    scored in the pixels of each picture as its set has it.
    """

    measure = "nme"

    def __init__(self, recipe: Recipe, training: Faces, held_out: Faces) -> None:
        self.recipe, self.settings = recipe, recipe.keypoints
        self.mean = training.places.double().mean(0).float()
        self.targets = training.places, held_out.places
        for faces in (training, held_out):
            face_metrics.eye_distance(faces.points.numpy())  # a face without such a distance is said before all else
        self.rests = self.settings.head_first > 0
        self.before: dict[str, Tensor] = {}

    def network(self) -> nn.Module:
        made = self.settings
        net = build_start(self.recipe.architecture, self.recipe.start, init=self.recipe.init)
        if made.output == "mean face":
            with torch.no_grad():
                net.fc.weight.zero_()
                net.fc.bias.copy_(self.mean.flatten())
        if made.output == "heat maps":
            use_heat_maps(net, len(self.mean))
        else:
            net.fc = FullPrecisionLinear.of(net.fc)
        if made.pretrained != "none":
            weights, _ = load_trunk(made.pretrained, self.recipe.architecture)
            net.load_state_dict(weights, strict=False)
        for name, part in parts_of(net).items():
            if name in made.frozen:
                part.requires_grad_(False)
                self.before |= {f"{name} {key}": value.clone() for key, value in part.state_dict().items()}
        return net

    def optimizer(self, net: nn.Module) -> torch.optim.Optimizer:
        r, made = self.recipe, self.settings
        head = {id(p) for p in net.fc.parameters()}
        groups = []
        for of_head in (True, False):
            for decays in (True, False):
                chosen = [
                    p
                    for p in net.parameters()
                    if p.requires_grad and (id(p) in head) == of_head and (p.ndim > 1 or r.decay_all) == decays
                ]
                share = 1.0 if of_head else made.trunk_lr
                groups.append({"params": chosen, "weight_decay": r.weight_decay * decays, "share": share})
        groups = [group for group in groups if group["params"]]
        if made.optimizer == "sgd":
            return torch.optim.SGD(groups, lr=r.lr, momentum=r.momentum, nesterov=r.nesterov)
        return {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[made.optimizer](groups, lr=r.lr)

    def batches(self, faces: Faces, order: torch.Generator, **form: Any) -> FaceBatches:
        made = self.settings
        moves = Moves(self.recipe.flip, made.rotate, made.scale, made.shift, made.colour)
        return FaceBatches(faces, self.recipe.batch_size, generator=order, moves=moves, **form)

    def plain(self, faces: Faces, **form: Any) -> FaceBatches:
        return FaceBatches(faces, self.recipe.batch_size, **form)

    def begin(self, net: nn.Module, epoch: int) -> None:
        """What is frozen keeps its statistics, too: a batch norm in training mode would change them."""
        head_alone = epoch <= self.settings.head_first
        for name, part in parts_of(net).items():
            if head_alone or name in self.settings.frozen:
                part.eval()
            if name not in self.settings.frozen:
                part.requires_grad_(not head_alone)

    def places(self, output: Tensor) -> Tensor:
        """(N, 136) -> (N, 68, 2)."""
        output = output.sigmoid() if self.settings.output == "sigmoid" else output
        return output.unflatten(1, (68, 2))

    def loss(self, output: Tensor, y: Tensor) -> Tensor:
        return LOSSES[self.settings.loss](self.places(output), y)

    def score(self, output: Tensor, y: Tensor) -> Tensor:
        off = (self.places(output) - y).norm(dim=2).mean(1)
        return 100 * (off / (y[:, 36] - y[:, 45]).norm(dim=1)).sum()

    @torch.no_grad()
    def evaluate(self, net: nn.Module, batches: FaceBatches, dtype: torch.dtype) -> dict[str, Any]:
        """Score on every face once, as it is, and leave the network in evaluation mode.

        Returns:
            `loss`, `nme` in per cent, `predicted` (N, 68, 2) float32, in pixels of each picture as its set has it, and
            `confidence` (N,) float32, in place of which stands the NME of each face, as a part of 1.
        """
        net.eval()
        outputs = []
        for x, _ in batches:
            with torch.autocast(x.device.type, dtype=torch.bfloat16, enabled=dtype == torch.bfloat16):
                outputs.append(net(x).float())
        output = torch.cat(outputs)
        faces = batches.faces
        predicted = faces.in_pixels(self.places(output).cpu())
        predicted = (predicted * FINE).round().div(FINE).nan_to_num(0.0)
        errors = face_metrics.nme(predicted.numpy(), faces.points.numpy())
        return {
            "loss": self.loss(output, batches.places).item(),
            "nme": 100 * float(errors.mean()),
            "predicted": predicted.float(),
            "confidence": torch.from_numpy(errors).float(),
        }

    def end(self, net: nn.Module) -> None:
        found = {
            f"{name} {key}": value for name, part in parts_of(net).items() for key, value in part.state_dict().items()
        }
        changed = [name for name, value in self.before.items() if not torch.equal(found[name].cpu(), value.cpu())]
        if changed:
            raise AssertionError(f"frozen, and changed all the same: {', '.join(changed)}")

    def words(self, score: float) -> str:
        return f"NME {score:.2f} %"


def sgd(recipe: Recipe, net: nn.Module) -> torch.optim.SGD:
    """SGD; weight decay leaves out biases and batch norms, of one dimension, unless the recipe says `decay_all`.

    Parameters that are a single number are a group of their own, with their `share` of the rate.
    """
    pulled = [p for p in net.parameters() if p.ndim > 1 or (recipe.decay_all and p.ndim)]
    free = [p for p in net.parameters() if p.ndim == 1 and not recipe.decay_all]
    single = [p for p in net.parameters() if p.ndim == 0]
    groups = [
        {"params": pulled, "weight_decay": recipe.weight_decay},
        {"params": free, "weight_decay": 0.0},
        {"params": single, "weight_decay": recipe.weight_decay * recipe.decay_all, "share": recipe.scalar_lr},
    ]
    return torch.optim.SGD(
        [group for group in groups if group["params"]], lr=recipe.lr, momentum=recipe.momentum, nesterov=recipe.nesterov
    )


def wing(places: Tensor, y: Tensor, w: float = 10.0, epsilon: float = 2.0) -> Tensor:
    """The wing loss (Feng et al. 2018, equation 5), in pixels of a picture of 256: steep for small errors, too."""
    off = (places - y).abs() * SIDE
    near = w * torch.log1p(off / epsilon)
    return torch.where(off < w, near, off - w + w * math.log1p(w / epsilon)).mean()


LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {"l1": F.l1_loss, "mse": F.mse_loss, "wing": wing}


@torch.no_grad()
def evaluate(net: nn.Module, batches: Batches, dtype: torch.dtype = torch.float32) -> dict[str, Any]:
    """Score a network on every picture once, as it is, and leave it in evaluation mode.

    Returns:
        `loss` (mean cross-entropy, without smoothing), `accuracy`, `predicted` (N,) uint8, `confidence` (N,) float32.
    """
    net.eval()
    outputs, labels = [], []
    for x, y in batches:
        with torch.autocast(x.device.type, dtype=torch.bfloat16, enabled=dtype == torch.bfloat16):
            outputs.append(net(x).float())
        labels.append(y)
    output, label = torch.cat(outputs), torch.cat(labels)
    confidence, predicted = output.softmax(1).max(1)
    return {
        "loss": F.cross_entropy(output, label).item(),
        "accuracy": (predicted == label).double().mean().item(),
        "predicted": predicted.to("cpu", torch.uint8),
        "confidence": confidence.cpu(),
    }
