"""resnet20_cifar: Deep Residual Learning for Image Recognition (He et al., 2015), the networks for CIFAR-10 of 6n + 2 layers.

https://arxiv.org/abs/1512.03385
3×32×32 → 10 · 269,722 parameters · 40,551,040 multiply-accumulates
Printed by archspec from resnet20_cifar.yaml (sha256 63be593b28474879).
"""

from typing import Literal

from torch import Tensor, nn
from torch.nn import functional as F


class PadChannels(nn.Module):
    """Appends channels of zeros, or half of them before; (N, C, H, W) -> (N, C', H, W).

    The shortcut without parameters: He et al. 2015, https://arxiv.org/abs/1512.03385,
    section 3.3, option A.
    """

    def __init__(self, out_channels: int, where: Literal["end", "both"] = "end") -> None:
        super().__init__()
        self.out_channels, self.where = out_channels, where

    def forward(self, x: Tensor) -> Tensor:
        extra = self.out_channels - x.shape[1]
        before = extra // 2 if self.where == "both" else 0
        return F.pad(x, (0, 0, 0, 0, before, extra - before))


class ZeroPad(nn.Sequential):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.pool = nn.AvgPool2d(1, stride=2)
        self.pad = PadChannels(width)


class BasicBlock(nn.Module):
    def __init__(
        self, in_channels: int, width: int, stride: int = 1, shortcut: bool = False
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, width, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu1 = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.shortcut = ZeroPad(width) if shortcut else nn.Identity()
        self.relu = nn.ReLU(inplace=True)

    def forward(self, input: Tensor) -> Tensor:
        x = self.relu1(self.bn1(self.conv1(input)))
        x = self.bn2(self.conv2(x))
        x += self.shortcut(input)
        return self.relu(x)


class Layer(nn.Sequential):
    def __init__(
        self, in_channels: int, width: int, stride: int = 2, shortcut: bool = True
    ) -> None:
        super().__init__(
            BasicBlock(in_channels, width, stride=stride, shortcut=shortcut),
            *[BasicBlock(width, width) for _ in range(1, 3)],
        )


class ResNet20Cifar(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.relu = nn.ReLU(inplace=True)
        self.layer1 = Layer(16, 16, stride=1, shortcut=False)
        self.layer2 = Layer(16, 32)
        self.layer3 = Layer(32, 64)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten()
        self.fc = nn.Linear(64, num_classes)
        self.apply(initialize)

    def forward(self, input: Tensor) -> Tensor:
        x = self.relu(self.bn1(self.conv1(input)))  # 16×32×32
        x = self.layer1(x)
        x = self.layer2(x)  # 32×16×16
        x = self.layer3(x)  # 64×8×8
        x = self.flatten(self.avgpool(x))  # 64
        return self.fc(x)  # 10


def initialize(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    elif isinstance(module, nn.Linear):
        nn.init.zeros_(module.bias)
