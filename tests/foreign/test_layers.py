"""Each layer, function, neuron and surrogate that the guide calls known: `from_torch` compares it with the spec's network."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from .examples import example, taken_over


class Applied(nn.Module):
    """A convolution, then a function of its result."""

    def __init__(self, function, axes=2):
        super().__init__()
        self.first = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}[axes](3, 4, 3, padding=1)
        self.function = function

    def forward(self, x):
        return self.function(self.first(x))


torch.manual_seed(0)  # weights of these layers are drawn when this file is read
LAYERS = [
    nn.Conv2d(3, 4, 3),
    nn.Conv2d(3, 4, 3, stride=2, padding=1, bias=False),
    nn.Conv2d(3, 6, (3, 5), padding=(1, 0), groups=3),
    nn.Conv2d(3, 4, 3, dilation=2, padding=2),
    nn.Conv2d(3, 4, 4, stride=(1, 2), padding=1),
    nn.Sequential(nn.Conv2d(3, 3, 3, padding="same"), nn.Conv2d(3, 4, (2, 4), padding="same", dilation=(1, 3))),
    nn.Sequential(nn.Conv2d(3, 4, 5, padding="valid"), nn.Conv2d(4, 4, 2, stride=2)),
    nn.BatchNorm2d(3),
    nn.BatchNorm2d(3, eps=0.01, momentum=0.3, affine=False),
    nn.InstanceNorm2d(3),
    nn.InstanceNorm2d(3, affine=True),
    nn.MaxPool2d(2),
    nn.MaxPool2d(3, 2),
    nn.MaxPool2d(3, 2, padding=1),
    nn.MaxPool2d((2, 3)),
    nn.AvgPool2d(2),
    nn.AvgPool2d(3, 1, padding=1, count_include_pad=False),
    nn.AdaptiveAvgPool2d(1),
    nn.AdaptiveAvgPool2d((4, 2)),
    nn.AdaptiveAvgPool2d((None, 8)),
    nn.Sequential(nn.MaxPool2d(4), nn.AdaptiveAvgPool2d(7)),
    nn.Sequential(nn.MaxPool2d(2), nn.AdaptiveAvgPool2d((8, 8))),
    nn.Sequential(nn.MaxPool2d((4, 2)), nn.AdaptiveAvgPool2d((6, 12))),
    nn.MaxPool2d(3, 2, ceil_mode=True),
    nn.MaxPool2d(3, ceil_mode=True),
    nn.MaxPool2d((2, 3), (2, 2), ceil_mode=True),
    nn.AvgPool2d(3, ceil_mode=True),
    nn.AvgPool2d((3, 2), 2, ceil_mode=True, count_include_pad=False),
    nn.ConvTranspose2d(3, 4, 2, 2),
    nn.ConvTranspose2d(3, 4, 3, 2, padding=1, output_padding=1, bias=False),
    nn.ConvTranspose2d(3, 6, 4, 2, padding=1, groups=3),
    nn.ConvTranspose2d(3, 4, 5, (1, 3), padding=2, output_padding=(0, 2)),
    nn.ConvTranspose2d(3, 4, 3, 2, padding=2, output_padding=1, dilation=2),
    nn.AdaptiveMaxPool2d(1),
    nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(3, 4, 1)),
    nn.Sequential(nn.MaxPool2d(8), nn.AdaptiveAvgPool2d((3, 2)), nn.Flatten(), nn.Linear(18, 4)),
    nn.ReLU(),
    nn.LeakyReLU(0.2),
    nn.Dropout(0.3),
    nn.Upsample(scale_factor=2),
    nn.Upsample(scale_factor=2, mode="bilinear"),
    nn.Sequential(nn.Flatten(), nn.Linear(192, 5, bias=False)),
]


@pytest.mark.filterwarnings("ignore:Using padding='same'")  # of an even kernel, which PyTorch pads by a copy
@pytest.mark.parametrize("layer", LAYERS, ids=str)
def test_a_layer_of_pytorch(layer):
    torch.manual_seed(0)
    taken_over(nn.Sequential(nn.Conv2d(3, 3, 1), layer), example(2, 3, 8, 8) - 0.5)


@pytest.mark.parametrize(
    ("layers", "size"),
    [
        ((nn.Conv1d(3, 4, 3), nn.BatchNorm1d(4), nn.ReLU(), nn.MaxPool1d(2), nn.AdaptiveAvgPool1d(1)), (4, 3, 12)),
        ((nn.Conv3d(3, 4, 3), nn.BatchNorm3d(4), nn.ReLU(), nn.AvgPool3d(2), nn.AdaptiveAvgPool3d(1)), (2, 3, 6, 6, 6)),
        ((nn.Linear(3, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 2)), (5, 3)),
    ],
    ids=["one axis", "three axes", "no axis"],
)
def test_other_numbers_of_axes(layers, size):
    torch.manual_seed(0)
    taken_over(nn.Sequential(*layers), example(*size))


FUNCTIONS = {
    "relu": F.relu,
    "method relu": lambda x: x.relu(),
    "sum": lambda x: x + torch.relu(x),
    "torch.add": lambda x: torch.add(x, torch.relu(x)),
    "in place": lambda x: (x * F.relu(x, inplace=False)).relu_(),
    "python's sum": lambda x: sum([x, torch.relu(x)]),
    "product": lambda x: x * torch.relu(x),
    "iand": lambda x: (1 - F.relu(x)) * x,
    "concatenation": lambda x: torch.cat([x, torch.relu(x)], dim=1),
    "max_pool2d": lambda x: F.max_pool2d(x, 3, 2, 1),
    "avg_pool2d": lambda x: F.avg_pool2d(x, 2),
    "adaptive": lambda x: F.adaptive_avg_pool2d(x, (2, 2)),
    "mean": lambda x: x.mean((2, 3)),
    "mean, kept": lambda x: torch.mean(x, dim=(-2, -1), keepdim=True),
    "a number for each channel": lambda x: x * F.adaptive_avg_pool2d(x, 1),
    "interpolate": lambda x: F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False),
    "interpolate to the size of another value": lambda x: F.interpolate(F.max_pool2d(x, 3, 3, 1), size=x.shape[-2:]),
    "bilinearly": lambda x: F.interpolate(F.max_pool2d(x, 3, 3, 1), x.shape[-2:], mode="bilinear") * x,
    "interpolate to half of the size": lambda x: F.interpolate(x, scale_factor=0.5),
    "a number for each channel, expanded": lambda x: torch.cat([F.adaptive_avg_pool2d(x, 1).expand(x.shape), x], 1),
    "narrow": lambda x: torch.relu(x.narrow(1, 1, 2)),
    "channels several times": lambda x: torch.relu(x.repeat_interleave(2, 1)),
    "zeros": lambda x: torch.relu(torch.cat([torch.zeros_like(x), x], 1)),
    "interpolate to a size": lambda x: F.interpolate(x, size=x.shape[-1] * 4),
    "flatten": lambda x: torch.flatten(x, 1),
    "view": lambda x: x.view(x.size(0), -1),
    "a branch on a shape": lambda x: torch.relu(x) if x.shape[1] == 4 else x,
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_of_pytorch(name):
    taken_over(Applied(FUNCTIONS[name]), example(2, 3, 8, 8) - 0.5)


def test_the_function_dropout():
    class Dropped(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Linear(3, 8)

        def forward(self, x):
            return F.dropout(torch.relu(self.first(x)), 0.25, training=self.training)

    torch.manual_seed(0)
    for module in (Dropped(), Dropped().eval()):
        found = taken_over(module, example(4, 3))
        assert "dropout(0.25)" in found.spec
        assert found.compared.training == module.training


def test_multi_step_layers_of_spikingjelly():
    from spikingjelly.activation_based import functional, layer, neuron

    torch.manual_seed(0)
    module = nn.Sequential(
        layer.Conv2d(2, 4, 3, padding=1, bias=False),
        layer.BatchNorm2d(4),
        neuron.IFNode(),
        layer.MaxPool2d(2),
        layer.Dropout(0.4),
        layer.SeqToANNContainer(nn.Conv2d(4, 8, 3, padding=1), nn.BatchNorm2d(8)),
        neuron.LIFNode(),
        layer.AdaptiveAvgPool2d(1),
        layer.Flatten(),
        layer.Linear(8, 20),
        neuron.IFNode(v_threshold=0.1),
        layer.VotingLayer(10),
    )
    functional.set_step_mode(module, "m")
    assert "dropout(0.4)" in taken_over(module, 2 * example(4, 3, 2, 8, 8)).spec


class Steps(nn.Module):
    """A network for one step whose `forward` takes and returns states, as tutorials of snnTorch have it."""

    def __init__(self, kind, **keys):
        super().__init__()
        self.first, self.last = nn.Linear(6, 8), nn.Linear(8, 3)
        self.hidden, self.read = kind(**keys), kind(**keys)

    def forward(self, x, one=None, two=None):
        spikes, one = self.hidden(self.first(x), one)
        spikes, two = self.read(self.last(spikes), two)
        return spikes, one, two


@pytest.mark.parametrize("reset", ["subtract", "zero"])
@pytest.mark.parametrize("surrogate", ["fast_sigmoid", "atan", "sigmoid"])
def test_leaky_with_states_of_the_module(reset, surrogate):
    import snntorch
    from snntorch import surrogate as surrogates

    torch.manual_seed(0)
    keys = {"beta": 0.7, "threshold": 0.3, "reset_mechanism": reset, "spike_grad": getattr(surrogates, surrogate)()}
    taken_over(Steps(snntorch.Leaky, **keys), 3 * example(4, 6))


@pytest.mark.parametrize(
    ("name", "reset"), [("Leaky", "subtract"), ("Leaky", "zero"), ("Synaptic", "subtract"), ("RLeaky", "subtract")]
)
def test_a_hidden_neuron_of_snntorch(name, reset):
    import snntorch

    torch.manual_seed(0)
    keys = {"Leaky": {}, "Synaptic": {"alpha": 0.8}, "RLeaky": {"linear_features": 8}}[name]
    node = getattr(snntorch, name)(beta=0.6, threshold=0.4, init_hidden=True, reset_mechanism=reset, **keys)
    taken_over(nn.Sequential(nn.Linear(6, 8), node, nn.Linear(8, 3)), 3 * example(4, 6))


def test_a_recurrent_convolution_of_snntorch():
    import snntorch

    torch.manual_seed(0)
    node = snntorch.RLeaky(beta=0.6, threshold=0.4, init_hidden=True, conv2d_channels=4, kernel_size=3)
    taken_over(nn.Sequential(nn.Conv2d(2, 4, 3, padding=1), node, nn.Conv2d(4, 2, 1)), 3 * example(2, 2, 6, 6))


@pytest.mark.filterwarnings("ignore:.torch.jit.script:DeprecationWarning")  # when norse is imported
@pytest.mark.parametrize("cell", ["LIFCell", "LICell"])
def test_a_cell_of_norse(cell):
    import norse.torch as norse

    torch.manual_seed(0)
    module = norse.SequentialState(nn.Linear(6, 8), norse.LIFCell(), nn.Linear(8, 3), getattr(norse, cell)())
    taken_over(module, 20 * example(4, 6), steps=8)


def test_several_inputs_and_results():
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.left, self.right = nn.Conv2d(1, 4, 3), nn.Conv2d(2, 4, 3)

        def forward(self, x, y):
            one, two = self.left(x), self.right(y)
            return torch.relu(one + two), two

    torch.manual_seed(0)
    found = taken_over(Two(), (example(2, 1, 6, 6), example(2, 2, 6, 6, seed=1)))
    assert "input x0 : real[1, 6, 6]" in found.spec
    assert "output y1 = " in found.spec


def test_names_that_the_language_has():
    class Conv(nn.Module):
        def __init__(self):
            super().__init__()
            self.neuron, self.flatten = nn.Linear(3, 4), nn.Linear(4, 2)

        def forward(self, x):
            return self.flatten(torch.relu(self.neuron(x)))

    torch.manual_seed(0)
    assert "network conv_ {" in taken_over(Conv(), example(2, 3)).spec
