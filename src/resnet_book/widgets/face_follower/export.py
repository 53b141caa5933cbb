"""From three recorded runs to what the face follower ships: 8 bits a weight, scored in PyTorch on all held-out faces.

    python -m resnet_book.widgets.face_follower.export [SCRATCH_RUN FROZEN_RUN FINE_TUNED_RUN]

takes a minute. It writes a file of weights for each, and `stored/record.json`: where they come from, their checksums,
what the runs reached, and what the exported networks do, by part of the face.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ...data import Faces, load_faces, normalization
from ...data.face_metrics import PARTS, eye_distance, nme
from ...data.keypoints import mean_face
from ...experiments.keypoint_mistakes import places_of
from ...experiments.recorded import Recorded
from ...files import find
from ...runs import RunError
from ..stored_weights.exporting import described, made_by, small, write
from ..stored_weights.packing import FORM
from . import FaceFollower
from .in_torch import normalized
from .weights import NETWORKS, STORED

__all__ = ["RUNS", "errors", "exported", "main"]

PLACE = "runs/keypoints-page/fashion-resnet20-drawn"
RUNS = {
    "scratch": f"{PLACE}-scratch-0",
    "frozen": f"{PLACE}-frozen-fashion-mnist-0",
    "fine-tuned": f"{PLACE}-fine-tuned-fashion-mnist-0",
}


def errors(found: np.ndarray, points: np.ndarray) -> dict[str, Any]:
    """The mean error of faces in per cent, whole ("nme") and by part ("parts"). Two times (N, 68, 2), in pixels."""
    apart = np.linalg.norm(found - points, axis=2) / eye_distance(points)[:, None]
    return {
        "nme": 100 * float(nme(found, points).mean()),
        "parts": {name: 100 * float(apart[:, part].mean()) for name, part in PARTS.items()},
    }


def exported(name: str, folder: Path | str, test: Faces, x: torch.Tensor) -> tuple[bytes, dict[str, Any]]:
    """One network of a recorded run, made small, and what is known of it.

    Args:
        name: "scratch", "frozen" or "fine-tuned".
        folder: the run's.
        test: the faces to score on.
        x: their pictures as the network takes them.

    Returns:
        The bytes of its stored file; its part of the record.

    Raises:
        RunError: no such run, or one of another kind.
    """
    of = Recorded(find(folder))
    if of.run.config.get("weights") != name:
        raise RunError(f"{folder}: the weights are {of.run.config.get('weights')}; expected {name}")
    output = of.recipe.keypoints.output
    if output != "mean face":
        raise RunError(f"{folder}: its places come about by {output}; expected the mean face, as the page computes it")
    net = of.network()
    content, quantized = small(net, of.recipe.architecture)

    def scored(network: torch.nn.Module) -> dict[str, Any]:
        return errors(test.in_pixels(places_of(network, x)).numpy(), test.points.numpy())

    return content, {
        "run": of.name,
        "pretrained": of.run.config["pretrained"],
        **described(net, content),
        "run_nme": of.run.nme,
        "kept_nme": scored(net)["nme"],
        **scored(quantized),
    }


def main(arguments: list[str] | None = None) -> None:
    words = FaceFollower.words()["export"]
    parser = argparse.ArgumentParser(
        prog="python -m resnet_book.widgets.face_follower.export", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("runs", nargs="*", default=list(RUNS.values()), help=words["runs"])
    parser.add_argument("--out", type=Path, default=STORED.folder, help=words["out"])
    given = parser.parse_args(arguments)
    if len(given.runs) != len(RUNS):
        parser.error(words["three"])
    try:
        recipe = Recorded(find(given.runs[0])).recipe
        training, test = load_faces("drawn-faces", recipe.size)
        form = normalization(training, recipe.normalize)
        moments = {key: value.flatten().tolist() for key, value in form._asdict().items()}
        x = normalized(test.images.numpy(), **moments)
        networks, contents = {}, {}
        for name, folder in zip(NETWORKS, given.runs):
            contents[name], networks[name] = exported(name, folder, test, x)
            print(f"{name}: {networks[name]}", file=sys.stderr)
    except RunError as error:
        sys.exit(str(error))
    record = {
        "faces": {"set": test.name, "count": len(test), "first": int(test.rows[0]), "size": recipe.size},
        "weights": FORM,
        "architecture": asdict(recipe.architecture),
        "normalize": moments,
        "mean_face": errors(mean_face(training, test).numpy(), test.points.numpy()),
        "made_by": made_by(),
        "networks": networks,
    }
    write(given.out, contents, record)


if __name__ == "__main__":
    main()
