"""Slips that everybody makes, in networks of a few lines: the text, the repair, and a line of the mended text."""

HEAD = "import torch\nfrom torch import nn\n"


def net(layers: str, forward: str, arguments: str = "self, x") -> str:
    made = "".join(f"        {line}\n" for line in layers.split("\n"))
    return (
        f"{HEAD}class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n{made}"
        f"    def forward({arguments}):\n        {forward}\n"
    )


BLOCK = (
    "class Block(nn.Module):\n    def __init__(self, i, o, stride):\n        super().__init__()\n"
    "        self.conv = nn.Conv2d(i, o, 3, stride, 1)\n        {shortcut}\n"
    "    def forward(self, x):\n        return torch.relu(self.conv(x){added})\n"
)
CONV_BLOCK = (
    "class ConvBlock(nn.Module):\n    def __init__(self, in_ch, out_ch):\n        super().__init__()\n"
    "        self.conv = nn.Conv2d(in_ch, out_ch, 3, padding=1)\n        self.bn = nn.BatchNorm2d(in_ch)\n"
    "    def forward(self, x):\n        return torch.relu(self.bn(self.conv(x)))\n"
)
SIZED = (
    HEAD + "class Net(nn.Module):\n    def __init__(self, width, depth):\n        super().__init__()\n"
    "        self.c = nn.Conv2d(3, width, 3)\n    def forward(self, x):\n        return self.c(x)\n"
)
TWO = "self.a = nn.Conv2d(3, 8, 1)\nself.b = nn.Conv2d(3, 8, 1)\nself.c = nn.Conv2d(16, 4, 1)"

SLIPS = {  # the text, the repair, and a line of the text that is mended; None: only the reader can know
    "an argument forgotten": (net("self.c = nn.Conv2d(3, 16)", "return self.c(x)"), "give kernel_size", None),
    "of a block": (
        HEAD + BLOCK.format(shortcut="pass", added="") + net("self.b = Block(3, 32)", "return self.b(x)")[len(HEAD) :],
        "give stride, or write a default for it",
        None,
    ),
    "an argument misspelt": (
        net("self.c = nn.Conv2d(3, 8, kernal_size=3)", "return self.c(x)"),
        "write kernel_size",
        "self.c = nn.Conv2d(3, 8, kernel_size=3)",
    ),
    "batches laid one behind the other": (
        net(TWO, "return self.c(torch.cat((self.a(x), self.b(x))))"),
        "dim=1 in torch.cat, which lays the channels side by side",
        "return self.c(torch.cat((self.a(x), self.b(x)), dim=1))",
    ),
    "the norm of what came in": (
        HEAD + CONV_BLOCK + "net = nn.Sequential(ConvBlock(3, 16), ConvBlock(16, 32), ConvBlock(32, 64))\n",
        "BatchNorm2d(16)",
        "self.bn = nn.BatchNorm2d(out_ch)",
    ),
    "a class in a Sequential": (
        net("self.f = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU, nn.Conv2d(8, 8, 3))", "return self.f(x)"),
        "write ReLU() in place of the class",
        "self.f = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Conv2d(8, 8, 3))",
    ),
    "a class in a ModuleList": (
        net("self.f = nn.ModuleList([nn.Conv2d(3, 8, 3), nn.ReLU])", "return self.f[1](self.f[0](x))"),
        "write ReLU() in place of the class",
        "self.f = nn.ModuleList([nn.Conv2d(3, 8, 3), nn.ReLU()])",
    ),
    "a function in a Sequential": (
        net("self.f = nn.Sequential(nn.Conv2d(3, 8, 3), torch.relu)", "return self.f(x)"),
        "take the module that does the same: nn.ReLU() for F.relu",
        None,
    ),
    "a stride on one way": (
        HEAD
        + BLOCK.format(
            shortcut="self.shortcut = nn.Sequential(nn.Conv2d(i, o, 1), nn.BatchNorm2d(o))", added=" + self.shortcut(x)"
        )
        + "net = Block(3, 64, 4)\n",
        "shortcut.0 as a 1x1 convolution 3 -> 64, stride 4",
        "self.shortcut = nn.Sequential(nn.Conv2d(i, o, 1, stride=stride), nn.BatchNorm2d(o))",
    ),
    "another class in super": (
        net("self.c = nn.Conv2d(3, 8, 3)", "return self.c(x)").replace("super()", "super(Model, self)"),
        "write super()",
        "super().__init__()",
    ),
    "a comma too many": (
        net("self.c = nn.Conv2d(3, 8, 3),", "return self.c(x)"),
        "take away the comma at the end of the line that makes it: with it, it is a tuple",
        "self.c = nn.Conv2d(3, 8, 3)",
    ),
    "a list that is called": (
        net("self.layers = nn.ModuleList([nn.Conv2d(3, 8, 3)])", "return self.layers(x)"),
        "loop over it, for layer in self.layers: x = layer(x)",
        "for layer in self.layers:",
    ),
    "no self": (
        net("self.c = nn.Conv2d(3, 8, 3)", "return self.c(x)", arguments="x"),
        "write def forward(self, x)",
        None,
    ),
    "no batch": (
        HEAD + "net = nn.Sequential(nn.Conv2d(3, 30, 3), nn.BatchNorm2d(30))\nnet(torch.rand(3, 32, 32))\n",
        "put the batch first: x.unsqueeze(0)",
        None,
    ),
    "a network made without one of its arguments": (
        SIZED + "net = Net(8)\n",
        "give depth, or write a default for it",
        None,
    ),
    "a network made with one argument too many": (
        SIZED + "net = Net(8, 3, 4)\n",
        "call it with 2 arguments, or write __init__ with 3 beside self",
        None,
    ),
    "a network made with an argument misspelt": (
        SIZED + "net = Net(8, depht=3)\n",
        "take depht= away, or spell it as Net.__init__ does",
        None,
    ),
    "a network made by places that takes names": (
        SIZED.replace("self, width", "self, *, width") + "net = Net(8, 3)\n",
        "call it with 0 arguments, or with each by its name, or write __init__ with 2 beside self",
        None,
    ),
}
