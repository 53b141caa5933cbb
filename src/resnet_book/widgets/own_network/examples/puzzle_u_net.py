import torch
from torch import nn
from torch.nn import functional as F


def double(in_channels, channels):
    return nn.Sequential(
        nn.Conv2d(in_channels, channels, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(channels, channels, 3, padding=1),
        nn.ReLU(),
    )


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down1 = double(3, 16)
        self.down2 = double(16, 32)
        self.bottom = double(32, 64)
        self.up2 = double(64 + 32, 32)
        self.up1 = double(32 + 16, 16)
        self.head = nn.Conv2d(16, 1, 1)

    def forward(self, x):
        skip1 = self.down1(x)
        skip2 = self.down2(F.max_pool2d(skip1, 2))
        x = self.bottom(F.max_pool2d(skip2, 2))
        x = F.interpolate(x, scale_factor=2)
        x = self.up2(torch.cat([x, skip2], dim=1))
        x = F.interpolate(x, scale_factor=2)
        x = self.up1(torch.cat([x, skip1], dim=1))
        return self.head(x)
