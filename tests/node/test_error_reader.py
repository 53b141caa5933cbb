"""What the error reader says in the browser is what it says in Python, for random numbers in every kind of message."""

import random
import re

import pytest

from resnet_book import ShapeError
from resnet_book.rules import conv2d, input_map
from resnet_book.widgets.error_reader.reading import LONGEST, messages, read, readers_place

HEADINGS = {kind["key"]: kind["heading"] for kind in messages()}


def shaken(rng, text):
    """The message with other numbers, small ones among them, and with line breaks where a terminal would wrap it."""
    text = re.sub(r"\d+", lambda m: str(rng.choice([0, 1, 2, 3, 28, 56, 512, rng.randint(0, 99999)])), text)
    return re.sub(r" ", lambda m: rng.choice([" ", " ", " ", "\n  "]), text)


def as_json(text):
    found = [{**reading._asdict(), "causes": list(reading.causes)} for reading in read(text)]
    return {"found": found, "place": readers_place(text)}


@pytest.mark.parametrize("key", HEADINGS)
def test_browser_and_python_say_the_same(javascript, key):
    rng = random.Random(key)
    texts = [HEADINGS[key], *(shaken(rng, HEADINGS[key]) for _ in range(60))]
    answers = javascript("messages", list=texts)["ok"]
    assert answers == [as_json(text) for text in texts]
    assert key in [reading["key"] for reading in answers[0]["found"]]
    said = " ".join(reading["says"] + reading["repair"] for reading in answers[0]["found"])
    assert "undefined" not in said and not re.search(r"\{[a-z]\w*\}", said), said


VARIANTS = (
    "Given groups=32, weight of size [32, 1, 3, 3], expected input[1, 64, 8, 8] to have 32 channels, but got 64 channels instead",
    "Given groups=32, weight of size [64, 1, 3, 5], expected input[1, 64, 8, 8] to have 32 channels, but got 64 channels instead",
    "Given groups=4, weight of size [32, 32, 3, 3], expected input[1, 64, 8, 8] to have 128 channels, but got 64 channels instead",
    "Given groups=3, weight of size [6, 3, 3], expected input[1, 64, 8] to have 9 channels, but got 64 channels instead",
    "mat1 and mat2 shapes cannot be multiplied (2048x1 and 512x10)",
    "The size of tensor a (197) must match the size of tensor b (196) at non-singleton dimension 1",
    "The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 1",
    "Sizes of tensors must match except in dimension 2. Expected size 64 but got size 32 for tensor number 1 in the list.",
    *(f"expected {want} input (got {n}D input)" for want in ("4D", "2D or 3D", "5D") for n in range(7)),
    "Given normalized_shape=[64], expected input with shape [*, 64], but got input of size[2, 197, 48]",
    "Given normalized_shape=[64, 7, 7], expected input with shape [*, 64, 7, 7], but got input of size[4, 64, 8, 8]",
    "num_channels must be divisible by num_groups",
    "out_channels must be divisible by groups",
    "pad should be at most half of effective kernel size",
    "max_pool1d() padding should be at most half of kernel size, but got padding=2 and kernel_size=3",
    *(
        f"Target size (torch.Size([{a}])) must be the same as input size (torch.Size([{b}]))"
        for a in ("", "4", "4, 1", "4, 8, 8", "4, 10")
        for b in ("", "1", "4", "4, 10", "4, 1, 8, 8")
    ),
    "Using a target size (torch.Size([4])) that is different to the input size (torch.Size([4, 1])) is deprecated. Please",
    "mat1 and mat2 must have the same dtype, but got Float and Double",
    "mat1 and mat2 must have the same dtype, but got Byte and Float",
    "expected m1 and m2 to have the same dtype, but got: unsigned char != float",
    "expected m1 and m2 to have the same dtype, but got: c10::Half != float",
    'Module [ModuleDict] is missing the required "forward" function',
    'Module [Net] is missing the required "forward" function',
    "torch.nn.modules.activation.ReLU is not a Module subclass",
    "torch.nn.functional.relu is not a Module subclass",
    "<lambda>.<locals>.<genexpr> is not a Module subclass",
)


def test_browser_and_python_say_the_same_of_variants(javascript):
    answers = javascript("messages", list=list(VARIANTS))["ok"]
    assert answers == [as_json(text) for text in VARIANTS]
    for answer in answers:
        (reading,) = answer["found"]
        assert "undefined" not in reading["repair"] and not re.search(r"\{[a-z]\w*\}", reading["repair"])


def test_known_repairs(javascript):
    def repair(text):
        (reading,) = javascript("message", text=text)["ok"]
        return reading["repair"]

    size = "The size of tensor a ({}) must match the size of tensor b ({}) at non-singleton dimension {}"
    assert "stride=2) takes 56 to 28" in repair(size.format(28, 56, 3))
    assert "nn.Conv2d(64, 128, 1)" in repair(size.format(128, 64, 1))
    even = repair(size.format(54, 56, 2))
    assert "No stride takes 56 to 54" in even and "3×3 convolution without padding. Give it padding=1" in even
    assert conv2d(input_map((1, 56, 56)), 1, 3, padding=0).output.shape[1] == 54
    assert conv2d(input_map((1, 56, 56)), 1, 3, padding=1).output.shape[1] == 56
    odd = repair(size.format(13, 14, 3))
    assert "No stride takes 14 to 13" in odd and "take a 3×3 with padding=1, so that 14 comes out" in odd
    assert conv2d(input_map((1, 14, 14)), 1, 2).output.shape[1] == 13
    assert "its 3×3 lacks padding=1" in repair(size.format(6, 7, 3))
    strided = [conv2d(input_map((1, 14, 14)), 1, 3, stride=2, padding=p).output.shape[1] for p in (0, 1)]
    assert strided == [6, 7]
    assert "25088 = 512 × 7 × 7" in repair(HEADINGS["mat1-and-mat2"])
    assert "x.flatten(1)" in repair("mat1 and mat2 shapes cannot be multiplied (96x32 and 3072x10)")
    told = repair("mat1 and mat2 shapes cannot be multiplied (32x512 and 2048x1000)")  # a batch of vectors, no map
    assert "nn.Linear(512, 1000)" in told and "x.flatten(1)" not in told
    groups = "Given groups=1, weight of size [64, 3, 7, 7], expected input[1, {}] to have 3 channels, but got {} channels instead"
    assert "permute(0, 3, 1, 2)" in repair(groups.format("224, 224, 3", 224))
    assert "nn.Conv2d(1, 64, 7)" in repair(groups.format("1, 28, 28", 1))
    assert "Write x.size(0) in place of 32" in repair("shape '[32, 512]' is invalid for input of size 8192")
    assert "removeprefix" in repair(
        'Missing key(s) in state_dict: "weight". \n\tUnexpected key(s) in state_dict: "module.weight".'
    )


def test_a_traceback_is_read_to_its_last_line_in_a_file_of_the_readers():
    text = (
        'Traceback (most recent call last):\n  File "networks/model.py", line 12, in forward\n    return self.fc(x)\n'
        '  File "/usr/lib/python3/site-packages/torch/nn/modules/linear.py", line 125, in forward\n'
        "RuntimeError: \x1b[31mmat1 and mat2 shapes cannot be\n multiplied (4x100 and 200x10)\x1b[0m\n"
    )
    assert readers_place(text) == "model.py, line 12"
    assert [reading.key for reading in read(text)] == ["mat1-and-mat2"]
    assert readers_place("Cell In[3], line 7\n----> 7 net(x)") == "Cell In[3], line 7"


def test_strange_texts(javascript):
    for text in (
        "",
        "   ",
        "<script>alert(1)</script>",
        "{a} {says}",
        "no such error",
        "\x00\ud83d\ude00" * 3,
        "9" * 500,
    ):
        assert read(text) == [] == javascript("message", text=text)["ok"]
    assert javascript("message", text="x" * (LONGEST + 1))["error"]["got"] == f"{LONGEST + 1} characters"
    with pytest.raises(ShapeError, match="paste its last lines"):
        read("x" * (LONGEST + 1))
