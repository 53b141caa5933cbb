"""What goes wrong in them: one change each, the line that is to be named, and what the repair has to say."""

from . import BOTTLENECK, CONVNEXT, DENSE, INVERTED, SQUEEZE, U_NET

SHAPES = {
    BOTTLENECK: (3, 224, 224),
    SQUEEZE: (3, 32, 32),
    U_NET: (3, 64, 64),
    INVERTED: (3, 96, 96),
    CONVNEXT: (3, 96, 96),
    DENSE: (1, 28, 28),
}
NAMES = dict(zip(SHAPES, ("ResNet", "Net", "UNet", "Net", "Net", "Net")))
M = "measured too"
C = "only in check"  # torch itself fails when the network is made

MISTAKES = {
    # name: (network, what stood there, what stands there, the line that is named, in the repair, who says it)
    "no projection in the first stage": (BOTTLENECK, "if stride != 1 or channels != out:", "if stride != 1:", "out += identity", "1x1 convolution 64 -> 256, stride 1", M),
    "no projection at all": (BOTTLENECK, "if stride != 1 or channels != out:", "if False:", "out += identity", "1x1 convolution 64 -> 256, stride 1", M),
    "projection without the stride": (BOTTLENECK, "nn.Conv2d(channels, out, 1, stride, bias=False)", "nn.Conv2d(channels, out, 1, bias=False)", "out += identity", "layer2.0.downsample.0 as a 1x1 convolution 256 -> 512, stride 2", M),
    "stride in both convolutions": (BOTTLENECK, "self.reduce = nn.Conv2d(channels, width, 1, bias=False)", "self.reduce = nn.Conv2d(channels, width, 1, stride, bias=False)", "out += identity", "layer2.0.downsample.0 as a 1x1 convolution 256 -> 512, stride 4", M),
    "padding forgotten": (BOTTLENECK, "nn.Conv2d(width, width, 3, stride, 1,", "nn.Conv2d(width, width, 3, stride, 0,", "out += identity", "padding that keeps the size", M),
    "expanded to the width": (BOTTLENECK, "self.expand = nn.Conv2d(width, out, 1, bias=False)", "self.expand = nn.Conv2d(width, width, 1, bias=False)", "out = self.bn3(self.expand(out))", "BatchNorm2d(64)", M),
    "batch norm before the expansion": (BOTTLENECK, "self.bn3(self.expand(out))", "self.expand(self.bn3(out))", "out = self.expand(self.bn3(out))", "BatchNorm2d(64)", M),
    "groups that do not divide": (BOTTLENECK, "blocks = [Bottleneck(channels, width, out, stride, groups=32)]", "blocks = [Bottleneck(channels, width, out, stride, groups=48)]", "self.conv = nn.Conv2d(width", "groups=32", C),
    "second block with the first's channels": (BOTTLENECK, "blocks.append(Bottleneck(out, width, out, groups=32))", "blocks.append(Bottleneck(channels, width, out, groups=32))", "out = self.relu(self.bn1(self.reduce(x)))", "in_channels=256", M),
    "pool forgotten": (BOTTLENECK, "        x = self.avgpool(x)\n", "", "return self.fc(x)", "AdaptiveAvgPool2d(1) before the flatten", M),
    "flatten forgotten": (BOTTLENECK, "        x = torch.flatten(x, 1)\n", "", "return self.fc(x)", "put a flatten before fc", M),
    "flatten of the batch too": (BOTTLENECK, "torch.flatten(x, 1)", "torch.flatten(x)", "return self.fc(x)", "flatten(1)", M),
    "head of the basic family": (BOTTLENECK, "nn.Linear(512, num_classes)", "nn.Linear(2048, num_classes)", "return self.fc(x)", "Linear(512, 10)", M),
    "grey pictures": (BOTTLENECK, "nn.Conv2d(3, 64, 7", "nn.Conv2d(1, 64, 7", "nn.Conv2d(1, 64, 7, 2, 3, bias=False),", "in_channels=3", M),
    "stages in the wrong order": (BOTTLENECK, "        x = self.layer1(x)\n        x = self.layer2(x)\n", "        x = self.layer2(x)\n        x = self.layer1(x)\n", "out = self.relu(self.bn1(self.reduce(x)))", "in_channels=64", M),
    "blocks as a list in Sequential": (BOTTLENECK, "nn.Sequential(*blocks)", "nn.Sequential(blocks)", "return nn.Sequential(blocks)", "*", C),
    "return forgotten in the block": (BOTTLENECK, "return self.relu(out)", "self.relu(out)", "self.relu(out)", "at the end of Bottleneck.forward", M),
    "return forgotten in the helper": (BOTTLENECK, "return nn.Sequential(*blocks)", "nn.Sequential(*blocks)", "x = self.layer1(x)", "return what was computed", C),
    "channels in the wrong place": (SQUEEZE, "self.skip = nn.Conv2d(a, b, 1, stride)", "self.skip = nn.Conv2d(b, a, 1, stride)", "return F.relu(out + self.skip(x))", "in_channels=32", M),
    "import forgotten": (SQUEEZE, "import torch.nn.functional as F\n", "\n", "out = F.relu(self.norm1(self.conv1(x)))", "import torch.nn.functional as F", C),
    "squeeze without its view": (SQUEEZE, "w = self.pool(x).view(b, c)", "w = self.pool(x)", "nn.Linear(channels, channels // reduction),", "flatten", M),
    "gate without its view": (SQUEEZE, "w = self.fc(w).view(b, c, 1, 1)", "w = self.fc(w)", "return x * w", "view(x.size(0), 32, 1, 1) on the vector", M),
    "reduction too large": (SQUEEZE, "reduction=16", "reduction=64", "nn.Linear(channels, channels // reduction),", "a positive integer", C),
    "group norm of other channels": (SQUEEZE, "self.norm2 = nn.GroupNorm(8, b)", "self.norm2 = nn.GroupNorm(8, a)", "out = self.se(self.norm2(self.conv2(out)))", "GroupNorm(8, 64)", M),
    "groups of a group norm": (SQUEEZE, "self.norm1 = nn.GroupNorm(8, b)", "self.norm1 = nn.GroupNorm(12, b)", "self.norm1 = nn.GroupNorm(12, b)", "8", C),
    "blocks in a plain list": (SQUEEZE, "nn.ModuleList([Block(32, 32), Block(32, 64, 2), Block(64, 128, 2)])", "[Block(32, 32), Block(32, 64, 2), Block(64, 128, 2)]", "", "nn.ModuleList", M),
    "batch size in the view": (SQUEEZE, "x.view(x.size(0), -1)", "x.view(64, -1)", "", "write x.size(0) instead of 64", M),
    "view that eats the batch": (SQUEEZE, "        x = F.adaptive_avg_pool2d(x, 1)\n        x = x.view(x.size(0), -1)\n", "        x = x.view(-1, 128)\n", "x = x.view(-1, 128)", "flatten(1)", M),
    "transposed without its stride": (U_NET, "self.up2 = nn.ConvTranspose2d(128, 64, 2, stride=2)", "self.up2 = nn.ConvTranspose2d(128, 64, 2)", "x = torch.cat([self.up2(x), s2], dim=1)", "F.interpolate", M),
    "skips exchanged": (U_NET, "torch.cat([self.up2(x), s2], dim=1)", "torch.cat([self.up2(x), s1], dim=1)", "x = torch.cat([self.up2(x), s1], dim=1)", "F.interpolate(x, size=(64, 64))", M),
    "skip forgotten": (U_NET, "torch.cat([self.up1(x), s1], dim=1)", "self.up1(x)", "nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b)", "in_channels=32", M),
    "added and not laid beside": (U_NET, "torch.cat([self.up2(x), s2], dim=1)", "self.up2(x) + s2", "nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b)", "in_channels=64", M),
    "laid beside along the height": (U_NET, "torch.cat([self.up2(x), s2], dim=1)", "torch.cat([self.up2(x), s2], dim=2)", "nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b)", "dim=1 in torch.cat", M),
    "residual where channels change": (INVERTED, "stride == 1 and a == b", "stride == 1", "return x + self.conv(x)", "1x1 convolution 32 -> 16, stride 1", M),
    "mean over one dim": (INVERTED, "x.mean([2, 3])", "x.mean(3)", "self.classifier = nn.Sequential(", "", M),
    "channels first in a layer norm": (CONVNEXT, "        out = out.permute(0, 2, 3, 1)\n", "", "out = self.down(F.gelu(self.up(self.norm(out))))", "GroupNorm(1, 40)", M),
    "not permuted back": (CONVNEXT, "        out = out.permute(0, 3, 1, 2)\n", "", "return x + out", "permute(0, 3, 1, 2)", M),
    "depthwise without its padding": (CONVNEXT, "nn.Conv2d(dim, dim, 7, padding=3, groups=dim)", "nn.Conv2d(dim, dim, 7, groups=dim)", "return x + out", "padding that keeps the size", M),
    "channels not carried on": (DENSE, "            channels += growth\n", "", "new = self.conv(F.relu(self.norm(x)))", "BatchNorm2d(48)", M),
    "transition ignored": (DENSE, "        channels = channels // 2\n", "", "new = self.conv(F.relu(self.norm(x)))", "BatchNorm2d(48)", M),
    "another input size": (DENSE, "* 14 * 14, 10)", "* 16 * 16, 10)", "return self.fc(x)", "Linear(12544, 10)", M),
    "view after the permute": (SQUEEZE, "x = F.adaptive_avg_pool2d(x, 1)", "x = F.adaptive_avg_pool2d(x, 2).permute(0, 2, 3, 1)", "x = x.view(x.size(0), -1)", "reshape in place of view", M),
    "relu in place on the skip": (BOTTLENECK, "self.relu(self.bn1(self.reduce(x)))", "self.bn1(self.reduce(self.relu(x)))", "", "use inplace=False there", M),
    "a linear layer along the width": (SQUEEZE, "        x = F.adaptive_avg_pool2d(x, 1)\n        x = x.view(x.size(0), -1)\n        return self.head(x)", "        return nn.functional.linear(x, self.head.weight[:, :8])", "return nn.functional.linear", "put a flatten before linear", M),
}  # fmt: skip


def changed(name: str) -> str:
    """The text with its mistake."""
    text, old, new, *_ = MISTAKES[name]
    assert text.count(old) >= 1 and old != new
    return text.replace(old, new, 1)
