import torch
from torch import nn


def layer(in_channels, growth):
    return nn.Sequential(
        nn.BatchNorm2d(in_channels),
        nn.ReLU(),
        nn.Conv2d(in_channels, growth, 3, padding=1, bias=False),
    )


class DenseBlock(nn.Module):
    def __init__(self, in_channels, growth, count):
        super().__init__()
        self.layers = nn.ModuleList(layer(in_channels + i * growth, growth) for i in range(count))

    def forward(self, x):
        for dense in self.layers:
            x = torch.cat([x, dense(x)], dim=1)
        return x


class DenseNet(nn.Module):
    def __init__(self, growth=12, count=4, num_classes=10):
        super().__init__()
        self.stem = nn.Conv2d(3, 24, 3, padding=1)
        self.dense1 = DenseBlock(24, growth, count)
        self.transition = nn.Conv2d(growth * count, 36, 1)
        self.pool = nn.AvgPool2d(2)
        self.dense2 = DenseBlock(36, growth, count)
        self.fc = nn.Linear(36 + growth * count, num_classes)

    def forward(self, x):
        x = self.dense1(self.stem(x))
        x = self.pool(self.transition(x))
        x = self.dense2(x)
        return self.fc(x.mean(dim=(2, 3)))
