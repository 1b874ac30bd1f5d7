"""Models of torchvision and timm, with weights at random."""

import importlib
from typing import Any

import torch

from foreign_models.model import Made, model


def torchvision_model(name: str, size: int, **keys: Any) -> Made:
    """A model of torchvision for two images of a size."""
    import torchvision

    return getattr(torchvision.models, name)(**keys), torch.rand(2, 3, size, size)


def timm_model(name: str, size: int = 64) -> Made:
    """A model of timm for two images of a size, with ten classes."""
    return importlib.import_module("timm").create_model(name, num_classes=10), torch.rand(2, 3, size, size)


@model("torchvision, ResNet-18")
def resnet18() -> Made:
    """An ANN with residual blocks."""
    return torchvision_model("resnet18", 64)


@model("torchvision, ResNeXt-50")
def resnext50() -> Made:
    """With groups."""
    return torchvision_model("resnext50_32x4d", 64)


@model("torchvision, DenseNet-121")
def densenet121() -> Made:
    """With concatenations."""
    return torchvision_model("densenet121", 64)


@model("torchvision, VGG-11", slow=True)
def vgg11() -> Made:
    """With a flattened head."""
    return torchvision_model("vgg11", 224)


@model("torchvision, VGG-16 with images of 32 x 32", slow=True)
def vgg16_small() -> Made:
    """Its pooling into 7 x 7 repeats one pixel."""
    return torchvision_model("vgg16", 32)


@model("torchvision, VGG-16 with images of 64 x 64", slow=True)
def vgg16_medium() -> Made:
    """Its pooling into 7 x 7 takes 2 x 2 pixels."""
    return torchvision_model("vgg16", 64)


@model("torchvision, SqueezeNet 1.1")
def squeezenet() -> Made:
    """Its pooling rounds sizes up."""
    return torchvision_model("squeezenet1_1", 64)


@model("torchvision, MobileNetV3, small")
def mobilenet_v3() -> Made:
    """With Hardswish and squeeze-and-excitation."""
    return torchvision_model("mobilenet_v3_small", 64)


@model("torchvision, ShuffleNetV2 x0.5")
def shufflenet() -> Made:
    """Channels are split and shuffled."""
    return torchvision_model("shufflenet_v2_x0_5", 64)


@model("torchvision, a vision transformer")
def vision_transformer() -> Made:
    """Two layers, 16 channels."""
    import torchvision

    return torchvision.models.VisionTransformer(32, 8, 2, 2, 16, 32), torch.rand(2, 3, 32, 32)


@model("timm, MobileNetV3, small")
def timm_mobilenetv3() -> Made:
    """With norms as functions."""
    return timm_model("mobilenetv3_small_050")


@model("timm, EfficientNet-Lite0")
def timm_efficientnet() -> Made:
    """With ReLU6."""
    return timm_model("efficientnet_lite0")


@model("timm, RegNetX-002")
def timm_regnet() -> Made:
    """With groups."""
    return timm_model("regnetx_002")


@model("timm, RepVGG-A0")
def timm_repvgg() -> Made:
    """Sums of branches."""
    return timm_model("repvgg_a0")


@model("timm, ResNet-18-D")
def timm_resnet18d() -> Made:
    """Its pooling rounds sizes up."""
    return timm_model("resnet18d")


@model("timm, VGG-11 with norms", slow=True)
def timm_vgg11() -> Made:
    """With adaptive pooling."""
    return timm_model("vgg11_bn", 224)


@model("timm, ConvNeXt, atto")
def timm_convnext() -> Made:
    """With LayerNorm, permuted axes, GELU and factors of channels."""
    return timm_model("convnext_atto")
