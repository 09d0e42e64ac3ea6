"""densenet121: Densely Connected Convolutional Networks (Huang et al., 2016).

https://arxiv.org/abs/1608.06993
3×224×224 → 1000 · 7,978,856 parameters · 2,834,161,664 multiply-accumulates
Printed by archspec from densenet121.yaml (sha256 eb0f36694d8d49fc).
"""

import torch
from torch import Tensor, nn


class DenseLayer(nn.Module):
    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(in_channels)
        self.relu1 = nn.ReLU(inplace=True)
        self.conv1 = nn.Conv2d(in_channels, 128, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(128)
        self.relu2 = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(128, 32, 3, padding=1, bias=False)

    def forward(self, input: Tensor) -> Tensor:
        x = self.conv1(self.relu1(self.norm1(input)))
        x = self.conv2(self.relu2(self.norm2(x)))
        return torch.cat([input, x], 1)


class DenseBlock(nn.Sequential):
    def __init__(self, in_channels: int, depth: int) -> None:
        super().__init__()
        for i in range(depth):
            self.add_module(f"denselayer{i + 1}", DenseLayer(in_channels + 32 * i))


class Transition(nn.Sequential):
    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(in_channels)
        self.relu = nn.ReLU(inplace=True)
        self.conv = nn.Conv2d(in_channels, in_channels // 2, 1, bias=False)
        self.pool = nn.AvgPool2d(2)


class Features(nn.Sequential):
    def __init__(self) -> None:
        super().__init__()
        self.conv0 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)  # 64×112×112
        self.norm0 = nn.BatchNorm2d(64)
        self.relu0 = nn.ReLU(inplace=True)
        self.pool0 = nn.MaxPool2d(3, stride=2, padding=1)  # 64×56×56
        self.denseblock1 = DenseBlock(64, depth=6)  # 256×56×56
        self.transition1 = Transition(256)  # 128×28×28
        self.denseblock2 = DenseBlock(128, depth=12)  # 512×28×28
        self.transition2 = Transition(512)  # 256×14×14
        self.denseblock3 = DenseBlock(256, depth=24)  # 1024×14×14
        self.transition3 = Transition(1024)  # 512×7×7
        self.denseblock4 = DenseBlock(512, depth=16)  # 1024×7×7
        self.norm5 = nn.BatchNorm2d(1024)


class DenseNet121(nn.Module):
    def __init__(self, num_classes: int = 1000) -> None:
        super().__init__()
        self.features = Features()
        self.relu = nn.ReLU(inplace=True)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten()
        self.classifier = nn.Linear(1024, num_classes)
        self.apply(initialize)

    def forward(self, input: Tensor) -> Tensor:
        x = self.features(input)  # 1024×7×7
        x = self.avgpool(self.relu(x))  # 1024×1×1
        x = self.flatten(x)  # 1024
        return self.classifier(x)  # 1000


def initialize(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight)
    elif isinstance(module, nn.Linear):
        nn.init.zeros_(module.bias)
