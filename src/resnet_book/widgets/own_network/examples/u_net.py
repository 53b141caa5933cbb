import torch
from torch import nn


def double(in_channels, channels):
    return nn.Sequential(
        nn.Conv2d(in_channels, channels, 3, padding=1),
        nn.BatchNorm2d(channels),
        nn.ReLU(inplace=True),
        nn.Conv2d(channels, channels, 3, padding=1),
        nn.BatchNorm2d(channels),
        nn.ReLU(inplace=True),
    )


class UNet(nn.Module):
    def __init__(self, in_channels=3, num_classes=2, width=32):
        super().__init__()
        self.down1 = double(in_channels, width)
        self.down2 = double(width, 2 * width)
        self.down3 = double(2 * width, 4 * width)
        self.bottom = double(4 * width, 8 * width)
        self.pool = nn.MaxPool2d(2)
        self.lift3 = nn.ConvTranspose2d(8 * width, 4 * width, 2, stride=2)
        self.up3 = double(8 * width, 4 * width)
        self.lift2 = nn.ConvTranspose2d(4 * width, 2 * width, 2, stride=2)
        self.up2 = double(4 * width, 2 * width)
        self.lift1 = nn.ConvTranspose2d(2 * width, width, 2, stride=2)
        self.up1 = double(2 * width, width)
        self.head = nn.Conv2d(width, num_classes, 1)

    def forward(self, x):
        skip1 = self.down1(x)
        skip2 = self.down2(self.pool(skip1))
        skip3 = self.down3(self.pool(skip2))
        x = self.bottom(self.pool(skip3))
        x = self.up3(torch.cat([self.lift3(x), skip3], dim=1))
        x = self.up2(torch.cat([self.lift2(x), skip2], dim=1))
        x = self.up1(torch.cat([self.lift1(x), skip1], dim=1))
        return self.head(x)


net = UNet()
