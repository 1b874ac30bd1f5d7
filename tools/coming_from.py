"""Import models of other libraries and write the table of `docs/coming-from.md`: `python tools/coming_from.py [MODEL..]`.

With names, only these are imported, and the table stays as it is.
"""

import logging
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

import spikegraph
from spikegraph.foreign.errors import ForeignError

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "coming-from.md"
BEGIN, END = "<!-- models -->\n", "<!-- end of models -->\n"

Made = tuple[nn.Module, torch.Tensor]


def jelly(module: nn.Module) -> nn.Module:
    """A module of SpikingJelly that takes all time steps at once."""
    from spikingjelly.activation_based import functional

    functional.set_step_mode(module, "m")
    return module


def sew_resnet18() -> Made:
    """SEW-ResNet-18 whose blocks add, for small images of ten classes."""
    from spikingjelly.activation_based import neuron, surrogate
    from spikingjelly.activation_based.model import sew_resnet

    keys: dict[str, Any] = {"cnf": "ADD", "surrogate_function": surrogate.ATan(), "detach_reset": True}
    return jelly(sew_resnet.sew_resnet18(num_classes=10, spiking_neuron=neuron.IFNode, **keys)), torch.rand(4, 2, 3, 32, 32)


def sew_resnet34() -> Made:
    """SEW-ResNet-34 with IAND, as published for ImageNet but for the size of the example."""
    from spikingjelly.activation_based import neuron
    from spikingjelly.activation_based.model import sew_resnet

    return jelly(sew_resnet.sew_resnet34(cnf="IAND", spiking_neuron=neuron.IFNode)), torch.rand(2, 2, 3, 32, 32)


def spiking_resnet18() -> Made:
    """Spiking ResNet-18."""
    from spikingjelly.activation_based import neuron
    from spikingjelly.activation_based.model import spiking_resnet

    return jelly(spiking_resnet.spiking_resnet18(spiking_neuron=neuron.LIFNode)), torch.rand(2, 2, 3, 32, 32)


def spiking_vgg16_bn() -> Made:
    """VGG-16 with norms and LIF neurons."""
    from spikingjelly.activation_based import neuron
    from spikingjelly.activation_based.model import spiking_vgg

    return jelly(spiking_vgg.spiking_vgg16_bn(spiking_neuron=neuron.LIFNode)), torch.rand(2, 1, 3, 224, 224)


def plif_cifar10() -> Made:
    """The network with parametric LIF neurons for CIFAR10, with fewer channels."""
    from spikingjelly.activation_based import neuron, surrogate
    from spikingjelly.activation_based.model import parametric_lif_net

    keys: dict[str, Any] = {"surrogate_function": surrogate.ATan(), "detach_reset": True}
    net = parametric_lif_net.CIFAR10Net(channels=32, spiking_neuron=neuron.ParametricLIFNode, **keys)
    return jelly(net), torch.rand(4, 2, 3, 32, 32)


def snntorch_convolutional() -> Made:
    """The convolutional network of snnTorch's sixth tutorial, for a step of N-MNIST."""
    import snntorch
    from snntorch import surrogate

    keys: dict[str, Any] = {"beta": 0.5, "spike_grad": surrogate.fast_sigmoid(slope=25), "init_hidden": True}
    return nn.Sequential(
        nn.Conv2d(2, 12, 5),
        nn.MaxPool2d(2),
        snntorch.Leaky(**keys),
        nn.Conv2d(12, 64, 5),
        nn.MaxPool2d(2),
        snntorch.Leaky(**keys),
        nn.Flatten(),
        nn.Linear(64 * 5 * 5, 10),
        snntorch.Leaky(**keys, output=True),
    ), torch.rand(2, 2, 34, 34)


def snntorch_recurrent() -> Made:
    """A recurrent layer and a layer that reads it."""
    import snntorch

    hidden = snntorch.RLeaky(beta=0.9, linear_features=32, init_hidden=True)
    read = snntorch.Leaky(beta=0.8, init_hidden=True, output=True)
    return nn.Sequential(nn.Linear(20, 32), hidden, nn.Linear(32, 5), read), torch.rand(3, 20)


def norse_sequential() -> Made:
    """A convolutional network of norse for one step."""
    import norse.torch as norse

    return norse.SequentialState(
        nn.Conv2d(1, 8, 5), norse.LIFCell(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(8 * 12 * 12, 10), norse.LICell()
    ), 3 * torch.rand(2, 1, 28, 28)


def resnet18() -> Made:
    """An ANN with residual blocks."""
    import torchvision

    return torchvision.models.resnet18(), torch.rand(2, 3, 64, 64)


def vgg11() -> Made:
    """An ANN with a flattened head."""
    import torchvision

    return torchvision.models.vgg11(), torch.rand(1, 3, 224, 224)


def vision_transformer() -> Made:
    """A small vision transformer."""
    import torchvision

    return torchvision.models.VisionTransformer(32, 8, 2, 2, 16, 32), torch.rand(2, 3, 32, 32)


@dataclass(frozen=True)
class Model:
    """A model by other people.

    Attributes:
        title: Its name and library, for the table.
        make: Makes it, with an example.
    """

    title: str
    make: Callable[[], Made]


MODELS = {
    "sew_resnet18": Model("SpikingJelly, SEW-ResNet-18 (ADD)", sew_resnet18),
    "sew_resnet34": Model("SpikingJelly, SEW-ResNet-34 (IAND)", sew_resnet34),
    "spiking_resnet18": Model("SpikingJelly, spiking ResNet-18", spiking_resnet18),
    "spiking_vgg16_bn": Model("SpikingJelly, spiking VGG-16 with norms", spiking_vgg16_bn),
    "plif_cifar10": Model("SpikingJelly, PLIF network for CIFAR10, 32 channels", plif_cifar10),
    "snntorch_convolutional": Model("snnTorch, convolutional network of tutorial 6", snntorch_convolutional),
    "snntorch_recurrent": Model("snnTorch, `RLeaky` and `Leaky`", snntorch_recurrent),
    "norse_sequential": Model("norse, `SequentialState` of `LIFCell` and `LICell`", norse_sequential),
    "resnet18": Model("torchvision, ResNet-18", resnet18),
    "vgg11": Model("torchvision, VGG-11", vgg11),
    "vision_transformer": Model("torchvision, a vision transformer", vision_transformer),
}


def row(model: Model) -> str:
    """The model's row of the table."""
    torch.manual_seed(0)
    module, example = model.make()
    start = time.perf_counter()
    try:
        found = spikegraph.from_torch(module, example)
    except ForeignError as error:
        return f"| {model.title} | refused: {error.summary} | | | {time.perf_counter() - start:.1f} |"
    seconds, compared = time.perf_counter() - start, found.compared
    lines = len(found.spec.splitlines())
    return f"| {model.title} | {lines} | {compared.neurons}, {compared.steps} steps | {compared.gradients} | {seconds:.1f} |"


def main(names: list[str]) -> int:
    """Writes the table, or prints the rows of some models."""
    logging.disable(logging.WARNING)
    unknown = [name for name in names if name not in MODELS]
    if unknown:
        sys.exit(f"there is no model `{unknown[0]}`; there are {', '.join(MODELS)}")
    rows = [row(MODELS[name]) for name in names or MODELS]
    if names:
        print("\n".join(rows))
        return 0
    head = ("| model | lines of spec | equal results of neurons | equal gradients | seconds |", "|---|---:|---:|---:|---:|")
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    DOCUMENT.write_text(f"{before}{BEGIN}" + "\n".join((*head, *rows)) + f"\n{END}{after}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
