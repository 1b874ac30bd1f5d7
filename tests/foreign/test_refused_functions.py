"""Functions of PyTorch that can't be imported: each gives one clear message."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from .refused import Net, Refused, image, net, says

refused = Refused()


@refused(
    "the module, torch.einsum: the language has no such function "
    "(help: use matmul for products of tokens, and a linear layer or a convolution for weights)"
)
def einsum():
    return net(lambda self, x: torch.einsum("nchw,nchw->nc", x, x))


@refused(
    "the module, `@`: its operand [1, 4, 8, 8] isn't a matrix of tokens and channels for each head "
    "(help: give it [..., heads, tokens, channels of a head], as reshape and permute make them)"
)
def matmul():
    return net(lambda self, x: self.conv(x) @ x[:, :1])


@refused(
    "the module, Tensor.log_softmax: the language has no such function "
    "(help: leave it out, and apply it to the network's result)"
)
def softmax_method():
    return net(lambda self, x: self.conv(x).log_softmax(1))


@refused("the module, Tensor.clamp: the language has no such function (help: use ReLU, LeakyReLU or a spiking neuron)")
def clamp():
    return net(lambda self, x: self.conv(x).clamp(0, 6))


@refused(
    "the module, `==`: the language has no such function (help: compare a potential with a threshold, by > or >=, in neurons)"
)
def comparison():
    return net(lambda self, x: (self.conv(x) == 0).float())


@refused(
    "the module, `!=`: the language has no such function (help: compare a potential with a threshold, by > or >=, in neurons)"
)
def where():
    return net(lambda self, x: torch.where(x != 0, x, 0 * x))


@refused(
    "the module, `+`: its operands have the shapes [1, 4, 8, 8] and [1, 4, 8, 1] "
    "(help: give them one shape, or one number for each channel)"
)
def sum_of_rows():
    return net(_with_rows)


def _with_rows(self, x):
    y = self.conv(x)
    return y + y.mean(3, keepdim=True)


@refused("the module, torch.cat: it concatenates along dimension 0 (help: concatenate the channels: dim=1)")
def concatenation_of_samples():
    return net(lambda self, x: torch.cat([self.conv(x), self.conv2(x)], 0), conv2=nn.Conv2d(3, 4, 3, padding=1))


@refused("the module, torch.stack: the language has no such function (help: concatenate the channels with torch.cat, or add)")
def stack():
    return net(lambda self, x: torch.stack([self.conv(x), self.conv2(x)]), conv2=nn.Conv2d(3, 4, 3, padding=1))


@refused(
    "the module, `+`: one of its operands is a number, and the language adds values alone "
    "(help: add it to the bias of the layer before it)"
)
def plus_a_number():
    return net(lambda self, x: self.conv(x) + 0.5)


@refused(
    "the module, `-`: it subtracts a number, and the language adds values alone "
    "(help: subtract it from the bias of the layer before it)"
)
def minus_a_number():
    return net(lambda self, x: self.conv(x) - 0.5)


@refused("the module returns 1 - x: the language has 1 - x as a factor alone (help: multiply 1 - x by another value)")
def one_minus():
    return net(lambda self, x: 1 - self.conv(x))


@refused(
    "the module, `**`: the language has no such function "
    "(help: write it with convolutions, linear layers, norms, poolings, ReLU and spiking neurons, or register an "
    "adapter)"
)
def power():
    return net(lambda self, x: self.conv(x) ** 2)


@refused("the module, Tensor.flip: the language has no such function (help: keep the order of the numbers)")
def flipped():
    return net(lambda self, x: self.conv(x).flip(-1))


@refused(
    "the module returns a tensor with the dimensions (samples) x (pixels) x (pixels) x (channels) "
    "(help: return it as [N, C, ...] or [T, N, C, ...])"
)
def permuted():
    return Net(lambda self, x: self.conv(x).permute(0, 2, 3, 1), conv=nn.Conv2d(3, 4, 3)), image(2)


@refused(
    "the module, torch.nn.functional.max_pool2d: its operand has the dimensions 1 x (pixels) x (channels) x (pixels) "
    "(help: bring it to [N, C, ...] or [T, N, C, ...] before, as permute does)"
)
def transposed():
    return net(lambda self, x: F.max_pool2d(self.conv(x).transpose(1, 2), 2))


@refused(
    "the module returns a tensor with the dimensions (channels and pixels) x (pixels) "
    "(help: return it as [N, C, ...] or [T, N, C, ...])"
)
def viewed():
    return net(lambda self, x: self.conv(x).view(8, 32))


@refused(
    "the module, Tensor.view: it makes [1, 3, 8, 8] of [1, 4, 6, 8] "
    "(help: keep the samples, and flatten all pixels into channels, as flatten(1) does; or merge or part steps and "
    "samples)"
)
def viewed_across():
    return Net(lambda self, x: self.conv(x).view(1, 3, 8, 8), conv=nn.Conv2d(3, 4, (3, 1))), image()


@pytest.mark.parametrize(("function", "text"), refused.cases)
def test_refused(function, text):
    says(function, text)
