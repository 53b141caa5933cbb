"""From two recorded runs to what the block remover ships: 8 bits a weight, checked in PyTorch on every test picture.

    python -m resnet_book.widgets.block_remover.export [RESIDUAL_RUN PLAIN_RUN]

takes a few minutes. It writes `stored/residual.json` and `stored/plain.json`, and `stored/record.json`: where they come
from, their checksums, how much of the runs' accuracy they keep, and what every lesion of one block leaves of it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ...classes import CLASSES
from ...data import dataset, normalization
from ...experiments.lesions import LESIONS, lesion, possible
from ...experiments.recorded import Recorded
from ...files import find
from ...runs import RunError
from ..stored_weights.exporting import described, made_by, small, write
from ..stored_weights.packing import FORM
from .in_torch import normalized
from .pictures import PER_CLASS, RULE, shipped
from .weights import ARCHITECTURES, STORED

__all__ = ["RUNS", "exported", "main"]

RUNS = {"residual": "runs/fashion/fashion-resnet20-A-0", "plain": "runs/fashion/fashion-plain20-0"}
BATCH = 500


@torch.inference_mode()
def _classes(net: nn.Module, x: Tensor) -> np.ndarray:
    return torch.cat([net(part).argmax(1) for part in x.split(BATCH)]).numpy()


def exported(name: str, folder: Path | str, say=print) -> tuple[bytes, dict[str, Any], dict[str, float]]:
    """One network of a recorded run, made small, and what is known of it.

    Args:
        name: "residual" or "plain".
        folder: the run's.
        say: hears how far it is.

    Returns:
        The bytes of its stored file; its part of the record; the mean and the deviation that its pictures are
        normalized by.

    Raises:
        RunError: no such run, or one of another network.
    """
    of = Recorded(find(folder))
    arch = of.recipe.architecture
    if arch.name != ARCHITECTURES[name]:
        raise RunError(f"{folder}: a run of {arch.name}; expected {ARCHITECTURES[name]}")
    moments = {key: value.item() for key, value in normalization(of.pictures(True), "channels")._asdict().items()}
    test = dataset("fashion-mnist").load(False)
    x, labels = normalized(test.images.numpy(), **moments), test.labels.numpy()
    net, index = of.network(), shipped().index.astype(np.int64)
    content, quantized = small(net, arch)

    def shares(found: np.ndarray) -> dict[str, float]:
        return {"all": float((found == labels).mean()), "shipped": float((found == labels)[index].mean())}

    whole, before = _classes(quantized, x), _classes(net, x)
    say(f"{name}: {shares(before)} -> {shares(whole)}")
    lesions: dict[str, dict[str, dict[str, float]]] = {}
    for block, words in possible(quantized).items():
        able = [word for word in LESIONS[1:] if word in words]
        lesions[block] = {word: shares(_classes(lesion(quantized, {block: word}), x)) for word in able}
        say(f"{name}, {block}: {lesions[block]}")
    return content, {
        "run": of.name,
        "architecture": arch.name,
        **described(net, content),
        "run_accuracy": of.run.accuracy,
        "kept": shares(before),
        "accuracy": shares(whole),
        "changed": int((before != whole).sum()),
        "lesions": lesions,
    }, moments  # fmt: skip


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m resnet_book.widgets.block_remover.export", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("runs", nargs="*", default=list(RUNS.values()), help="a residual and a plain run")
    parser.add_argument("--out", type=Path, default=STORED.folder, help="folder; the package's own by default")
    given = parser.parse_args(arguments)
    if len(given.runs) != len(RUNS):
        parser.error("two runs are wanted, a residual and a plain one")
    torch.manual_seed(0)
    networks, contents = {}, {}
    for name, folder in zip(RUNS, given.runs):
        try:
            contents[name], networks[name], moments = exported(name, folder, lambda text: print(text, file=sys.stderr))
        except RunError as error:
            sys.exit(str(error))
    pictures = {"set": "Fashion-MNIST, test set", "all": 10_000, "shipped": PER_CLASS * len(CLASSES), "rule": RULE}
    record = {
        "pictures": pictures,
        "weights": FORM,
        "normalize": moments,
        "made_by": made_by(),
        "networks": networks,
    }
    write(given.out, contents, record)


if __name__ == "__main__":
    main()
