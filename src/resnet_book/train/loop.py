"""The training loop, from the first line to the last what happens.

No figure of a test set is used to choose anything here: the result is the last epoch's, without test-time augmentation.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import math
import time
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock, Timeout
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from ..data import Faces, Pictures, normalization
from . import checkpoint
from .devices import Team, arithmetic, join, keep_memory, pick_device
from .errors import TrainingError
from .memory import enough_memory
from .products import use_products
from .progress import Progress
from .recipes import Recipe, learning_rate
from .stochastic_depth import drop_branches
from .tasks import evaluate, task_of

__all__ = ["Diverged", "Result", "TrainingError", "evaluate", "fit"]

LOOK_EVERY = 10  # steps between two looks at the losses; on a GPU each look waits for it
CHECKPOINT = "checkpoint.pt"
# Fields that recipes had not always, with what was done then: a run that was begun before they came goes on.
LATER = {"survival": 1.0, "start": "batch norm", "scalar_lr": 1.0, "keypoints": None}
LATER_OF_NETWORKS = {"pooled": 1}


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
    saved = _writable(Path(folder)) / CHECKPOINT if folder is not None else None
    if device.type == "cpu":
        keep_memory()
    dtype = arithmetic(recipe, device)
    with join(device) as team, _alone(saved, team), enough_memory(recipe, device, dtype, team.world):
        return _fit(
            recipe, training, held_out, seed, device, dtype, saved, scored, compiled, progress and team.rank == 0, team
        )


def _fit(
    recipe: Recipe,
    training: Pictures | Faces,
    held_out: Pictures | Faces,
    seed: int,
    device: torch.device,
    dtype: torch.dtype,
    saved: Path | None,
    scored: str,
    compiled: bool,
    progress: bool,
    team: Team,
) -> Result:
    # Where everything starts from: the seed alone.
    torch.manual_seed(seed)
    order = torch.Generator().manual_seed(seed)
    task = task_of(recipe, training, held_out)
    net = task.network()
    channels_last = recipe.channels_last and device.type != "mps"
    net = net.to(device, memory_format=torch.channels_last if channels_last else torch.preserve_format)
    optimizer = task.optimizer(net)
    form = {"normalize": normalization(training, recipe.normalize), "device": device, "channels_last": channels_last}
    batches = task.batches(training, order, share=(team.rank, team.world), **form)
    scoring = task.plain(held_out, **form)
    if device.type == "cpu" and dtype == torch.bfloat16 and not compiled:
        use_products(net)
    dropping = drop_branches(net, recipe.survival) if recipe.survival < 1 else []
    history: list[dict[str, Any]] = []
    done, spent = 0, 0.0

    # Where it goes on from, if it was stopped.
    run = _identity(recipe, seed, training, task.targets, scored)
    state = checkpoint.load(saved, run) if saved else None
    if state:
        net.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        order.set_state(state["order"])
        torch.set_rng_state(state["rng"]["cpu"])
        if device.type == "cuda" and state["rng"]["cuda"] is not None:
            torch.cuda.set_rng_state(state["rng"]["cuda"], device)
        history, done, spent = state["history"], state["epoch"], state["seconds"]
    team.wait()  # until all have read the checkpoint

    model: nn.Module = net
    if team.world > 1:  # averages the gradients of all processes; batch norm uses each one's own part of the batch
        ids = [device] if device.type == "cuda" else None
        model = DistributedDataParallel(net, device_ids=ids, find_unused_parameters=task.rests)
    if compiled:
        model = torch.compile(model)

    def as_built() -> nn.Module:
        """The network without what only its training needed."""
        use_products(net, on=False)
        for hook in dropping:
            hook.remove()
        return net

    def diverged(what: str, row: dict[str, Any], last: int) -> Diverged:
        """What ends the run now, with all that is known: the epoch as far as it came, the network scored as it is."""
        known = [past for past in history if past["kind"] == "epoch" or past["step"] <= last]
        scores = task.evaluate(net, scoring, dtype)
        summary = {"kind": "epoch", "epoch": row["epoch"], "step": last, "lr": row["lr"], "size": batches.size}
        means = [past for past in known if past["kind"] == "step" and past["epoch"] == row["epoch"]]
        summary |= _means(means, ("train_loss", f"train_{task.measure}"))
        summary |= {"train_seconds": time.perf_counter() - epoch_start, "seconds": time.perf_counter() - start}
        summary |= {"processor_seconds": time.process_time() - processor_start}
        summary[f"{scored}_{task.measure}"] = scores[task.measure]
        confidence = scores["confidence"].nan_to_num(0.0)
        result = Result(as_built(), [*known, summary], scores["predicted"], confidence, summary["seconds"], done)
        return Diverged(_diverged(what, row, saved), what, row, result)

    epochs, steps = recipe.length(len(batches))
    step, start = min(done * len(batches), steps), time.perf_counter() - spent
    gentle = recipe.gentle_lr > 0 and not _has_begun(history)
    every = len(training) / len(batches)  # pictures a step
    bar = Progress(round(steps * every), round(step * every), progress)
    for epoch in range(done + 1, epochs + 1):
        bar.begin(f"epoch {epoch} of {epochs}")
        model.train()
        task.begin(net, epoch)
        batches.epoch, batches.size = epoch, recipe.size_at(epoch)
        scoring.size = batches.size
        epoch_start, processor_start = time.perf_counter(), time.process_time()
        rows, sums = [], []  # of the steps since the last look: what is known, and what the device still holds
        totals = torch.zeros(3, dtype=torch.float64)
        for batch, (x, y) in enumerate(batches, start=1):
            lr = recipe.gentle_lr if gentle else learning_rate(recipe, step, steps)
            for group in optimizer.param_groups:
                group["lr"] = lr * group.get("share", 1.0)
            optimizer.zero_grad()
            with torch.autocast(device.type, dtype=torch.bfloat16, enabled=dtype == torch.bfloat16):
                output = model(x)
            output = output.float()
            loss = task.loss(output, y)
            whole = min(recipe.batch_size, len(training) - (batch - 1) * recipe.batch_size)
            (loss * (len(y) * team.world / whole)).backward()  # 1, but for a batch that cannot be dealt out evenly
            if _is_looked_into(step, len(batches)):
                seen = [(name, p.grad) for name, p in net.named_parameters() if p.ndim > 1]
                norms = {name: 0.0 if grad is None else grad.norm().item() for name, grad in seen}
                history.append({"kind": "gradients", "epoch": epoch, "step": step + 1, "norms": norms})
            optimizer.step()

            with torch.no_grad():
                score = task.score(output, y)
                sums.append(torch.stack([loss.detach() * len(y), score, loss.new_tensor(float(len(y)))]))
            rows.append({"epoch": epoch, "step": step + 1, "seconds": time.perf_counter() - start, "lr": lr})
            step += 1
            bar.update(whole)
            if len(rows) == LOOK_EVERY or batch == len(batches) or step == steps:
                seen = team.total(torch.stack(sums)).cpu().double()
                totals += seen.sum(0)
                for row, (loss_sum, score_sum, count) in zip(rows, seen.tolist()):
                    row |= {"kind": "step", "train_loss": loss_sum / count, f"train_{task.measure}": score_sum / count}
                    if not math.isfinite(loss_sum):
                        history += [known for known in rows if known["step"] < row["step"]]
                        raise diverged(f"the loss is {loss_sum / count}", row, row["step"] - 1)
                history += rows
                gentle = gentle and not _has_begun(rows)
                bar.note(rows[-1]["train_loss"])
                rows, sums = [], []
            if step == steps:
                break
        if not all(value.isfinite().all() for value in net.state_dict().values()):  # a finite loss can step to infinity
            raise diverged("a weight is infinite or no number", history[-1], step)
        loss_sum, score_sum, count = totals.tolist()
        summary = {
            "kind": "epoch",
            "epoch": epoch,
            "step": step,
            "lr": lr,
            "train_loss": loss_sum / count,
            f"train_{task.measure}": score_sum / count,
            "train_seconds": time.perf_counter() - epoch_start,
            "processor_seconds": time.process_time() - processor_start,
            "size": batches.size,
        }
        if team.rank == 0:  # the others wait at the end of the epoch
            scores = task.evaluate(net, scoring, dtype)
            predicted, confidence = scores.pop("predicted"), scores.pop("confidence")
            summary |= {f"{scored}_{key}": value for key, value in scores.items()}
            if epoch == epochs:  # the training pictures as they are, to the network as it is
                whole = task.evaluate(net, task.plain(training, size=batches.size, **form), dtype)
                summary |= {f"train_evaluated_{key}": whole[key] for key in ("loss", task.measure)}
            summary["seconds"] = time.perf_counter() - start
            line = f"epoch {epoch:2}: loss {summary['train_loss']:.4f}, "
            line += f"training {task.words(summary[f'train_{task.measure}'])}, "
            line += f"{scored} {task.words(scores[task.measure])}, "
            line += f"{count / summary['train_seconds']:,.0f} pictures/s"
            bar.say(line)
        history.append(summary)
        if saved and team.rank == 0:
            checkpoint.save(
                saved,
                {
                    "run": run,
                    "epoch": epoch,
                    "model": net.state_dict(),
                    "optimizer": optimizer.state_dict(),
                    "order": order.get_state(),
                    "rng": {
                        "cpu": torch.get_rng_state(),
                        "cuda": torch.cuda.get_rng_state(device) if device.type == "cuda" else None,
                    },
                    "history": history,
                    "seconds": time.perf_counter() - start,
                },
            )
        team.wait()
    bar.close()
    if done == epochs or team.rank > 0:  # nothing was left to do, or another process scored
        scoring.size = recipe.size
        scores = task.evaluate(net, scoring, dtype)
        predicted, confidence = scores["predicted"], scores["confidence"]
    task.end(net)
    return Result(as_built(), history, predicted, confidence, time.perf_counter() - start, done)


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


def _identity(
    recipe: Recipe, seed: int, training: Pictures | Faces, targets: tuple[Tensor, Tensor], scored: str
) -> dict[str, Any]:
    """What makes a run this run: a checkpoint goes on only if all of it is the same."""
    sums = [zlib.crc32(part.numpy().tobytes()) for part in (training.images, *targets)]

    def told(fields: dict[str, Any], later: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in fields.items() if key not in later or value != later[key]}

    fields = told(asdict(recipe), LATER)
    fields["architecture"] = told(fields["architecture"], LATER_OF_NETWORKS)
    settings = {key: json.dumps(value) for key, value in fields.items()}
    return {**settings, "seed": seed, "training set": training.name, "scored": scored, "data": json.dumps(sums)}


def _writable(folder: Path) -> Path:
    """The folder, made if need be; an error now rather than after the first epoch."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe-{time.time_ns()}"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise TrainingError(f"the folder {folder} cannot be written to ({error.strerror}); give another one") from error
    return folder


@contextlib.contextmanager
def _alone(saved: Path | None, team: Team) -> Iterator[None]:
    """Keep a folder to this run while it trains. The system lifts the lock when the process ends, however it ends."""
    if saved is None or team.rank > 0:
        yield
        return
    lock = FileLock(saved.with_name(".training.lock"), timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise TrainingError(
            f"another process trains in {saved.parent} at this moment; wait for it, or give another folder"
        ) from error
    try:
        yield
    finally:
        lock.release()


def _diverged(what: str, row: dict[str, Any], saved: Path | None) -> str:
    kept = f" The checkpoint of epoch {row['epoch'] - 1} is kept in {saved}." if saved and row["epoch"] > 1 else ""
    return (
        f"{what} at step {row['step']} of epoch {row['epoch']}, at a learning rate of {row['lr']:.3g}: "
        f"training has diverged.{kept} Lower the learning rate, in a new folder; the same run would end the same way."
    )
