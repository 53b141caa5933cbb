"""Networks of the ResNet family in which tests make mistakes: each right as it stands."""

HEAD = "import torch\nfrom torch import nn\nimport torch.nn.functional as F\n\n\n"

BOTTLENECK = (
    HEAD
    + """class Bottleneck(nn.Module):
    def __init__(self, channels, width, out, stride=1, groups=1):
        super().__init__()
        self.reduce = nn.Conv2d(channels, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv = nn.Conv2d(width, width, 3, stride, 1, groups=groups, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.expand = nn.Conv2d(width, out, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(out)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if stride != 1 or channels != out:
            self.downsample = nn.Sequential(nn.Conv2d(channels, out, 1, stride, bias=False), nn.BatchNorm2d(out))

    def forward(self, x):
        identity = x
        out = self.relu(self.bn1(self.reduce(x)))
        out = self.relu(self.bn2(self.conv(out)))
        out = self.bn3(self.expand(out))
        if self.downsample is not None:
            identity = self.downsample(x)
        out += identity
        return self.relu(out)


class ResNet(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 64, 7, 2, 3, bias=False),
            nn.BatchNorm2d(64),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, 2, 1),
        )
        self.layer1 = self._stage(64, 64, 256, 1, 2)
        self.layer2 = self._stage(256, 128, 512, 2, 2)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(512, num_classes)

    def _stage(self, channels, width, out, stride, count):
        blocks = [Bottleneck(channels, width, out, stride, groups=32)]
        for _ in range(1, count):
            blocks.append(Bottleneck(out, width, out, groups=32))
        return nn.Sequential(*blocks)

    def forward(self, x):
        x = self.stem(x)
        x = self.layer1(x)
        x = self.layer2(x)
        x = self.avgpool(x)
        x = torch.flatten(x, 1)
        return self.fc(x)
"""
)

SQUEEZE = (
    HEAD
    + """class SE(nn.Module):
    def __init__(self, channels, reduction=16):
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Sequential(
            nn.Linear(channels, channels // reduction),
            nn.ReLU(inplace=True),
            nn.Linear(channels // reduction, channels),
            nn.Sigmoid(),
        )

    def forward(self, x):
        b, c, _, _ = x.size()
        w = self.pool(x).view(b, c)
        w = self.fc(w).view(b, c, 1, 1)
        return x * w


class Block(nn.Module):
    def __init__(self, a, b, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(a, b, 3, stride, 1, bias=False)
        self.norm1 = nn.GroupNorm(8, b)
        self.conv2 = nn.Conv2d(b, b, 3, 1, 1, bias=False)
        self.norm2 = nn.GroupNorm(8, b)
        self.se = SE(b)
        self.skip = nn.Identity()
        if stride != 1 or a != b:
            self.skip = nn.Conv2d(a, b, 1, stride)

    def forward(self, x):
        out = F.relu(self.norm1(self.conv1(x)))
        out = self.se(self.norm2(self.conv2(out)))
        return F.relu(out + self.skip(x))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 32, 3, 1, 1)
        self.blocks = nn.ModuleList([Block(32, 32), Block(32, 64, 2), Block(64, 128, 2)])
        self.head = nn.Linear(128, 100)

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        x = F.adaptive_avg_pool2d(x, 1)
        x = x.view(x.size(0), -1)
        return self.head(x)
"""
)

U_NET = (
    HEAD
    + """class Residual(nn.Module):
    def __init__(self, a, b):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU(), nn.Conv2d(b, b, 3, padding=1), nn.BatchNorm2d(b)
        )
        self.skip = nn.Conv2d(a, b, 1)

    def forward(self, x):
        return F.relu(self.body(x) + self.skip(x))


class UNet(nn.Module):
    def __init__(self, classes=2):
        super().__init__()
        self.enc1 = Residual(3, 32)
        self.enc2 = Residual(32, 64)
        self.enc3 = Residual(64, 128)
        self.pool = nn.MaxPool2d(2)
        self.up2 = nn.ConvTranspose2d(128, 64, 2, stride=2)
        self.dec2 = Residual(128, 64)
        self.up1 = nn.ConvTranspose2d(64, 32, 2, stride=2)
        self.dec1 = Residual(64, 32)
        self.head = nn.Conv2d(32, classes, 1)

    def forward(self, x):
        s1 = self.enc1(x)
        s2 = self.enc2(self.pool(s1))
        x = self.enc3(self.pool(s2))
        x = torch.cat([self.up2(x), s2], dim=1)
        x = self.dec2(x)
        x = torch.cat([self.up1(x), s1], dim=1)
        x = self.dec1(x)
        return self.head(x)
"""
)

INVERTED = (
    HEAD
    + """class Inverted(nn.Module):
    def __init__(self, a, b, stride, expand):
        super().__init__()
        hidden = a * expand
        self.same = stride == 1 and a == b
        self.conv = nn.Sequential(
            nn.Conv2d(a, hidden, 1, bias=False),
            nn.BatchNorm2d(hidden),
            nn.ReLU6(inplace=True),
            nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False),
            nn.BatchNorm2d(hidden),
            nn.ReLU6(inplace=True),
            nn.Conv2d(hidden, b, 1, bias=False),
            nn.BatchNorm2d(b),
        )

    def forward(self, x):
        if self.same:
            return x + self.conv(x)
        return self.conv(x)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        settings = [(1, 16, 1), (6, 24, 2), (6, 24, 1), (6, 32, 2)]
        channels = 32
        layers = [nn.Conv2d(3, 32, 3, 2, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU6(inplace=True)]
        for expand, out, stride in settings:
            layers.append(Inverted(channels, out, stride, expand))
            channels = out
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(channels, 1000))

    def forward(self, x):
        x = self.features(x)
        x = x.mean([2, 3])
        return self.classifier(x)
"""
)

CONVNEXT = (
    HEAD
    + """class Block(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dwconv = nn.Conv2d(dim, dim, 7, padding=3, groups=dim)
        self.norm = nn.LayerNorm(dim)
        self.up = nn.Linear(dim, 4 * dim)
        self.down = nn.Linear(4 * dim, dim)
        self.gamma = nn.Parameter(1e-6 * torch.ones(dim))

    def forward(self, x):
        out = self.dwconv(x)
        out = out.permute(0, 2, 3, 1)
        out = self.down(F.gelu(self.up(self.norm(out))))
        out = self.gamma * out
        out = out.permute(0, 3, 1, 2)
        return x + out


class Net(nn.Module):
    def __init__(self, dims=(40, 80)):
        super().__init__()
        self.stem = nn.Conv2d(3, dims[0], 4, stride=4)
        self.stage1 = nn.Sequential(Block(dims[0]), Block(dims[0]))
        self.down = nn.Conv2d(dims[0], dims[1], 2, stride=2)
        self.stage2 = nn.Sequential(Block(dims[1]), Block(dims[1]))
        self.norm = nn.LayerNorm(dims[1])
        self.head = nn.Linear(dims[1], 10)

    def forward(self, x):
        x = self.stage1(self.stem(x))
        x = self.stage2(self.down(x))
        x = self.norm(x.mean([-2, -1]))
        return self.head(x)
"""
)

DENSE = (
    HEAD
    + """class Layer(nn.Module):
    def __init__(self, channels, growth):
        super().__init__()
        self.norm = nn.BatchNorm2d(channels)
        self.conv = nn.Conv2d(channels, growth, 3, padding=1, bias=False)

    def forward(self, x):
        new = self.conv(F.relu(self.norm(x)))
        return torch.cat([x, new], 1)


class Net(nn.Module):
    def __init__(self, growth=16):
        super().__init__()
        channels = 2 * growth
        self.stem = nn.Conv2d(1, channels, 3, padding=1)
        layers = []
        for _ in range(4):
            layers.append(Layer(channels, growth))
            channels += growth
        self.dense = nn.Sequential(*layers)
        self.transition = nn.Sequential(nn.Conv2d(channels, channels // 2, 1), nn.AvgPool2d(2))
        channels = channels // 2
        self.last = Layer(channels, growth)
        self.fc = nn.Linear((channels + growth) * 14 * 14, 10)

    def forward(self, x):
        x = self.dense(self.stem(x))
        x = self.last(self.transition(x))
        x = x.reshape(x.shape[0], -1)
        return self.fc(x)
"""
)
