"""What a recipe says more where a network finds the 68 points of a face: loss, output, start of the trunk, moves."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PRETRAINED", "STAGES", "TUNES", "KeypointSettings"]

PRETRAINED = ("none", "fashion-mnist", "cifar-10", "drawn-faces", "imagenet")
TUNES = ("scratch", "frozen", "fine-tuned")
STAGES = ("stem", "layer1", "layer2", "layer3", "layer4")
CHOICES = {
    "loss": ("l1", "mse", "wing"),
    "output": ("mean face", "sigmoid", "heat maps"),
    "optimizer": ("adamw", "adam", "sgd"),
    "pretrained": PRETRAINED,
    "tune": TUNES,
    "split": ("usual", "by person"),
}


@dataclass(frozen=True)
class KeypointSettings:
    """How keypoints are learned.

    Attributes:
        loss: of places, which are parts of the picture: "l1", "mse", or "wing" (Feng et al. 2018, w = 10, epsilon = 2,
            in pixels of a picture of 256).
        output: "mean face": the last layer begins at the mean face of the training set, and its outputs are places;
            "sigmoid": places are the sigmoid of the outputs, which begin near the picture's middle; "heat maps": a map
            for each point stands in place of pooling and last layer, and the middle of its weight is the place.
        optimizer: "adamw", "adam" (weight decay is added to the gradients then) or "sgd".
        pretrained: what the trunk was trained on before: "none", "fashion-mnist", "cifar-10", "drawn-faces" or
            "imagenet".
        tune: "scratch": all is learned from a random start; "frozen": the head alone is learned; "fine-tuned": all is,
            from the pretrained trunk.
        freeze: how many stages of the trunk, from the stem on, stay as they are in fine-tuning (Yosinski et al. 2014).
        trunk_lr: how much of the learning rate the trunk gets.
        head_first: epochs in which the head alone is learned, before all is (Kumar et al. 2022).
        split: of real faces: "usual" or "by person", see `real_faces`.
        pictures: how many of the training pictures are used; 0 means all.
        rotate, scale, shift, colour: how far faces are moved, see `Moves`.
    """

    loss: str = "l1"
    output: str = "mean face"
    optimizer: str = "adamw"
    pretrained: str = "none"
    tune: str = "scratch"
    freeze: int = 0
    trunk_lr: float = 1.0
    head_first: int = 0
    split: str = "usual"
    pictures: int = 0
    rotate: float = 0.0
    scale: float = 0.0
    shift: float = 0.0
    colour: float = 0.0

    def __post_init__(self) -> None:
        def refuse(field: str, expected: str) -> None:
            raise ValueError(f"keypoints: {field} is {getattr(self, field)!r}; expected {expected}")

        for field, allowed in CHOICES.items():
            if getattr(self, field) not in allowed:
                refuse(field, f"one of {', '.join(allowed)}")
        for field, most in (("freeze", len(STAGES)), ("head_first", 10_000), ("pictures", 1_000_000)):
            if type(getattr(self, field)) is not int or not 0 <= getattr(self, field) <= most:
                refuse(field, f"a whole number from 0 to {most:,}")
        for field, most in (("trunk_lr", 1), ("rotate", 180), ("scale", 1), ("shift", 1), ("colour", 1)):
            value = getattr(self, field)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= most:
                refuse(field, f"a number from 0 to {most}")
        if self.tune == "scratch" and self.pretrained != "none":
            refuse("tune", "frozen or fine-tuned, as the trunk is pretrained")
        if self.tune == "fine-tuned" and self.pretrained == "none":
            refuse("pretrained", f"one of {', '.join(PRETRAINED[1:])}, as there is nothing to tune else")
        if self.tune != "fine-tuned" and (self.freeze or self.head_first):
            refuse("freeze" if self.freeze else "head_first", f"0, as the network is {self.tune}")

    @property
    def frozen(self) -> tuple[str, ...]:
        """The stages of the trunk that stay as they are."""
        return STAGES if self.tune == "frozen" else STAGES[: self.freeze]
