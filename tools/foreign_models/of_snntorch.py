"""Models of snnTorch: its tutorials, as printed but for their sizes, and its neurons."""

from typing import Any

import torch
from torch import nn

from foreign_models.model import Made, model

HIDDEN: dict[str, Any] = {"beta": 0.8, "init_hidden": True}
"""A decay and a state that the neuron keeps."""


def leaky(**keys: Any) -> Any:
    """The neuron of the tutorials."""
    import snntorch
    from snntorch import surrogate

    return snntorch.Leaky(**{"beta": 0.5, "spike_grad": surrogate.fast_sigmoid(slope=25), **keys})


@model("snnTorch, tutorial 7 as printed")
def snntorch_tutorial7() -> Made:
    """For a step of N-MNIST, its states hidden."""
    from snntorch import surrogate

    hidden: dict[str, Any] = {"spike_grad": surrogate.atan(), "init_hidden": True}
    return nn.Sequential(
        nn.Conv2d(2, 12, 5),
        nn.MaxPool2d(2),
        leaky(**hidden),
        nn.Conv2d(12, 32, 5),
        nn.MaxPool2d(2),
        leaky(**hidden),
        nn.Flatten(),
        nn.Linear(32 * 5 * 5, 10),
        leaky(**hidden, output=True),
    ), torch.rand(2, 2, 34, 34)


@model("snnTorch, `RLeaky` and `Leaky`")
def snntorch_recurrent() -> Made:
    """A recurrent layer and a layer that reads it."""
    import snntorch

    hidden = snntorch.RLeaky(beta=0.9, linear_features=32, init_hidden=True)
    read = snntorch.Leaky(beta=0.8, init_hidden=True, output=True)
    return nn.Sequential(nn.Linear(20, 32), hidden, nn.Linear(32, 5), read), torch.rand(3, 20)


class Tutorial5(nn.Module):
    """Two layers with their states from `init_leaky`, and a loop over the steps."""

    def __init__(self) -> None:
        super().__init__()
        import snntorch

        self.fc1, self.lif1 = nn.Linear(28, 16), snntorch.Leaky(beta=0.95)
        self.fc2, self.lif2 = nn.Linear(16, 10), snntorch.Leaky(beta=0.95)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Spikes and potentials of the last layer, [T, N, 10] each, of an input [N, 28]."""
        mem1, mem2 = self.lif1.init_leaky(), self.lif2.init_leaky()
        spikes, potentials = [], []
        for _ in range(5):
            spk1, mem1 = self.lif1(self.fc1(x), mem1)
            spk2, mem2 = self.lif2(self.fc2(spk1), mem2)
            spikes.append(spk2)
            potentials.append(mem2)
        return torch.stack(spikes, dim=0), torch.stack(potentials, dim=0)


@model("snnTorch, tutorial 5 as printed")
def snntorch_tutorial5() -> Made:
    """With fewer neurons."""
    return Tutorial5(), 4 * torch.randn(3, 28)


class Tutorial6(nn.Module):
    """The convolutional network with its states from `init_leaky`."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.lif1 = nn.Conv2d(1, 4, 5), leaky()
        self.conv2, self.lif2 = nn.Conv2d(4, 8, 5), leaky()
        self.fc1, self.lif3 = nn.Linear(8 * 4 * 4, 10), leaky()

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Spikes and potentials, [N, 10], of one step of images [N, 1, 28, 28]."""
        mem1, mem2, mem3 = self.lif1.init_leaky(), self.lif2.init_leaky(), self.lif3.init_leaky()
        spk1, mem1 = self.lif1(nn.functional.max_pool2d(self.conv1(x), 2), mem1)
        spk2, mem2 = self.lif2(nn.functional.max_pool2d(self.conv2(spk1), 2), mem2)
        return self.lif3(self.fc1(spk2.view(x.shape[0], -1)), mem3)


@model("snnTorch, tutorial 6 as printed")
def snntorch_tutorial6() -> Made:
    """With fewer channels."""
    return Tutorial6(), 2 * torch.randn(2, 1, 28, 28)


@model("snnTorch, `Leaky(learn_beta = True)`")
def snntorch_learned() -> Made:
    """A learned decay."""
    return nn.Sequential(nn.Linear(6, 8), leaky(beta=0.8, learn_beta=True, init_hidden=True)), 3 * torch.randn(2, 6)


@model("snnTorch, `Lapicque`")
def snntorch_lapicque() -> Made:
    """A circuit of a resistance and a capacitance."""
    import snntorch

    return nn.Sequential(nn.Linear(6, 8), snntorch.Lapicque(**HIDDEN)), 3 * torch.randn(2, 6)


@model("snnTorch, `Alpha`")
def snntorch_alpha() -> Made:
    """Two traces."""
    import snntorch

    return nn.Sequential(nn.Linear(6, 8), snntorch.Alpha(alpha=0.8, beta=0.7, init_hidden=True)), 3 * torch.randn(2, 6)
