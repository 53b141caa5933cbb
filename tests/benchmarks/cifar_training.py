"""Training residual-20 on CIFAR-10: our loop against the loop that most public code has, in one run."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from resnet_book import build, trace
from resnet_book.data import Batches, DataError, Pictures, dataset
from resnet_book.train import arithmetic, fit, pick_device, recipe

BATCH, COUNT, WORKERS = 128, 5_120, 2


class OneByOne(Dataset):
    """Pictures as PIL images through torchvision's transforms, one at a time."""

    def __init__(self, pictures: Pictures) -> None:
        self.labels = pictures.labels.tolist()
        self.images = [transforms.functional.to_pil_image(image) for image in pictures.images]
        self.transform = transforms.Compose(
            [transforms.RandomHorizontalFlip(), transforms.RandomCrop(32, 4), transforms.ToTensor(),
             transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))]
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        return self.transform(self.images[index]), self.labels[index]


def public_style(pictures: Pictures, device: torch.device) -> Callable[[], float]:
    """An epoch of a plain loop: a loader of two workers, float32, the loss read at every step; pictures a second."""
    net = build(recipe("cifar").architecture).to(device).train()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)
    loss_of = nn.CrossEntropyLoss()
    loader = DataLoader(OneByOne(pictures), BATCH, shuffle=True, num_workers=WORKERS, pin_memory=device.type == "cuda")

    def epoch() -> float:
        start, total = time.perf_counter(), 0.0
        for x, y in loader:
            x, y = x.to(device), y.to(device)
            loss = loss_of(net(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        return len(pictures) / (time.perf_counter() - start)

    return epoch


def ours(pictures: Pictures, device: torch.device) -> float:
    """The second epoch of the recipe `cifar`, scoring not counted; pictures a second."""
    short = replace(recipe("cifar"), epochs=2)
    result = fit(short, pictures, pictures.take(torch.arange(128)), device=device, progress=False)
    return len(pictures) / [row["train_seconds"] for row in result.history if row["kind"] == "epoch"][-1]


def convolution_rate(device: torch.device, dtype: torch.dtype, rounds: int = 5) -> float:
    """Multiply-accumulates a second of the network's own 3x3 convolutions, forward: the best of its three stages."""
    rates = []
    for channels, side in ((16, 32), (32, 16), (64, 8)):
        x = torch.randn(BATCH, channels, side, side, device=device, dtype=dtype).to(memory_format=torch.channels_last)
        weight = torch.randn(channels, channels, 3, 3, device=device, dtype=dtype)
        weight, times = weight.to(memory_format=torch.channels_last), []
        for _ in range(rounds + 1):  # the first one warms up
            start = time.perf_counter()
            out = F.conv2d(x, weight, padding=1)
            if device.type != "cpu":
                out[0, 0, 0, 0].item()  # waits for the device
            times.append(time.perf_counter() - start)
        rates.append(BATCH * side * side * 9 * channels**2 / min(times[1:]))
    return max(rates)


def pipelines(pictures: Pictures, device: torch.device) -> dict[str, float]:
    """Input alone, flipped and cropped, as pictures a second: the public style, and ours."""
    batches = Batches(
        pictures, BATCH, crop=4, padding="reflect", flip=True, alternate=True, device=device,
        generator=torch.Generator().manual_seed(0),
    )  # fmt: skip
    loader = DataLoader(OneByOne(pictures), BATCH, shuffle=True, num_workers=WORKERS)

    def rate(passes) -> float:
        start = time.perf_counter()
        for x, _ in passes:
            x.to(device)
        return len(pictures) / (time.perf_counter() - start)

    return {"public style": rate(loader), "ours": max(rate(batches) for _ in range(3))}


def main() -> None:
    """Print the figures, with the aims."""
    try:
        pictures = dataset("cifar-10").load(True).take(torch.arange(COUNT))
    except DataError as error:
        print(f"\nTraining residual-20 on CIFAR-10: not measured. {error}")
        return
    device, made = pick_device(), recipe("cifar")
    dtype = arithmetic(made, device)
    name = str(dtype).removeprefix("torch.")
    print(f"\nTraining residual-20 on CIFAR-10 pictures in batches of {BATCH}, on {device} (pictures/s)")
    epoch = public_style(pictures, device)
    epoch()  # not counted
    base, mine = epoch(), ours(pictures, device)
    print(f"  {f'public style, {WORKERS} workers':36}{base:10.1f}")
    print(f"  {f'our loop, recipe cifar, {name}':36}{mine:10.1f}   {mine / base:5.2f} times")
    aim = 10 if device.type == "cuda" else 3
    print(f"  aim: {aim} times: {'met' if mine / base >= aim else 'not met'}")
    macs = 3 * trace(made.architecture, (3, 32, 32)).macs  # forward, and twice that backward
    print(f"  share of the measured convolution rate: {mine * macs / convolution_rate(device, dtype):.0%}")
    for way, rate in pipelines(pictures, device).items():
        print(f"  input pipeline alone, {way:14}{rate:10,.0f}")


if __name__ == "__main__":
    main()
