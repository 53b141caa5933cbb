"""Exercises that are answered with code: what is asked is what the code has, and each wrong text gets the word that fits."""

import pytest

from resnet_book.exercises import CHAPTERS, Code, chapter
from resnet_book.widgets import Exercise

EVERY = [
    (name, key) for name in CHAPTERS for key, found in chapter(name).exercises.items() if isinstance(found.kind, Code)
]

WRONG = [
    # exercise, what is changed in the right text, what is said
    ("halving-block", [(", bias=False", "")], "all-biases"),
    ("halving-block", [("1, stride=2, bias=False", "1, stride=2")], "projection-bias"),
    ("halving-block", [("            nn.BatchNorm2d(128),\n", "")], "no-norm"),
    ("halving-block", [("128, 1, stride=2", "128, 3, stride=2, padding=1")], "wide-projection"),
    ("halving-block", [("64, 128, 3, stride=2", "64, 128, 3"), ("128, 128, 3", "128, 128, 3, stride=2")], "late-stride"),
    ("halving-block", [("128, 128, 3", "128, 128, 3, groups=2")], "near.code-params-less"),
    ("halving-block", [("stride=2", "stride=1")], "near.code-shape"),
    ("halving-block", [("1, stride=2", "1")], "broken"),
    ("halving-block", [("class Block", "class Brick")], "unmade"),
    ("halving-block", [("self.shortcut(x))", "self.shortcut(x)")], "broken"),
    ("narrow-code", [(", bias=False", "")], "biases"),
    ("narrow-code", [("3, padding=1", "1")], "all-one"),
    ("narrow-code", [("64", "256")], "not-narrow"),
    ("narrow-code", [(", padding=1", "")], "near.code-shape"),
    ("narrow-code", [("256, 64", "256, 32")], "broken"),
    ("other-version", [("1, bias=False", "1, stride=2, bias=False", ), ("3, stride=2", "3")], "broken"),
    ("other-version", [("256, 128, 1, bias", "256, 128, 1, stride=2, bias"), ("3, stride=2", "3")], "still-the-first"),
    ("mend-lenet", [(", padding=2", ""), ("16 * 5 * 5", "16 * 4 * 4")], "smaller-layer"),
    ("mend-lenet", [(", padding=2", ""), ("16, kernel_size=5", "16, kernel_size=5, padding=1")], "second-padding"),
    ("mend-vgg", [("nn.BatchNorm2d(item), ", "")], "no-norm"),
    ("mend-resnet", [("stride=stride", "stride=1"), ("(step", "(1 or step"), ("planes, step", "planes, 1")], "no-strides"),
    ("mend-densenet", [("nn.Conv2d(24 + ", "nn.Conv2d(25 + ")], "broken"),
    ("mend-u-net", [("size=skip2.shape[-2:]", "scale_factor=2"), ("size=skip1.shape[-2:]", "scale_factor=2"), ("[x, skip2]", "[x, skip2[..., :44, :44]]"), ("[x, skip1]", "[x, skip1[..., :88, :88]]")], "cropped"),
]  # fmt: skip


def ask(key: str, seed: int = 0):
    name = next(name for name, known in EVERY if known == key)
    return chapter(name).ask(key, seed)


def test_the_chapters_that_ask_for_code():
    assert {name for name, _ in EVERY} >= {"residual_learning", "one_by_one", "read_any_network"}


@pytest.mark.parametrize("name, key", EVERY)
def test_the_start_is_wrong_and_the_solution_right(name, key):
    for seed in range(6):
        asked = chapter(name).ask(key, seed)
        assert not asked.check(asked.start).correct
        found = asked.exercise.kind.read(asked.solution, asked)
        assert found["errors"] == [] and asked.exercise.kind.same(found, asked.right), asked.right
        assert [note for note in found["notes"] if "left out" in note] == []


@pytest.mark.parametrize("key, changes, why", WRONG)
def test_a_wrong_text_gets_the_word_that_fits(key, changes, why):
    asked = ask(key)
    text = asked.solution
    for old, new in changes:
        assert old in text or why == "no-strides"
        text = text.replace(old, new)
    verdict = asked.check(text)
    assert (verdict.correct, verdict.why) == (False, why), verdict.text
    assert verdict.text.startswith("Not ")


SUM = "torch.relu(out + self.shortcut(x))"
NOT_A_RESIDUAL_BLOCK = [
    ("halving-block", SUM, "torch.relu(out * self.shortcut(x))", "Missing: an addition."),
    ("halving-block", SUM, "torch.relu(out - self.shortcut(x))", "Missing: an addition."),
    ("halving-block", SUM, "torch.relu(out)", "Missing: an addition, a batch norm, a convolution."),
    ("halving-block", SUM, "out + self.shortcut(x)", "Missing: a ReLU."),
    ("halving-block", SUM, "torch.relu(torch.relu(out) + self.shortcut(x))", "Not asked for: a ReLU."),
    ("halving-block", SUM, "torch.relu(out) + self.shortcut(x)", "and a ReLU the addition"),
    ("halving-block", "self.bn2(self.conv2(out))", "self.conv2(self.bn2(out))", "a batch norm follows each"),
    ("other-version", SUM, "torch.relu(out * self.shortcut(x))", "Missing: an addition."),
]


@pytest.mark.parametrize("key, old, new, said", NOT_A_RESIDUAL_BLOCK)
def test_a_text_with_the_right_counts_has_to_be_a_residual_block_too(key, old, new, said):
    asked = ask(key)
    assert old in asked.solution
    verdict = asked.check(asked.solution.replace(old, new))
    assert (verdict.correct, verdict.why) == (False, "near.code-steps"), verdict.text
    assert said in verdict.text


def test_the_shortcut_may_be_computed_first_and_added_in_place():
    asked = ask("halving-block")
    first = asked.solution.replace(
        "        out = torch.relu", "        skip = self.shortcut(x)\n        out = torch.relu"
    )
    assert asked.check(first.replace("torch.relu(out + self.shortcut(x))", "torch.relu(skip + out)")).correct
    in_place = "        out += self.shortcut(x)\n        return nn.functional.relu(out)"
    assert asked.check(asked.solution.replace("        return torch.relu(out + self.shortcut(x))", in_place)).correct


def test_every_named_mistake_is_made_above():
    named = {(key, mistake) for _, key in EVERY for mistake in ask(key).exercise.mistakes}
    assert named <= {(key, why) for key, _, why in WRONG}


def test_an_error_is_told_with_its_line_and_its_repair():
    asked = ask("halving-block")
    said = asked.check(asked.solution.replace("1, stride=2", "1")).text
    assert "Line 20, add" in said and "Repair: " in said and "stride 2" in said


def test_nothing_and_very_much():
    asked = ask("narrow-code")
    assert asked.check(" \n ").why == "unreadable.no-code"
    assert asked.check("#" * 20_001).why == "unreadable.long-code"
    assert asked.check("# nothing\n").why == "unmade"


def test_a_network_whose_layers_stand_in_a_list_is_told_why_parameters_are_missing():
    asked = ask("narrow-code")
    lines = ["from torch import nn", "class Net(nn.Module):", "    def __init__(self):", "        super().__init__()"]
    lines += [
        "        self.all = [nn.Conv2d(256, 64, 1, bias=False), nn.Conv2d(64, 64, 3, padding=1, bias=False), nn.Conv2d(64, 256, 1, bias=False)]"
    ]
    lines += [
        "    def forward(self, x):",
        "        for layer in self.all:",
        "            x = layer(x)",
        "        return x",
        "net = Net()",
    ]
    assert "ModuleList" in asked.check("\n".join(lines)).text


def test_the_page_without_javascript_has_the_text():
    shown = str(Exercise("mend-vgg"))
    assert "Line 13" in shown and "nn.BatchNorm2d(in_channels)" in shown and "BatchNorm2d(item)" not in shown
