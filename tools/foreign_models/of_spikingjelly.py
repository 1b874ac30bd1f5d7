"""Models of SpikingJelly 2.0: its builders, its tutorials, and single layers in a small network."""

from typing import Any

import torch
from torch import nn

from foreign_models.model import Made, model

SMALL = torch.Size((2, 3, 32, 32))
"""Two small images."""


def all_steps(module: nn.Module) -> nn.Module:
    """A module that takes all time steps at once."""
    from spikingjelly.activation_based import functional

    functional.set_step_mode(module, "m")
    return module


def like_ours(**keys: Any) -> dict[str, Any]:
    """Keys of a neuron with the surrogate and the reset that most papers use."""
    from spikingjelly.activation_based import surrogate

    return {"surrogate_function": surrogate.ATan(), "detach_reset": True, **keys}


@model("SpikingJelly, SEW-ResNet-18 (ADD)")
def sew_resnet18() -> Made:
    """For small images of ten classes."""
    from spikingjelly.activation_based import neuron
    from spikingjelly.activation_based.model import sew_resnet

    module = sew_resnet.sew_resnet18(num_classes=10, cnf="ADD", spiking_neuron=neuron.IFNode, **like_ours())
    return all_steps(module), torch.rand(4, *SMALL)


@model("SpikingJelly, SEW-ResNet-18 (AND)")
def sew_resnet18_and() -> Made:
    """As above, with products of spikes."""
    from spikingjelly.activation_based import neuron
    from spikingjelly.activation_based.model import sew_resnet

    module = sew_resnet.sew_resnet18(num_classes=10, cnf="AND", spiking_neuron=neuron.IFNode, **like_ours())
    return all_steps(module), torch.rand(4, *SMALL)


@model("SpikingJelly, SEW-ResNet-34 (IAND)")
def sew_resnet34() -> Made:
    """As published for ImageNet but for the size of the example."""
    from spikingjelly.activation_based import neuron
    from spikingjelly.activation_based.model import sew_resnet

    return all_steps(sew_resnet.sew_resnet34(cnf="IAND", spiking_neuron=neuron.IFNode)), torch.rand(2, *SMALL)


@model("SpikingJelly, spiking ResNet-18")
def spiking_resnet18() -> Made:
    """With LIF neurons."""
    from spikingjelly.activation_based import neuron
    from spikingjelly.activation_based.model import spiking_resnet

    return all_steps(spiking_resnet.spiking_resnet18(spiking_neuron=neuron.LIFNode)), torch.rand(2, *SMALL)


@model("SpikingJelly, spiking ResNet-34")
def spiking_resnet34() -> Made:
    """With LIF neurons."""
    from spikingjelly.activation_based import neuron
    from spikingjelly.activation_based.model import spiking_resnet

    return all_steps(spiking_resnet.spiking_resnet34(spiking_neuron=neuron.LIFNode)), torch.rand(2, *SMALL)


@model("SpikingJelly, spiking VGG-16 with norms", slow=True)
def spiking_vgg16_bn() -> Made:
    """For images of the size that needs no pooling into other windows."""
    from spikingjelly.activation_based import neuron
    from spikingjelly.activation_based.model import spiking_vgg

    return all_steps(spiking_vgg.spiking_vgg16_bn(spiking_neuron=neuron.LIFNode)), torch.rand(2, 1, 3, 224, 224)


@model("SpikingJelly, PLIF network for CIFAR10, 32 channels")
def plif_cifar10() -> Made:
    """With learned time constants."""
    from spikingjelly.activation_based import neuron
    from spikingjelly.activation_based.model import parametric_lif_net

    net = parametric_lif_net.CIFAR10Net(channels=32, spiking_neuron=neuron.ParametricLIFNode, **like_ours())
    return all_steps(net), torch.rand(4, *SMALL)


@model("SpikingJelly, DVSGestureNet, 8 channels")
def dvs_gesture_net() -> Made:
    """For frames of 128 x 128 pixels, with votes."""
    from spikingjelly.activation_based import neuron
    from spikingjelly.activation_based.model import parametric_lif_net

    net = parametric_lif_net.DVSGestureNet(channels=8, spiking_neuron=neuron.LIFNode, **like_ours())
    return all_steps(net), torch.rand(3, 2, 2, 128, 128).round()


@model("SpikingJelly, QKFormer, 64 channels")
def qkformer() -> Made:
    """One block in each stage."""
    from spikingjelly.activation_based.model.qkformer import QKFormer

    net = QKFormer(T=2, num_classes=10, embed_dims=64, num_heads=(1, 2, 4), depths=(1, 1, 1))
    return all_steps(net), torch.rand(2, *SMALL)


@model("SpikingJelly, Max-Former, 64 channels")
def maxformer() -> Made:
    """One block in each stage."""
    from spikingjelly.activation_based.model.maxformer import MaxFormer

    return all_steps(MaxFormer(T=2, num_classes=10, embed_dims=64, depths=(1, 1, 1))), torch.rand(2, *SMALL)


@model("SpikingJelly, Max-Former for CIFAR, as built")
def maxformer_cifar() -> Made:
    """The builder for small images."""
    from spikingjelly.activation_based.model.maxformer import maxformer_cifar

    return all_steps(maxformer_cifar(T=2)), torch.rand(2, *SMALL)


@model("SpikingJelly, Spike-driven Transformer, 64 channels")
def spike_driven_transformer() -> Made:
    """Two blocks."""
    from spikingjelly.activation_based.model.spike_driven_transformer import SpikeDrivenTransformer

    net = SpikeDrivenTransformer(T=2, num_classes=10, embed_dims=64, num_heads=4, depths=2)
    return all_steps(net), torch.rand(2, *SMALL)


@model("SpikingJelly, Spikformer for CIFAR10")
def spikformer_cifar10() -> Made:
    """The builder for small images."""
    from spikingjelly.activation_based.model import spikformer

    return all_steps(spikformer.spikformer_cifar10(T=2)), torch.rand(2, *SMALL)


@model("SpikingJelly, Spikformer-Ti")
def spikformer_ti() -> Made:
    """The builder for ImageNet, with small images."""
    from spikingjelly.activation_based.model import spikformer

    return all_steps(spikformer.spikformer_ti(T=2, img_size_h=64, img_size_w=64)), torch.rand(2, 2, 3, 64, 64)


@model("SpikingJelly, MS-ResNet-18")
def ms_resnet18() -> Made:
    """With membrane shortcuts."""
    from spikingjelly.activation_based.model import ms_resnet

    return all_steps(ms_resnet.ms_resnet18(num_classes=10)), torch.rand(2, 2, 3, 64, 64)


@model("SpikingJelly, Max-ResNet-18")
def max_resnet18() -> Made:
    """With maxima in the blocks."""
    from spikingjelly.activation_based.model import ms_resnet

    return all_steps(ms_resnet.max_resnet18(num_classes=10)), torch.rand(2, 2, 3, 64, 64)


@model("SpikingJelly, Att-MS-ResNet-18")
def att_ms_resnet18() -> Made:
    """MS-ResNet-18 with attention over steps, channels and pixels."""
    from spikingjelly.activation_based.model import masnn

    return all_steps(masnn.att_ms_resnet18(T=2, num_classes=10)), torch.rand(2, 2, 3, 64, 64)


@model("SpikingJelly, MA-SNN for frames of DVS128 Gesture")
def masnn_gesture() -> Made:
    """With attention of several kinds."""
    from spikingjelly.activation_based.model import masnn

    return all_steps(masnn.masnn_dvs128_gesture(T=5)), torch.rand(5, 1, 2, 32, 32).round()


@model("SpikingJelly, OTTT-VGG-11", slow=True, online=True)
def ottt_vgg11() -> Made:
    """Trained one step at a time; its own gradients are another matter."""
    from spikingjelly.activation_based.model import spiking_vggws_ottt

    return spiking_vggws_ottt.ottt_spiking_vgg11(num_classes=10), torch.rand(2, 3, 32, 32)


class Classifier(nn.Module):
    """The convolutional network of SpikingJelly's tutorial: the image is repeated, and rates are returned."""

    def __init__(self) -> None:
        super().__init__()
        from spikingjelly.activation_based import layer, neuron

        def stage(before: int, after: int) -> tuple[nn.Module, ...]:
            norm = layer.BatchNorm2d(after)
            return layer.Conv2d(before, after, 3, padding=1, bias=False), norm, neuron.IFNode(**like_ours()), layer.MaxPool2d(2)

        body = (*stage(1, 8), *stage(8, 8), layer.Flatten())
        head = (layer.Linear(8 * 49, 32, bias=False), neuron.IFNode(**like_ours()), layer.Linear(32, 10, bias=False))
        self.layers = nn.Sequential(*body, *head, neuron.IFNode(**like_ours()))
        all_steps(self)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Rates, [N, 10], of images [N, 1, 28, 28]."""
        return self.layers(x.unsqueeze(0).repeat(4, 1, 1, 1, 1)).mean(0)


@model("SpikingJelly, the tutorial's CSNN (`repeat(T, ...)`)")
def csnn() -> Made:
    """8 channels."""
    return Classifier(), 2 * torch.rand(2, 1, 28, 28)


def around(neurons: nn.Module) -> Made:
    """A small network around neurons."""
    from spikingjelly.activation_based import layer

    return all_steps(nn.Sequential(layer.Linear(6, 8), neurons, layer.Linear(8, 3))), 4 * torch.randn(4, 2, 6)


@model("SpikingJelly, `QIFNode`")
def qif() -> Made:
    """Quadratic neurons."""
    from spikingjelly.activation_based import neuron

    return around(neuron.QIFNode(**like_ours()))


@model("SpikingJelly, `EIFNode`")
def eif() -> Made:
    """Exponential neurons."""
    from spikingjelly.activation_based import neuron

    return around(neuron.EIFNode(**like_ours()))


@model("SpikingJelly, `PSN`")
def psn() -> Made:
    """Parallel neurons."""
    from spikingjelly.activation_based import neuron, surrogate

    return around(neuron.PSN(T=4, surrogate_function=surrogate.ATan()))


@model("SpikingJelly, `LinearRecurrentContainer`")
def linear_recurrent() -> Made:
    """Neurons whose spikes come back."""
    from spikingjelly.activation_based import layer, neuron

    return around(layer.LinearRecurrentContainer(neuron.LIFNode(**like_ours()), in_features=8, out_features=8))


@model("SpikingJelly, `SynapseFilter`")
def synapse_filter() -> Made:
    """A trace before neurons."""
    from spikingjelly.activation_based import layer, neuron

    return around(nn.Sequential(neuron.LIFNode(**like_ours()), layer.SynapseFilter(tau=10.0, learnable=False)))


@model("SpikingJelly, `ThresholdDependentBatchNorm2d`")
def threshold_norm() -> Made:
    """The norm of tdBN."""
    from spikingjelly.activation_based import layer, neuron

    norm = layer.ThresholdDependentBatchNorm2d(alpha=1.0, v_th=0.5, num_features=8)
    lif = neuron.LIFNode(v_threshold=0.5, **like_ours())
    return all_steps(nn.Sequential(layer.Conv2d(2, 8, 3, padding=1, bias=False), norm, lif)), torch.randn(3, 2, 2, 8, 8)
