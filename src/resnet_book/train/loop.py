"""The training loop, from the first line to the last what happens.

No figure of a test set is used to choose anything here: the result is the last epoch's, without test-time augmentation.
"""

from __future__ import annotations

import itertools
import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from ..data import Faces, Pictures, normalization
from . import checkpoint
from .devices import Team, arithmetic, join, keep_memory, pick_device
from .errors import TrainingError
from .folder import alone, writable
from .memory import enough_memory
from .products import use_products
from .progress import Progress
from .recipes import Recipe, learning_rate
from .stochastic_depth import drop_branches
from .tasks import evaluate, task_of

__all__ = ["Diverged", "Result", "TrainingError", "evaluate", "fit"]

LOOK_EVERY = 10  # steps between two looks at the losses; on a GPU each look waits for it


@dataclass(frozen=True)
class Result:
    """What a run ends with.

    Attributes:
        net: the network after the last epoch.
        history: one dictionary for each step and each epoch, see `resnet_book.runs.COLUMNS`; those of the kind
            "gradients" have, under "norms", the norm of the loss's gradient in the weights of every layer.
        predicted: (N,) uint8, the class that the network gives to each held-out picture, in order; of faces (N, 68, 2)
            float32, the points that it finds, in pixels of each picture as its set has it.
        confidence: (N,) float32, the probability that it gives to that class; of faces the NME of each, as a part of 1.
        seconds: wall time, over all starts of the run.
        epochs_done_before: epochs taken over from a checkpoint.
    """

    net: nn.Module
    history: list[dict[str, Any]]
    predicted: Tensor
    confidence: Tensor
    seconds: float
    epochs_done_before: int


class Diverged(TrainingError):
    """The loss or a weight is no longer a number.

    Attributes:
        what, epoch, step: what was found, and where.
        result: what there was until then; its last epoch is a part of one, and the network scored as it is.
    """

    def __init__(self, message: str, what: str, row: dict[str, Any], result: Result) -> None:
        super().__init__(message)
        self.what, self.epoch, self.step, self.result = what, row["epoch"], row["step"], result


def fit(
    recipe: Recipe,
    training: Pictures | Faces,
    held_out: Pictures | Faces,
    *,
    seed: int = 0,
    device: str | torch.device | None = None,
    folder: Path | str | None = None,
    scored: str = "test",
    compiled: bool = False,
    progress: bool = True,
) -> Result:
    """Train a network by a recipe. Under `torchrun` the processes share every batch.

    Args:
        recipe: how.
        training: what to learn from.
        held_out: what to score on after every epoch.
        seed: decides the first weights, the order of the pictures, crops and flips.
        device: where; by default the fastest there is.
        folder: where the checkpoint lives. If it holds one of the same run, the run goes on from it; on a CPU it then
            ends with the same weights, bit for bit, as a run that was never stopped.
        scored: "test" or "validation": what the held-out figures are called.
        compiled: whether `torch.compile` makes the network faster; that takes a minute or so first.
        progress: whether to show progress, on the standard error stream.

    Raises:
        ValueError: a batch larger than the data, or a device that is not there.
        TrainingError: the folder cannot be written to, or another process trains in it.
        MemoryShort: (a TrainingError) a step needs more memory than there is.
        Diverged: (a TrainingError) the loss or a weight is no longer a number.
        CheckpointError: the checkpoint is not of this run, or cannot be written.
    """
    if recipe.batch_size > len(training):
        raise ValueError(
            f"a batch of {recipe.batch_size:,} is larger than the training set of {len(training):,}: "
            f"give a batch_size of at most {len(training):,}"
        )
    device = pick_device(device) if device is None or isinstance(device, str) else device
    saved = writable(Path(folder)) / checkpoint.FILE_NAME if folder is not None else None
    if device.type == "cpu":
        keep_memory()
    dtype = arithmetic(recipe, device)
    with join(device) as team, alone(saved, team), enough_memory(recipe, device, dtype, team.world):
        return _Training(
            recipe, training, held_out, seed=seed, device=device, dtype=dtype, saved=saved, scored=scored,
            compiled=compiled, progress=progress and team.rank == 0, team=team,
        ).run()  # fmt: skip


class _Training:
    """One training, and how far it has come.

    Attributes:
        net: the network.
        model: the same as it is called in training: its gradients shared among processes, compiled.
        history: what is known of all steps and epochs so far, as in `Result`.
        done: epochs taken over from a checkpoint.
        step: steps behind it.
        rows, sums: of the steps since the last look: what is known, and what the device still holds.
        totals: loss, score and number of the epoch's pictures, up to the last look.
    """

    def __init__(
        self,
        recipe: Recipe,
        training: Pictures | Faces,
        held_out: Pictures | Faces,
        *,
        seed: int,
        device: torch.device,
        dtype: torch.dtype,
        saved: Path | None,
        scored: str,
        compiled: bool,
        progress: bool,
        team: Team,
    ) -> None:
        self.recipe, self.training, self.scored, self.saved = recipe, training, scored, saved
        self.device, self.dtype, self.team = device, dtype, team
        self._begin(held_out, seed, compiled)
        self._resume(seed)
        self.team.wait()  # until all have read the checkpoint
        self.model = self._shared(compiled)

        self.epochs, self.steps = recipe.length(len(self.batches))
        self.step = min(self.done * len(self.batches), self.steps)
        self.started = time.perf_counter() - self.spent
        self.gentle = recipe.gentle_lr > 0 and not _has_begun(self.history)
        every = len(training) / len(self.batches)  # pictures a step
        self.bar = Progress(round(self.steps * every), round(self.step * every), progress)

    def _begin(self, held_out: Pictures | Faces, seed: int, compiled: bool) -> None:
        """Where everything starts from: the seed alone."""
        torch.manual_seed(seed)
        self.order = torch.Generator().manual_seed(seed)
        self.task = task_of(self.recipe, self.training, held_out)
        net = self.task.network()
        channels_last = self.recipe.channels_last and self.device.type != "mps"
        order = torch.channels_last if channels_last else torch.preserve_format
        self.net = net.to(self.device, memory_format=order)
        self.optimizer = self.task.optimizer(self.net)
        normalize = normalization(self.training, self.recipe.normalize)
        self.form = {"normalize": normalize, "device": self.device, "channels_last": channels_last}
        share = self.team.rank, self.team.world
        self.batches = self.task.batches(self.training, self.order, share=share, **self.form)
        self.scoring = self.task.plain(held_out, **self.form)
        if self.device.type == "cpu" and self.dtype == torch.bfloat16 and not compiled:
            use_products(self.net)
        self.dropping = drop_branches(self.net, self.recipe.survival) if self.recipe.survival < 1 else []

    def _resume(self, seed: int) -> None:
        """Where it goes on from, if it was stopped."""
        self.history, self.done, self.spent = [], 0, 0.0
        self.identity = checkpoint.identity(self.recipe, seed, self.training, self.task.targets, self.scored)
        state = checkpoint.load(self.saved, self.identity) if self.saved else None
        if state is None:
            return
        self.net.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.order.set_state(state["order"])
        torch.set_rng_state(state["rng"]["cpu"])
        if self.device.type == "cuda" and state["rng"]["cuda"] is not None:
            torch.cuda.set_rng_state(state["rng"]["cuda"], self.device)
        self.history, self.done, self.spent = state["history"], state["epoch"], state["seconds"]

    def _shared(self, compiled: bool) -> nn.Module:
        model: nn.Module = self.net
        if self.team.world > 1:  # averages the gradients of all processes; batch norm uses each one's own part
            ids = [self.device] if self.device.type == "cuda" else None
            model = DistributedDataParallel(self.net, device_ids=ids, find_unused_parameters=self.task.rests)
        return torch.compile(model) if compiled else model

    def run(self) -> Result:
        """All epochs that are left."""
        scores: dict[str, Any] = {}
        for epoch in range(self.done + 1, self.epochs + 1):
            summary = self._learn(epoch)
            if self.team.rank == 0:  # the others wait at the end of the epoch
                scores = self._score(summary)
            self.history.append(summary)
            if self.saved and self.team.rank == 0:
                checkpoint.save(self.saved, self._state(epoch))
            self.team.wait()
        self.bar.close()
        if not scores:  # nothing was left to do, or another process scored
            self.scoring.size = self.recipe.size
            scores = self._evaluate(self.scoring)
        self.task.end(self.net)
        return self._result(self.history, scores, self._seconds())

    # ------------------------------------------------------------ an epoch

    def _learn(self, epoch: int) -> dict[str, Any]:
        """The steps of an epoch; returns what is known of it."""
        self.bar.begin(f"epoch {epoch} of {self.epochs}")
        self.model.train()
        self.task.begin(self.net, epoch)
        self.batches.epoch, self.batches.size = epoch, self.recipe.size_at(epoch)
        self.scoring.size = self.batches.size
        self.epoch_started, self.processor_started = time.perf_counter(), time.process_time()
        self.rows, self.sums, self.totals = [], [], torch.zeros(3, dtype=torch.float64)
        for batch, (x, y) in enumerate(self.batches, start=1):
            self._step(epoch, batch, x, y)
            if len(self.rows) == LOOK_EVERY or batch == len(self.batches) or self.step == self.steps:
                self._look()
            if self.step == self.steps:
                break
        last = self.history[-1]
        if not all(value.isfinite().all() for value in self.net.state_dict().values()):  # a finite loss can step there
            raise self._diverged("a weight is infinite or no number", last, self.step)
        loss_sum, score_sum, count = self.totals.tolist()
        means = {"train_loss": loss_sum / count, f"train_{self.task.measure}": score_sum / count}
        return self._summary(epoch, self.step, last["lr"], means)

    def _step(self, epoch: int, batch: int, x: Tensor, y: Tensor) -> None:
        """Forward, backward, update."""
        lr = self.recipe.gentle_lr if self.gentle else learning_rate(self.recipe, self.step, self.steps)
        for group in self.optimizer.param_groups:
            group["lr"] = lr * group.get("share", 1.0)
        self.optimizer.zero_grad()
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.dtype == torch.bfloat16):
            output = self.model(x)
        output = output.float()
        loss = self.task.loss(output, y)
        whole = min(self.recipe.batch_size, len(self.training) - (batch - 1) * self.recipe.batch_size)
        (loss * (len(y) * self.team.world / whole)).backward()  # 1, but for a batch that cannot be dealt out evenly
        if _is_looked_into(self.step, len(self.batches)):
            self._keep_gradients(epoch)
        self.optimizer.step()

        with torch.no_grad():
            score = self.task.score(output, y)
            self.sums.append(torch.stack([loss.detach() * len(y), score, loss.new_tensor(float(len(y)))]))
        self.step += 1
        self.rows.append({"epoch": epoch, "step": self.step, "seconds": self._seconds(), "lr": lr})
        self.bar.update(whole)

    def _keep_gradients(self, epoch: int) -> None:
        seen = [(name, p.grad) for name, p in self.net.named_parameters() if p.ndim > 1]
        norms = {name: 0.0 if grad is None else grad.norm().item() for name, grad in seen}
        self.history.append({"kind": "gradients", "epoch": epoch, "step": self.step + 1, "norms": norms})

    def _look(self) -> None:
        """Fetch losses and scores of the steps since the last look from the device."""
        seen = self.team.total(torch.stack(self.sums)).cpu().double()
        self.totals += seen.sum(0)
        for row, (loss_sum, score_sum, count) in zip(self.rows, seen.tolist()):
            row |= {"kind": "step", "train_loss": loss_sum / count, f"train_{self.task.measure}": score_sum / count}
            if not math.isfinite(loss_sum):
                self.history += [known for known in self.rows if known["step"] < row["step"]]
                raise self._diverged(f"the loss is {loss_sum / count}", row, row["step"] - 1)
        self.history += self.rows
        self.gentle = self.gentle and not _has_begun(self.rows)
        self.bar.note(self.rows[-1]["train_loss"])
        self.rows, self.sums = [], []

    def _summary(self, epoch: int, step: int, lr: float, means: dict[str, float]) -> dict[str, Any]:
        """What is known of an epoch when its steps are done."""
        return {
            "kind": "epoch",
            "epoch": epoch,
            "step": step,
            "lr": lr,
            **means,
            "train_seconds": time.perf_counter() - self.epoch_started,
            "processor_seconds": time.process_time() - self.processor_started,
            "size": self.batches.size,
        }

    def _score(self, summary: dict[str, Any]) -> dict[str, Any]:
        """Add to the summary of an epoch what the network is worth after it; returns the scores of what is held out."""
        measure = self.task.measure
        scores = self._evaluate(self.scoring)
        summary |= {f"{self.scored}_{key}": scores[key] for key in ("loss", measure)}
        if summary["epoch"] == self.epochs:  # the training pictures as they are, to the network as it is
            as_they_are = self._evaluate(self.task.plain(self.training, size=self.batches.size, **self.form))
            summary |= {f"train_evaluated_{key}": as_they_are[key] for key in ("loss", measure)}
        summary["seconds"] = self._seconds()
        training, held_out = (self.task.words(summary[f"{part}_{measure}"]) for part in ("train", self.scored))
        rate = self.totals[2].item() / summary["train_seconds"]
        self.bar.say(
            f"epoch {summary['epoch']:2}: loss {summary['train_loss']:.4f}, training {training}, "
            f"{self.scored} {held_out}, {rate:,.0f} pictures/s"
        )
        return scores

    # ------------------------------------------------------------ what is kept

    def _seconds(self) -> float:
        """Since the first start, the time between two starts left out."""
        return time.perf_counter() - self.started

    def _evaluate(self, batches: Any) -> dict[str, Any]:
        return self.task.evaluate(self.net, batches, self.dtype)

    def _state(self, epoch: int) -> dict[str, Any]:
        """The checkpoint after an epoch."""
        return {
            "run": self.identity,
            "epoch": epoch,
            "model": self.net.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "order": self.order.get_state(),
            "rng": {
                "cpu": torch.get_rng_state(),
                "cuda": torch.cuda.get_rng_state(self.device) if self.device.type == "cuda" else None,
            },
            "history": self.history,
            "seconds": self._seconds(),
        }

    def _result(self, history: list[dict[str, Any]], scores: dict[str, Any], seconds: float) -> Result:
        """The network without what only its training needed, and what is known of it."""
        use_products(self.net, on=False)
        for hook in self.dropping:
            hook.remove()
        return Result(self.net, history, scores["predicted"], scores["confidence"], seconds, self.done)

    def _diverged(self, what: str, row: dict[str, Any], last: int) -> Diverged:
        """What ends the run now, with all that is known: the epoch as far as it came, the network scored as it is."""
        measure = self.task.measure
        history = [past for past in self.history if past["kind"] == "epoch" or past["step"] <= last]
        scores = self._evaluate(self.scoring)
        steps = [past for past in history if past["kind"] == "step" and past["epoch"] == row["epoch"]]
        means = _means(steps, ("train_loss", f"train_{measure}"))
        summary = self._summary(row["epoch"], last, row["lr"], means)
        summary |= {"seconds": self._seconds(), f"{self.scored}_{measure}": scores[measure]}
        scores["confidence"] = scores["confidence"].nan_to_num(0.0)
        result = self._result([*history, summary], scores, summary["seconds"])
        return Diverged(_in_words(what, row, self.saved), what, row, result)


def _means(steps: list[dict[str, Any]], keys: tuple[str, ...]) -> dict[str, float]:
    """Of some steps; nothing of none."""
    return {key: sum(row[key] for row in steps) / len(steps) for key in keys if steps}


def _is_looked_into(step: int, batches: int) -> bool:
    """Whether gradients are recorded at a step, from 0: at the first of an epoch, and after 1, 2, 4, 8, ... steps."""
    return step % batches == 0 or (step < batches and step.bit_count() == 1)


def _has_begun(rows: list[dict[str, Any]]) -> bool:
    """Whether, between two looks, the training error was below 80 % (He et al. 2015, section 4.2)."""
    steps = [row for row in rows if row["kind"] == "step"]
    for _, epoch in itertools.groupby(steps, key=lambda row: row["epoch"]):
        right = [row["train_accuracy"] for row in epoch]
        looks = [right[first : first + LOOK_EVERY] for first in range(0, len(right), LOOK_EVERY)]
        if any(sum(look) / len(look) > 0.2 for look in looks):
            return True
    return False


def _in_words(what: str, row: dict[str, Any], saved: Path | None) -> str:
    kept = f" The checkpoint of epoch {row['epoch'] - 1} is kept in {saved}." if saved and row["epoch"] > 1 else ""
    return (
        f"{what} at step {row['step']} of epoch {row['epoch']}, at a learning rate of {row['lr']:.3g}: "
        f"training has diverged.{kept} Lower the learning rate, in a new folder; the same run would end the same way."
    )
