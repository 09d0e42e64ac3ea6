"""googlenet: Going Deeper with Convolutions (Szegedy et al., 2014), as in torchvision.

https://arxiv.org/abs/1409.4842
3×224×224 → 1000 · 6,624,904 parameters · 1,498,376,192 multiply-accumulates
With the training-only outputs aux2 and aux1: 13,004,888 · 1,506,748,416
Printed by archspec from googlenet.yaml (sha256 8c7a54839f234c23).
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn


class Outputs(NamedTuple):
    logits: Tensor
    aux2: Tensor
    aux1: Tensor


class Conv(nn.Sequential):
    def __init__(
        self,
        in_channels: int,
        width: int,
        kernel_size: int = 1,
        stride: int = 1,
        padding: int = 0,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(
            in_channels, width, kernel_size, stride=stride, padding=padding, bias=False
        )
        self.bn = nn.BatchNorm2d(width, eps=0.001)
        self.relu = nn.ReLU(inplace=True)


class Inception(nn.Module):
    def __init__(
        self, in_channels: int, n1: int, r3: int, n3: int, r5: int, n5: int, proj: int
    ) -> None:
        super().__init__()
        self.branch1 = Conv(in_channels, n1)
        self.branch2 = nn.Sequential(
            Conv(in_channels, r3),
            Conv(r3, n3, kernel_size=3, padding=1),
        )
        self.branch3 = nn.Sequential(
            Conv(in_channels, r5),
            Conv(r5, n5, kernel_size=3, padding=1),
        )
        self.branch4 = nn.Sequential(
            nn.MaxPool2d(3, stride=1, padding=1, ceil_mode=True),
            Conv(in_channels, proj),
        )

    def forward(self, input: Tensor) -> Tensor:
        branch1 = self.branch1(input)
        branch2 = self.branch2(input)
        branch3 = self.branch3(input)
        branch4 = self.branch4(input)
        return torch.cat([branch1, branch2, branch3, branch4], 1)


class AuxHead(nn.Sequential):
    def __init__(self, in_channels: int, num_classes: int) -> None:
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(4)
        self.conv = Conv(in_channels, 128)
        self.flatten = nn.Flatten()
        self.fc1 = nn.Linear(2048, 1024)
        self.relu = nn.ReLU(inplace=True)
        self.dropout = nn.Dropout(0.7)
        self.fc2 = nn.Linear(1024, num_classes)


class GoogLeNet(nn.Module):
    def __init__(self, num_classes: int = 1000, dropout: float = 0.2) -> None:
        super().__init__()
        self.conv1 = Conv(3, 64, kernel_size=7, stride=2, padding=3)
        self.maxpool1 = nn.MaxPool2d(3, stride=2, ceil_mode=True)
        self.conv2 = Conv(64, 64)
        self.conv3 = Conv(64, 192, kernel_size=3, padding=1)
        self.maxpool2 = nn.MaxPool2d(3, stride=2, ceil_mode=True)
        self.inception3a = Inception(192, 64, 96, 128, 16, 32, 32)
        self.inception3b = Inception(256, 128, 128, 192, 32, 96, 64)
        self.maxpool3 = nn.MaxPool2d(3, stride=2, ceil_mode=True)
        self.inception4a = Inception(480, 192, 96, 208, 16, 48, 64)
        self.inception4b = Inception(512, 160, 112, 224, 24, 64, 64)
        self.inception4c = Inception(512, 128, 128, 256, 24, 64, 64)
        self.inception4d = Inception(512, 112, 144, 288, 32, 64, 64)
        self.inception4e = Inception(528, 256, 160, 320, 32, 128, 128)
        self.maxpool4 = nn.MaxPool2d(2, stride=2, ceil_mode=True)
        self.inception5a = Inception(832, 256, 160, 320, 32, 128, 128)
        self.inception5b = Inception(832, 384, 192, 384, 48, 128, 128)
        self.aux1 = AuxHead(512, num_classes)
        self.aux2 = AuxHead(528, num_classes)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten()
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(1024, num_classes)
        self.apply(initialize)

    def forward(self, input: Tensor) -> Tensor | Outputs:
        x = self.conv1(input)  # 64×112×112
        x = self.maxpool1(x)  # 64×56×56
        x = self.conv2(x)
        x = self.conv3(x)  # 192×56×56
        x = self.maxpool2(x)  # 192×28×28
        x = self.inception3a(x)  # 256×28×28
        x = self.inception3b(x)  # 480×28×28
        x = self.maxpool3(x)  # 480×14×14
        inception4a = self.inception4a(x)  # 512×14×14
        x = self.inception4b(inception4a)
        x = self.inception4c(x)
        inception4d = self.inception4d(x)  # 528×14×14
        x = self.inception4e(inception4d)  # 832×14×14
        x = self.maxpool4(x)  # 832×7×7
        x = self.inception5a(x)
        inception5b = self.inception5b(x)  # 1024×7×7
        if self.training:
            aux1 = self.aux1(inception4a)  # 1000
            aux2 = self.aux2(inception4d)
        x = self.dropout(self.flatten(self.avgpool(inception5b)))  # 1024
        logits = self.fc(x)  # 1000
        return Outputs(logits, aux2, aux1) if self.training else logits


def initialize(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d | nn.Linear):
        nn.init.trunc_normal_(module.weight, std=0.01)
