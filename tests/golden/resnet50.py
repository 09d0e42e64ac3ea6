"""resnet50: Deep Residual Learning for Image Recognition (He et al., 2015).

https://arxiv.org/abs/1512.03385
3×224×224 → 1000 · 25,557,032 parameters · 4,089,184,256 multiply-accumulates
Printed by archspec from resnet50.yaml (sha256 e26708802e92b0a7).
"""

from torch import Tensor, nn


class Bottleneck(nn.Module):
    def __init__(
        self, in_channels: int, width: int, stride: int = 1, downsample: bool = False
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu1 = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(width, width, 3, stride=stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.relu2 = nn.ReLU(inplace=True)
        self.conv3 = nn.Conv2d(width, 4 * width, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * width)
        self.downsample = nn.Identity()
        if downsample:
            self.downsample = nn.Sequential(
                nn.Conv2d(in_channels, 4 * width, 1, stride=stride, bias=False),
                nn.BatchNorm2d(4 * width),
            )
        self.relu = nn.ReLU(inplace=True)

    def forward(self, input: Tensor) -> Tensor:
        x = self.relu1(self.bn1(self.conv1(input)))
        x = self.relu2(self.bn2(self.conv2(x)))
        x = self.bn3(self.conv3(x))
        x += self.downsample(input)
        return self.relu(x)


class Layer(nn.Sequential):
    def __init__(
        self, in_channels: int, width: int, depth: int, stride: int = 2
    ) -> None:
        super().__init__(
            Bottleneck(in_channels, width, stride=stride, downsample=True),
            *[Bottleneck(4 * width, width) for _ in range(1, depth)],
        )


class ResNet50(nn.Module):
    def __init__(self, num_classes: int = 1000) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self.layer1 = Layer(64, 64, depth=3, stride=1)
        self.layer2 = Layer(256, 128, depth=4)
        self.layer3 = Layer(512, 256, depth=6)
        self.layer4 = Layer(1024, 512, depth=3)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten()
        self.fc = nn.Linear(2048, num_classes)
        self.apply(initialize)

    def forward(self, input: Tensor) -> Tensor:
        x = self.relu(self.bn1(self.conv1(input)))  # 64×112×112
        x = self.maxpool(x)  # 64×56×56
        x = self.layer1(x)  # 256×56×56
        x = self.layer2(x)  # 512×28×28
        x = self.layer3(x)  # 1024×14×14
        x = self.layer4(x)  # 2048×7×7
        x = self.flatten(self.avgpool(x))  # 2048
        return self.fc(x)  # 1000


def initialize(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
