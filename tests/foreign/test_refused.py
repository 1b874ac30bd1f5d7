"""Layers of PyTorch that can't be imported: each gives one clear message."""

import warnings

import pytest
import torch
from torch import nn

from .refused import Net, Refused, after_conv, image, says

refused = Refused()


@refused("`1`, Mish: the language has no such layer (help: use ReLU, LeakyReLU or a spiking neuron)")
def mish():
    return after_conv(nn.Mish())


@refused("`0.1`, Softplus: the language has no such layer (help: use ReLU, LeakyReLU or a spiking neuron)")
def softplus_in_a_block():
    return nn.Sequential(nn.Sequential(nn.Conv2d(3, 4, 3), nn.Softplus())), image()


@refused("`2`, LogSoftmax: the language has no such layer (help: leave it out, and apply it to the network's result)")
def log_softmax():
    return after_conv(nn.Flatten(), nn.LogSoftmax(-1))


@refused("`1`, PReLU: the language has no such layer (help: use ReLU, LeakyReLU or a spiking neuron)")
def prelu():
    return after_conv(nn.PReLU())


@refused("`lstm`, LSTM: the language has no such layer (help: use spiking neurons, which keep a state from step to step)")
def lstm():
    return Net(lambda self, x: self.lstm(x)[0], lstm=nn.LSTM(5, 4)), torch.rand(3, 2, 5)


@refused(
    "the module, GRUCell: the language has no such layer (help: use spiking neurons, which keep a state from step to step)"
)
def gru_cell():
    return nn.GRUCell(5, 4), torch.rand(2, 5)


@refused("`mix`, MultiheadAttention: it takes [3, 2, 4] (help: give it [N, tokens, channels] with batch_first=True)")
def attention():
    return Net(lambda self, x: self.mix(x, x, x)[0], mix=nn.MultiheadAttention(4, 2)), torch.rand(3, 2, 4)


@refused(
    "`0`, TransformerEncoder: the language has no such layer (help: use convolutions or linear layers in place of attention)"
)
def transformer():
    layer = nn.TransformerEncoderLayer(4, 2, 8, batch_first=True)
    return nn.Sequential(nn.TransformerEncoder(layer, 1, enable_nested_tensor=False)), torch.rand(2, 3, 4)


@refused(
    "`1`, ConvTranspose2d: it makes [17, 17] of [8, 8], with a padding of [0, 0] "
    "(help: make [16, 16], with padding=(1, 1) and output_padding=(1, 1))"
)
def transposed():
    return after_conv(nn.ConvTranspose2d(4, 4, 3, stride=2))


@refused("`1`, ConvTranspose2d: it makes [9, 9] of [8, 8], with a padding of [0, 0] (help: use Upsample and a convolution)")
def transposed_with_an_even_kernel():
    return after_conv(nn.ConvTranspose2d(4, 4, 2))


@refused(
    "the example has numbers of the type int64 "
    "(help: give floating-point numbers; what takes others, such as Embedding, stays outside the module)"
)
def embedding():
    return nn.Sequential(nn.Embedding(5, 4)), torch.tensor([[1, 2]])


@refused(
    "`1`, LayerNorm: it norms over [4, 8, 8], and the language over the channels of each pixel "
    "(help: give it the channels as the last dimension, as permute(0, 2, 3, 1) does, or use BatchNorm)"
)
def layer_norm():
    return after_conv(nn.LayerNorm([4, 8, 8]))


@refused("`1`, LayerNorm: it has a weight and no bias (help: use bias=True)")
def layer_norm_without_bias():
    return after_conv(nn.LayerNorm(8, bias=False))


@refused("`1`, GroupNorm: the language has no such layer (help: use BatchNorm, or InstanceNorm for single samples)")
def group_norm():
    return after_conv(nn.GroupNorm(2, 4))


@refused("`1`, BatchNorm2d: it has no running statistics (help: use track_running_stats=True)")
def norm_without_statistics():
    return after_conv(nn.BatchNorm2d(4, track_running_stats=False))


@refused(
    "`1`, BatchNorm2d: its momentum is None: its statistics are the mean of all batches "
    "(help: use momentum=0.1, or another number)"
)
def norm_with_the_mean_of_all_batches():
    return after_conv(nn.BatchNorm2d(4, momentum=None))


@refused("`1`, InstanceNorm2d: it has running statistics, and the language's has none (help: use track_running_stats=False)")
def instance_norm_with_statistics():
    return after_conv(nn.InstanceNorm2d(4, track_running_stats=True))


@refused("`0.weight` has no shape yet (help: call the module once before it is imported)")
def lazy():
    return nn.Sequential(nn.LazyConv2d(4, 3)), image()


@refused(
    "`0.weight` isn't a tensor of the module, but computed from others at each call "
    "(help: make it a tensor first, as torch.nn.utils.parametrize.remove_parametrizations or remove_spectral_norm "
    "does)"
)
def weight_norm():
    return nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Conv2d(3, 4, 3))), image()


@refused(
    "`0.weight` isn't a tensor of the module, but computed from others at each call "
    "(help: make it a tensor first, as torch.nn.utils.parametrize.remove_parametrizations or remove_spectral_norm "
    "does)"
)
def weight_norm_of_hooks():
    with pytest.warns(FutureWarning):
        return nn.Sequential(nn.utils.weight_norm(nn.Conv2d(3, 4, 3))), image()


@refused("`1`, Dropout: it drops everything, with p=1 (help: use a probability below 1)")
def drops_everything():
    return after_conv(nn.Dropout(1.0))


@refused(
    "`1`, Dropout2d: it drops whole channels, but the language drops single numbers "
    "(help: call `module.eval()` first, to compare evaluation alone; or ask for an approximation)"
)
def drops_channels():
    return after_conv(nn.Dropout2d(0.5))


@refused("`1`, AlphaDropout: the language has no such layer (help: use Dropout)")
def alpha_dropout():
    return after_conv(nn.AlphaDropout(0.5))


@refused("`1`, LeakyReLU: its slope is 2 (help: use a slope from 0 to 1)")
def steep_leaky_relu():
    return after_conv(nn.LeakyReLU(2.0))


@refused(
    "`conv`, Conv2d: it is called in two ways, and both calls share its weights "
    "(help: call it on values of the same axes, or make a layer for each call)"
)
def called_on_pixels_and_on_their_mean():
    return Net(lambda self, x: self.conv(x) + self.conv(x.mean((2, 3), keepdim=True)), conv=nn.Conv2d(3, 3, 1)), image()


class Fixed(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("kernel", torch.ones(3, 3, 1, 1))

    def forward(self, x):
        return nn.functional.conv2d(x, self.kernel)


@refused("`1`, torch.conv2d: it takes `1.kernel`, which is a buffer (help: make it a parameter, torch.nn.Parameter)")
def weights_in_a_buffer():
    return nn.Sequential(nn.Conv2d(3, 3, 3), Fixed()), image()


class OnOne(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 3)

    def forward(self, x):
        x = nn.functional.linear(x.mean((2, 3)), self.linear.weight)
        return nn.functional.linear(x, self.linear.weight, self.linear.bias)


@refused(
    "the module, torch.nn.functional.linear: it is called in two ways, and both calls share its weights "
    "(help: call it on values of the same axes, or make a layer for each call)"
)
def with_and_without_its_bias():
    return OnOne(), image()


@refused("`1`, Conv2d: its `weight` is also that of `0` (help: give each layer weights of its own)")
def tied_weights():
    net = nn.Sequential(nn.Conv2d(3, 3, 3), nn.Conv2d(3, 3, 3))
    net[1].weight = net[0].weight
    return net, image()


@refused("`0.weight` has numbers that aren't finite (help: give a module with finite weights)")
def nan_in_a_weight():
    net, example = after_conv(nn.BatchNorm2d(4))
    net[0].weight.data[0, 0, 0, 0] = float("nan")
    return net, example


@refused("`1.running_var` has numbers that aren't finite (help: give a module with finite weights)")
def infinite_statistics():
    net, example = after_conv(nn.BatchNorm2d(4))
    net[1].running_var[2] = float("inf")
    return net, example


@refused("`weight` has complex numbers (help: use real numbers)")
def complex_weights():
    return nn.Linear(3, 4, dtype=torch.complex64), torch.rand(2, 3)


@refused(
    "`0.weight` isn't a tensor of the module, but computed from others at each call "
    "(help: make it a tensor first, as torch.nn.utils.parametrize.remove_parametrizations or remove_spectral_norm "
    "does)"
)
def spectral_norm():
    return nn.Sequential(nn.utils.spectral_norm(nn.Conv2d(3, 4, 3))), image()


@refused("`0` is compiled by torch.compile (help: give it as it was before)")
def compiled():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch.jit is deprecated
        return nn.Sequential(torch.compile(nn.Conv2d(3, 4, 3))), image()


@refused(
    "`0`, Tensor.mean: it takes `0.weight` itself (help: hold weights in layers such as Conv2d and Linear, and call these)"
)
def weights_that_are_centred():
    class Centred(nn.Conv2d):
        def _conv_forward(self, input, weight, bias):
            return super()._conv_forward(input, weight - weight.mean(), bias)

    return nn.Sequential(Centred(3, 4, 3)), image()


@refused("the module, DataParallel: the language has no such layer (help: give the module inside it, `module.module`)")
def parallel():
    return nn.DataParallel(nn.Conv2d(3, 4, 3)), image()


@refused("the module is compiled by torch.jit (help: give it as it was before)")
def scripted():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch.jit.trace is deprecated
        return torch.jit.trace(nn.Conv2d(3, 4, 3), image()), image()


@pytest.mark.parametrize(("function", "text"), refused.cases)
def test_refused(function, text):
    says(function, text)
