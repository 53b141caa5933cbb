"""`check` and `measure` read the same text alike: every row, every note, whatever the network is made of."""

import sys
import types

import pytest

from resnet_book import measure
from resnet_book.fake_torch import check_source

FIELDS = ["name", "op", "input_shape", "output_shape", "params", "macs", "activations", "receptive_field", "stride"]
HEAD = "import torch\nfrom torch import nn\nimport torch.nn.functional as F\n"
C = "c = nn.Conv2d(3, 8, 3, padding=1)"


def net(layers, body):
    """The text of a network with some layers, one a line, and the lines of its forward."""
    made = "".join(f"        self.{layer}\n" for layer in layers)
    start = "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
    return HEAD + start + made + "    def forward(self, x):\n" + "".join(f"        {line}\n" for line in body)


NETS = {
    "a constant of the map's kind": net(
        [C, "s = nn.Parameter(torch.ones(8))"],
        ["x = self.c(x)", "s = torch.linspace(0, 1, 8).to(x) * self.s", "return x + s.view(1, 8, 1, 1).expand_as(x)"],
    ),
    "relu6": net(
        [C, "r = nn.ReLU6(inplace=True)", "h = nn.Hardtanh(0, 6)"], ["return F.relu6(self.h(self.r(self.c(x))))"]
    ),
    "width mixed": net([C, "w = nn.Linear(8, 8)"], ["return self.w(self.c(x))"]),
    "stretched": net(
        [C, "m = nn.Conv2d(8, 1, 1)", "v = nn.Linear(8, 8)"],
        ["x = self.c(x)", "y = x + self.m(x)", "return y + y.mean((2, 3), keepdim=True)"],
    ),
    "copied channel": net(
        ["k = nn.Conv2d(3, 1, 1)", "c = nn.Conv2d(1, 6, 3, padding=1)"], ["x = self.k(x)", "return x + self.c(x)"]
    ),
    "written batch": net([C], ["return self.c(x).view(32, -1)"]),
    "written batch, whole": net([C], ["return self.c(x).reshape(16, 8, -1)"]),
    "se": net(
        [C, "fc = nn.Sequential(nn.Linear(8,4), nn.ReLU(), nn.Linear(4,8), nn.Sigmoid())"],
        [
            "x = self.c(x)",
            "b, c, _, _ = x.shape",
            "s = F.adaptive_avg_pool2d(x, 1).view(b, c)",
            "return x * self.fc(s).view(b, c, 1, 1)",
        ],
    ),
    "se conv": net(
        [C, "a = nn.Conv2d(8,4,1)", "b = nn.Conv2d(4,8,1)"],
        ["x = self.c(x)", "s = x.mean((2,3), keepdim=True)", "return x * torch.sigmoid(self.b(F.relu(self.a(s))))"],
    ),
    "gn": net([C, "g = nn.GroupNorm(4, 8)", "i = nn.InstanceNorm2d(8)"], ["return F.relu(self.i(self.g(self.c(x))))"]),
    "ln": net([C, "n = nn.LayerNorm(8)"], ["x = self.c(x).permute(0,2,3,1)", "return self.n(x).permute(0,3,1,2)"]),
    "ln map": net([C, "n = nn.LayerNorm([8,8,8])"], ["return self.n(self.c(x))"]),
    "up": net(
        [C, "t = nn.ConvTranspose2d(8,4,2,2)", "u = nn.Upsample(scale_factor=2)", "k = nn.Conv2d(4,4,3)"],
        ["return self.k(self.u(self.t(self.c(x))))"],
    ),
    "split": net(
        [C, "k = nn.Conv2d(4,4,3,padding=1)"], ["a, b = self.c(x).chunk(2, 1)", "return torch.cat([self.k(a), b], 1)"]
    ),
    "shuffle": net(
        [C],
        [
            "x = self.c(x)",
            "b, c, h, w = x.shape",
            "return x.view(b, 2, c // 2, h, w).transpose(1, 2).reshape(b, c, h, w)",
        ],
    ),
    "where": net(
        [C], ["x = self.c(x)", "y = torch.where(x > 0, x, 0.1 * x)", "return torch.max(x, y) + x.clamp(0, 6) * (x > 0)"]
    ),
    "attn": net(
        [C, "q = nn.Linear(8, 24)", "p = nn.Linear(8,8)"],
        [
            "x = self.c(x).flatten(2).transpose(1, 2)",
            "q, k, v = self.q(x).chunk(3, -1)",
            "a = (q @ k.transpose(-2, -1)).softmax(-1)",
            "x = self.p(a @ v)",
            "return x.mean(1)",
        ],
    ),
    "mha": net(
        [C, "m = nn.MultiheadAttention(8, 2, batch_first=True)"],
        ["x = self.c(x).flatten(2).transpose(1, 2)", "return self.m(x, x, x)[0]"],
    ),
    "enc": net(
        [C, "m = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)"],
        ["x = self.c(x).flatten(2).transpose(1, 2)", "return self.m(x)"],
    ),
    "spatial att": net(
        [C, "k = nn.Conv2d(2,1,7,padding=3)"],
        [
            "x = self.c(x)",
            "a = torch.cat([x.mean(1, keepdim=True), x.max(1, keepdim=True)[0]], 1)",
            "return x * torch.sigmoid(self.k(a))",
        ],
    ),
    "pools": net([C], ["x = self.c(x)", "return F.adaptive_max_pool2d(x, 2) + F.adaptive_avg_pool2d(x, 2)"]),
    "slice": net([C], ["x = self.c(x)", "return x[:, :, 1:, 1:] + x[:, :, :-1, :-1]"]),
    "sub": net([C], ["x = self.c(x)", "return F.pad(x[:, :, ::2, ::2], (0,0,0,0,4,4))"]),
    "softmax": net([C], ["return self.c(x).softmax(2)"]),
    "squeeze": net(
        [C, "f = nn.Linear(8,2)"], ["return self.f(F.adaptive_avg_pool2d(self.c(x), 1).squeeze(-1).squeeze(-1))"]
    ),
    "pixel": net([C], ["return F.pixel_shuffle(self.c(x), 2)"]),
    "pad": net(
        [C, "r = nn.ReflectionPad2d(1)", "k = nn.Conv2d(8,4,3)"], ["return self.k(self.r(F.pad(self.c(x), (1,1,1,1))))"]
    ),
    "einsum": net(
        [C, "w = nn.Parameter(torch.zeros(8, 5))"], ['return torch.einsum("bchw,cd->bdhw", self.c(x), self.w)']
    ),
    "param": net([C, "g = nn.Parameter(torch.zeros(1, 8, 1, 1))"], ["x = self.c(x)", "return x + self.g * x"]),
    "unet": net(
        [C, "d = nn.Conv2d(8,16,3,padding=1)", "u = nn.ConvTranspose2d(16,8,2,2)", "o = nn.Conv2d(16,2,1)"],
        ["a = self.c(x)", "b = self.d(F.max_pool2d(a, 2))", "return self.o(torch.cat([a, self.u(b)], 1))"],
    ),
    "gap": net(
        [C, "f = nn.Linear(8,3)", "d = nn.Dropout(0.1)"],
        ["x = self.d(self.c(x)).mean([2, 3])", "return F.log_softmax(self.f(x), dim=1)"],
    ),
    "bn nostats": net([C, "b = nn.BatchNorm2d(8, track_running_stats=False)"], ["return self.b(self.c(x))"]),
    "prelu": net([C, "p = nn.PReLU(8)"], ["x = self.p(self.c(x))", "x += 1", "x = 2 - x", "return x ** 2 / 3"]),
    "stack": net([C], ["x = self.c(x)", "return torch.stack([x, x], 1).sum(1)"]),
    "flatten mid": net([C], ["return torch.flatten(self.c(x), 2)"]),
    "glu": net([C], ["return F.glu(self.c(x), 1)"]),
    "rnn": net(
        [C, "r = nn.GRU(8, 4, batch_first=True)"], ["x = self.c(x).flatten(2).transpose(1,2)", "return self.r(x)[0]"]
    ),
    "unfold": net([C], ["return F.unfold(self.c(x), 3, padding=1)"]),
    "interp add": net(
        [C, "d = nn.Conv2d(8,8,3,2,1)"],
        ["a = self.c(x)", "b = self.d(a)", 'return a + F.interpolate(b, size=a.shape[2:], mode="bilinear")'],
    ),
    "norm": net([C], ["x = F.normalize(self.c(x), dim=1)", "return x.sqrt().exp().abs()"]),
    "identity": net(
        [C, "i = nn.Identity()", "f = nn.Flatten()", "l = nn.Linear(512, 4)"],
        ["return self.l(self.f(self.i(self.c(x))))"],
    ),
    "sdpa": net([C], ["x = self.c(x).flatten(2).transpose(1,2)", "return F.scaled_dot_product_attention(x, x, x)"]),
    "std": net(
        [C],
        [
            "x = self.c(x)",
            "m = x.mean(dim=1, keepdim=True)",
            "s = x.std((2,3), keepdim=True)",
            "return (x - m) / (s + 1e-5)",
        ],
    ),
    "expand": net([C], ["x = self.c(x)", "s = F.adaptive_avg_pool2d(x,1)", "return s.expand_as(x) + x"]),
    "repeat": net([C], ["return self.c(x).repeat(1,2,1,1)"]),
    "mish": net([C], ["return F.hardswish(F.mish(F.gelu(F.silu(F.leaky_relu(self.c(x), 0.1)))))"]),
    "lerp": net([C], ["x = self.c(x)", "return torch.lerp(x, 2*x, 0.5).square().log1p()"]),
}


@pytest.mark.parametrize("name", NETS)
def test_rows_and_notes_are_the_same(name):
    module = types.ModuleType("readers_text")
    sys.modules["readers_text"] = module
    try:
        exec(compile(NETS[name], "net.py", "exec"), module.__dict__)
        measured = measure(module.Net(), (3, 8, 8))
    finally:
        del sys.modules["readers_text"]
    found = check_source(NETS[name], "net.py", None, [(3, 8, 8)])
    assert found["errors"] == []
    rows = [[tuple(v) if isinstance(v, list) else v for v in (row[field] for field in FIELDS)] for row in found["rows"]]
    assert rows == [[tuple(v) if isinstance(v, list) else v for v in list(row)[:9]] for row in measured.rows]
    assert tuple(found["output_shape"]) == tuple(measured.output_shape)
    assert sorted(found["notes"]) == sorted(measured.notes)
