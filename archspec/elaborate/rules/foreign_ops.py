"""Ops as other libraries call them, and what there is for them here."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final, NamedTuple, final

_GLOBAL: Final = "{op: AdaptiveAvgPool2d, output_size: 1}"
_MERGE: Final = "names what it merges: {op: Add, from: [a, b]}, or Multiply"
_SLICES: Final = "a layer has one output: a Slice for each part, {op: Slice, start: a, stop: b}"
_SCOPE: Final = "layers below each other are a list, or a mapping under 'layers:'"
_BLOCK: Final = "that is no op but a part of several layers: describe it under 'blocks'"
_NO_LOSS: Final = "a loss is no layer: a recipe says what is trained for"
_OWN: Final = "; an op of your own, one class, can be added"
_NO_RECURRENCE: Final = f"the language has no recurrence{_OWN}"
_NO_ATTENTION: Final = f"the language has no attention over positions{_OWN}"
_NO_TOKENS: Final = f"the language has images and vectors, no tokens{_OWN}"
_NO_CODE: Final = f"a spec has no code in it{_OWN}"

_RENAMED: Final = {
    "BatchNormalization": "BatchNorm2d",
    "BN": "BatchNorm2d",
    "Cat": "Concat",
    "Concatenate": "Concat",
    "Conv": "Conv2d",
    "Conv2DTranspose": "ConvTranspose2d",
    "Convolution": "Conv2d",
    "Convolutional": "Conv2d",
    "Convolution2D": "Conv2d",
    "Deconv": "ConvTranspose2d",
    "Deconv2d": "ConvTranspose2d",
    "Deconvolution": "ConvTranspose2d",
    "Dense": "Linear",
    "DropPath": "StochasticDepth",
    "EvoNorm2dB0": "EvoNormB0",
    "EvoNorm2dS0": "EvoNormS0",
    "FC": "Linear",
    "FullyConnected": "Linear",
    "GlobalResponseNorm": "GRN",
    "HardSwish": "Hardswish",
    "HSigmoid": "Hardsigmoid",
    "HSwish": "Hardswish",
    "InnerProduct": "Linear",
    "Linear2d": "Conv2d",
    "LRN": "LocalResponseNorm",
    "CrossMapLRN2d": "LocalResponseNorm",
    "BlurPool": "BlurPool2d",
    "LocallyConnected2D": "LocallyConnected2d",
    "MaxPooling2D": "MaxPool2d",
    "Mul": "Multiply",
    "AveragePooling2D": "AvgPool2d",
    "AveragePool": "AvgPool2d",
    "MaxPool": "MaxPool2d",
    "AvgPool": "AvgPool2d",
    "Noop": "Identity",
    "Passthrough": "Identity",
    "PixelUnShuffle": "PixelUnshuffle",
    "Softmax2d": "Softmax",
    "SpatialDropout2D": "Dropout2d",
    "Sub": "Subtract",
    "Sum": "Add",
    "Swish": "SiLU",
    "ZeroPadding2D": "ZeroPad2d",
}
"""Ops that are the same, and take arguments that mean the same."""

_SAID: Final = {
    "Activation": "an activation is an op of its own: ReLU, SiLU, Sigmoid",
    "Average": "{op: Add, from: [a, b]} is their sum; {op: ChannelMean} the mean over channels",
    "Bias": "{op: ChannelAffine} scales and shifts each channel",
    "Chunk": _SLICES,
    "Clip": "ReLU6 clips to 0 and 6, {op: Hardtanh, min_val: a, max_val: b} to others",
    "Cropping2D": "{op: ZeroPad2d, padding: -1}, or a Crop with 'like' of a layer of the wanted size",
    "DepthToSpace": "{op: PixelShuffle, upscale_factor: 2}",
    "Eltwise": f"an elementwise op {_MERGE}",
    "Embedding": _NO_TOKENS,
    "EmbeddingBag": _NO_TOKENS,
    "Focus": "{op: SpaceToDepth, block_size: 2} and a Conv2d; the order of the channels differs",
    "GAP": _GLOBAL,
    "GlobalAvgPool": _GLOBAL,
    "GlobalAvgPool2d": _GLOBAL,
    "GlobalAveragePool": _GLOBAL,
    "GlobalAveragePooling2D": f"{_GLOBAL}, and a Flatten below it",
    "GlobalMaxPool": "{op: AdaptiveMaxPool2d, output_size: 1}",
    "GlobalMaxPool2d": "{op: AdaptiveMaxPool2d, output_size: 1}",
    "GlobalMaxPooling2D": "{op: AdaptiveMaxPool2d, output_size: 1}, and a Flatten below it",
    "Input": "what the network reads stands above: input: [3, 224, 224]",
    "InputLayer": "what the network reads stands above: input: [3, 224, 224]",
    "Data": "what the network reads stands above: input: [3, 224, 224]",
    "Interpolate": "{op: Upsample, scale_factor: 2, mode: bilinear}, or size:, or like: LAYER",
    "Interp": "{op: Upsample, scale_factor: 2, mode: bilinear}, or size:, or like: LAYER",
    "Lambda": _NO_CODE,
    "Max": "{op: Maximum, from: [a, b]} of layers, {op: ChannelMax} over channels",
    "LayerScale": "{op: ChannelAffine, bias: false, init: 1e-6}",
    "LayerScale2d": "{op: ChannelAffine, bias: false, init: 1e-6}",
    "MFM": "{op: Maximum, from: [a, b]} of two halves of the channels, each a {op: Slice}",
    "Normalize": "{op: L2Norm}, and behind it for learned scales {op: ChannelAffine, bias: false}",
    "MaxUnpool": "{op: MaxUnpool2d, kernel_size: 2, from: [x, conv1]} for a MaxPool2d that read conv1",
    "Mean": "{op: ChannelMean} over channels, {op: AdaptiveAvgPool2d, output_size: 1} over pixels",
    "Minus": "{op: Subtract, from: [a, b]}",
    "ModuleList": _SCOPE,
    "ModuleDict": _SCOPE,
    "Output": "'output: NAME' names the layer that is the output",
    "Pooling": "{op: MaxPool2d, kernel_size: 2} or {op: AvgPool2d, kernel_size: 2}",
    "Power": "{op: Scale, factor: 0.5} for a constant",
    "Reorg": "{op: SpaceToDepth, block_size: 2, order: darknet}",
    "Reshape": "Flatten makes a vector of a map, {op: Unflatten, unflattened_size: [256, 4, 4]} a map of a vector",
    "View": "Flatten makes a vector of a map, {op: Unflatten, unflattened_size: [256, 4, 4]} a map of a vector",
    "Resize": "{op: Upsample, scale_factor: 2, mode: bilinear}, or size:, or like: LAYER",
    "Route": "'from: [a, b]' of a Concat names what it joins; 'from: a' goes back to a layer",
    "Sequential": _SCOPE,
    "Shortcut": "{op: Add, from: [a, b]}",
    "Skip": "{op: Add, from: [a, b]}",
    "Split": _SLICES,
    "Squeeze": "Flatten makes a vector of a map",
    "TensorSplit": _SLICES,
    "Unbind": _SLICES,
    "UpSampling2D": "{op: Upsample, scale_factor: 2}",
    "UpsamplingBilinear2d": "{op: Upsample, scale_factor: 2, mode: bilinear, align_corners: true}",
    "UpsamplingNearest2d": "{op: Upsample, scale_factor: 2}",
}
"""Ops that are said in another way; an answer that names ops that there are not is not given."""

_REFUSED: Final = {
    _BLOCK: "BasicBlock BasicConv BasicConv2d Bottleneck C2f C3 CBAM CBS ConvBN ConvBNAct ConvBNReLU ConvModule "
    "ConvNormAct DenseBlock ECA Fire Inception InvertedResidual MBConv PPM ResBlock Residual SEBlock SELayer SEModule "
    "SPP SPPF SqueezeExcitation SqueezeExcite SeparableConv2d Transition",
    _NO_RECURRENCE: "GRU GRUCell LSTM LSTMCell RNN RNNCell SimpleRNN ConvLSTM ConvLSTM2D Recurrent",
    _NO_ATTENTION: "Attention MultiHeadAttention MultiheadAttention SelfAttention NonLocal Transformer "
    "TransformerDecoder TransformerDecoderLayer TransformerEncoder TransformerEncoderLayer",
    _NO_LOSS: "AdaptiveLogSoftmaxWithLoss BCELoss BCEWithLogitsLoss CTCLoss CosineEmbeddingLoss CrossEntropyLoss "
    "GaussianNLLLoss HingeEmbeddingLoss HuberLoss KLDivLoss L1Loss MSELoss MarginRankingLoss MultiLabelMarginLoss "
    "MultiLabelSoftMarginLoss MultiMarginLoss NLLLoss NLLLoss2d PoissonNLLLoss SmoothL1Loss SoftMarginLoss "
    "SoftmaxWithLoss TripletMarginLoss TripletMarginWithDistanceLoss Accuracy",
}

OF_TORCH: Final = frozenset(
    """
    Bilinear CircularPad1d CircularPad2d CircularPad3d CosineSimilarity Fold FractionalMaxPool2d
    FractionalMaxPool3d MaxUnpool1d MaxUnpool3d PairwiseDistance ParameterDict ParameterList
    RMSNorm Unfold
    """.split()  # noqa: SIM905 -- words are easier to read without their quotes
)
"""Classes of torch.nn without a likeness in the language: no slips for ops that it has."""


@final
class Foreign(NamedTuple):
    """What there is for an op of another library."""

    help: str
    name: str | None = None
    """The op here, if only its name differs."""


def foreign(op: str, known: Collection[str]) -> Foreign | None:
    """What there is for an op of another library; None if it is none, or there is nothing."""
    word = op.lower()
    if any(name.lower() == word for name in known):
        return None
    if word in _renamed and _renamed[word] in known:
        return Foreign(f"it is called '{_renamed[word]}' here", _renamed[word])
    if word in _said and _has_all(_said[word], known):
        return Foreign(_said[word])
    for help, words in _REFUSED.items():
        if word in words.lower().split():
            return Foreign(help)
    if op in OF_TORCH:
        return Foreign(f"torch.nn.{op} is not part of the language{_OWN}")
    if word in _renamed or word in _said:
        return Foreign(f"no op does that yet{_OWN}")
    return None


def _has_all(help: str, known: Collection[str]) -> bool:
    return all(op in known for op in re.findall(r"\{op: (\w+)", help))


_renamed: Final = {name.lower(): op for name, op in _RENAMED.items()}
_said: Final = {name.lower(): help for name, help in _SAID.items()}
