"""Faces to batches: ours, moved all at once, against transforms of one picture after another in a DataLoader."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import torch
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import ColorJitter, InterpolationMode
from torchvision.transforms import functional as TF

from resnet_book.data import MIRRORED, FaceBatches, Faces, Moves, drawn_faces, normalization
from resnet_book.data.drawn_faces import draw, parameters
from resnet_book.train import pick_device

BATCH, COUNT, SIZE, WORKERS = 32, 640, 96, 2
MOVES = Moves(flip=True, rotate=20, scale=0.15, shift=0.06, colour=0.15)


class OneByOne(Dataset):
    """The same moves by torchvision, as tutorials write them: a PIL picture, its points taken along by hand."""

    def __init__(self, faces: Faces) -> None:
        self.images = [TF.to_pil_image(image) for image in faces.images]
        self.places, self.norm = faces.places, normalization(faces, "channels")
        self.jitter = ColorJitter(MOVES.colour, MOVES.colour)

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        image, points = self.images[index], self.places[index] * SIZE
        even = (torch.rand(5) * 2 - 1).tolist()
        if even[0] < 0:
            image, points = TF.hflip(image), points[MIRRORED] * torch.tensor([-1, 1]) + torch.tensor([SIZE, 0])
        angle, scale = even[1] * MOVES.rotate, (1 + MOVES.scale) ** even[2]
        shift = [round(value * MOVES.shift * SIZE) for value in even[3:]]
        image = TF.affine(image, angle, shift, scale, [0.0], InterpolationMode.BILINEAR)
        turn = torch.deg2rad(torch.tensor(angle))
        matrix = scale * torch.tensor([[turn.cos(), -turn.sin()], [turn.sin(), turn.cos()]])
        points = (points - SIZE / 2) @ matrix.T + SIZE / 2 + torch.tensor(shift)
        x = TF.to_tensor(self.jitter(image))
        return (x - self.norm.mean) / self.norm.std, points / SIZE


def seconds(run: Callable[[], object], repeats: int = 3) -> float:
    """The median of some runs, after one that is not counted."""
    run()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main() -> None:
    """Print the figures."""
    device, (faces, _) = pick_device(), drawn_faces(SIZE, (COUNT, 0))
    form = {"normalize": normalization(faces, "channels"), "device": device}
    ours = FaceBatches(faces, BATCH, moves=MOVES, generator=torch.Generator().manual_seed(0), **form)
    plain = FaceBatches(faces, BATCH, **form)
    loader = DataLoader(OneByOne(faces), BATCH, shuffle=True, num_workers=WORKERS)
    print(f"\nFaces to batches of {BATCH} at {SIZE} x {SIZE}, mirrored, turned, scaled, shifted, recoloured (faces/s)")
    theirs = seconds(lambda: [x.to(device) for x, _ in loader])
    for name, found in (
        (f"one by one, {WORKERS} workers", theirs),
        ("ours, all of a batch at once", seconds(lambda: [float(x[0, 0, 0, 0]) for x, _ in ours])),
        ("ours, not moved", seconds(lambda: [float(x[0, 0, 0, 0]) for x, _ in plain])),
    ):
        print(f"  {name:36}{COUNT / found:10,.0f}   {theirs / found:5.2f} times one by one")
    print("\nDrawing faces (faces/s)")
    for size in (64, 96):
        face = parameters(range(256))
        print(f"  {size} x {size:<31}{256 / seconds(lambda face=face, size=size: draw(face, size)):10,.0f}")


if __name__ == "__main__":
    main()
