"""The block remover: a trained network in the page, taken apart block by block in front of the reader."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import traitlets

from ...architectures import architecture
from ...classes import CLASSES
from ...errors import ShapeError
from ...exercises.wording import fill, load_words
from ...rules import describe
from ..base import Table
from ..parts import PartedWidget
from ..verify import VerifiableWidget
from . import pictures, weights
from .deeper import deeper_networks

__all__ = ["BLOCKS", "NETWORKS", "WORDS", "BlockRemover", "possible", "record"]

HERE = Path(__file__).parent
TEXTS = load_words(HERE)
NETWORKS = weights.NETWORKS
WORDS = ("whole", "no branch", "no skip", "swapped with the next")
MOST = 2  # a branch is scaled by
OWN = "own"
PICTURES = (*map(str, range(pictures.PER_CLASS * len(CLASSES))), OWN)
BLOCKS = tuple(name for name, _ in architecture(weights.ARCHITECTURES["residual"]).blocks())


def possible(network: str) -> dict[str, tuple[str, ...]]:
    """For every block of "residual" or "plain", the words that it can take."""
    blocks = dict(architecture(weights.ARCHITECTURES[network]).blocks())
    found = {}
    for name, after in zip(BLOCKS, (*BLOCKS[1:], None)):
        block, keeps = blocks[name], blocks[name].stride == 1
        swaps = after is not None and keeps and block == blocks[after]
        able = {WORDS[2]: block.kind != "plain", WORDS[3]: swaps}
        found[name] = tuple(word for word in WORDS if able.get(word, True))
    return found


def record() -> dict[str, Any]:
    """What the page is told beside the state: the export's record, the classes, and the lesions of deeper networks."""
    return {**weights.STORED.record(), "classes": list(CLASSES), "deeper": deeper_networks()}


class BlockRemover(PartedWidget, VerifiableWidget):
    """A trained ResNet-20 on Fashion-MNIST and its plain twin: a picture's way through the blocks, any of which can be
    taken out, left without its skip, scaled, or swapped with the next.

    Args:
        network: ``"residual"`` or ``"plain"``.
        picture: ``"0"`` to ``"399"``, 40 of each class in the order of the classes (an int will do), or ``"own"``.
        look: the block under Look inside, such as ``"layer2.1"``.
        lesions: for the name of a block, one of `WORDS`: as `resnet_book.experiments.lesions.lesion` takes them.
        scales: for the name of a block, the factor from 0 to 2 of its branch.
        own: the reader's own picture, 28x28 bytes in base64.

    Raises:
        ShapeError, traitlets.TraitError, TypeError: for what the controls refuse, or an unknown argument.
    """

    name = "block-remover"
    module = HERE / "widget.mjs"
    style = HERE / "widget.css"
    parts = {
        "worker": HERE / "worker.mjs",
        "pictures": pictures.part,
        **{name: partial(weights.STORED.part, name) for name in NETWORKS},
    }

    network = traitlets.Enum(NETWORKS, "residual").tag(sync=True)
    picture = traitlets.Any("369").tag(sync=True)
    look = traitlets.Enum(BLOCKS, "layer2.1").tag(sync=True)
    lesions = traitlets.Dict().tag(sync=True)
    scales = traitlets.Dict().tag(sync=True)
    own = traitlets.Unicode().tag(sync=True)
    record = traitlets.Dict().tag(sync=True, kernel_only=True)
    seen = traitlets.Dict().tag(sync=True, kernel_only=True)  # what the page computed, for `verified`

    @traitlets.default("record")
    def _record(self) -> dict[str, Any]:
        return record()

    @traitlets.validate("picture")
    def _picture(self, proposal: Any) -> str:
        value = proposal["value"]
        text = str(value) if type(value) is int else value
        if text not in PICTURES:
            raise ShapeError("picture", describe(value), f'"0" to "{PICTURES[-2]}", or "{OWN}"', 'give picture="0"')
        return text

    @traitlets.validate("lesions")
    def _lesions(self, proposal: Any) -> dict[str, str]:
        given = _by_block("lesions", proposal["value"])
        able = possible(self.network)
        for name, word in given.items():
            if word not in able[name]:
                listed = ", ".join(f'"{one}"' for one in able[name])
                raise ShapeError(name, describe(word), f"one of {listed}", f'give "{WORDS[1]}"')
        for name, after in pairwise(BLOCKS):
            if given.get(name) == given.get(after) == WORDS[3]:
                raise ShapeError(after, f'"{WORDS[3]}", as {name} before it', "each block in one exchange", "drop one")
        return {name: word for name, word in given.items() if word != WORDS[0]}

    @traitlets.validate("scales")
    def _scales(self, proposal: Any) -> dict[str, float]:
        given = _by_block("scales", proposal["value"])
        for name, factor in given.items():
            if isinstance(factor, bool) or not isinstance(factor, (int, float)) or not 0 <= factor <= MOST:
                raise ShapeError(name, describe(factor), f"a number from 0 to {MOST}", "give 0.5")
        return {name: factor for name, factor in given.items() if factor != 1}

    def page_state(self) -> dict[str, Any]:
        return {**self.state(), "record": self.record}

    def verified(self) -> dict[str, Any]:
        """Run what the page shows in PyTorch, with the same weights, and compare the probabilities."""
        from .verifying import compare

        return compare(self)

    def fallback(self) -> Table:
        """The recorded lesions: what is left of either network without one block."""
        networks = self.record["networks"]

        def share(value: float) -> str:
            return f"{100 * value:.1f} %"

        words = TEXTS["fallback"]
        wholes = {name: share(networks[name]["accuracy"]["all"]) for name in NETWORKS}
        said = words["and"].join(fill(words["gets"], {"name": name, "share": whole}) for name, whole in wholes.items())
        rows = [
            (name, *(share(networks[network]["lesions"][name][WORDS[1]]["all"]) for network in NETWORKS))
            for name in BLOCKS
        ]
        return Table(fill(words["caption"], {"said": said}), tuple(words["columns"]), tuple(rows))


def _by_block(where: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping) or not set(value) <= set(BLOCKS):
        unknown = next((name for name in value if name not in BLOCKS), None) if isinstance(value, Mapping) else value
        raise ShapeError(where, describe(unknown), f"names of blocks: {', '.join(BLOCKS)}", f'give "{BLOCKS[0]}"')
    return {name: value[name] for name in BLOCKS if name in value}
