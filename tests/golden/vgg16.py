"""vgg16: Very Deep Convolutional Networks for Large-Scale Image Recognition (Simonyan and Zisserman, 2014).

https://arxiv.org/abs/1409.1556
3×224×224 → 1000 · 138,357,544 parameters · 15,470,264,320 multiply-accumulates
Printed by archspec from vgg16.yaml (sha256 9c6466144ac5cb8b).
"""

from torch import Tensor, nn


def conv_relu(in_channels: int, out_channels: int) -> list[nn.Module]:
    return [
        nn.Conv2d(in_channels, out_channels, 3, padding=1),
        nn.ReLU(inplace=True),
    ]


class VGG16(nn.Module):
    def __init__(self, num_classes: int = 1000, dropout: float = 0.5) -> None:
        super().__init__()
        self.features = nn.Sequential(
            *conv_relu(3, 64),
            *conv_relu(64, 64),
            nn.MaxPool2d(2),
            *conv_relu(64, 128),
            *conv_relu(128, 128),
            nn.MaxPool2d(2),
            *conv_relu(128, 256),
            *conv_relu(256, 256),
            *conv_relu(256, 256),
            nn.MaxPool2d(2),
            *conv_relu(256, 512),
            *conv_relu(512, 512),
            *conv_relu(512, 512),
            nn.MaxPool2d(2),
            *conv_relu(512, 512),
            *conv_relu(512, 512),
            *conv_relu(512, 512),
            nn.MaxPool2d(2),
        )
        self.avgpool = nn.AdaptiveAvgPool2d(7)
        self.flatten = nn.Flatten()
        self.classifier = nn.Sequential(
            nn.Linear(25088, 4096),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(4096, 4096),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(4096, num_classes),
        )
        self.apply(initialize)

    def forward(self, input: Tensor) -> Tensor:
        x = self.features(input)  # 512×7×7
        x = self.flatten(self.avgpool(x))  # 25088
        return self.classifier(x)  # 1000


def initialize(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        nn.init.zeros_(module.bias)
    elif isinstance(module, nn.Linear):
        nn.init.normal_(module.weight, std=0.01)
        nn.init.zeros_(module.bias)
