"""Code of PyTorch modules that changes tensors, keeps them or drops gradients: each gives one clear message."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from .refused import Refused, after_conv, net, says

refused = Refused()


@refused(
    "`conv.weight` has no gradient in the module, but one in the spec "
    "(help: leave out torch.no_grad(), detach() and what changes tensors in place; train some weights alone after the "
    "import)"
)
def without_gradients():
    def compute(self, x):
        with torch.no_grad():
            x = self.conv(x)
        return self.out(x)

    return net(compute, out=nn.Conv2d(4, 4, 1))


@refused(
    "`conv.weight` has no gradient in the module, but one in the spec "
    "(help: leave out torch.no_grad(), detach() and what changes tensors in place; train some weights alone after the "
    "import)"
)
def without_any_gradients():
    @torch.no_grad()
    def compute(self, x):
        return self.conv(x)

    return net(compute)


@refused("`conv`, Conv2d: it computes otherwise with its hooks (help: remove them, and write layers for what they do)")
def a_hook_that_changes_a_result():
    module, example = net(lambda self, x: self.conv(x))
    module.conv.register_forward_hook(lambda layer, given, result: 2 * result)
    return module, example


@refused("`conv`, Conv2d: it computes otherwise with its hooks (help: remove them, and write layers for what they do)")
def a_hook_that_changes_large_results_alone():
    module, example = net(lambda self, x: self.conv(x))
    module.conv.register_forward_hook(lambda layer, given, result: result.clamp(max=50))
    return module, example


@refused("`conv`, Conv2d: it computes otherwise with its hooks (help: remove them, and write layers for what they do)")
def a_hook_that_changes_large_inputs_alone():
    module, example = net(lambda self, x: self.conv(x))
    module.conv.register_forward_pre_hook(lambda layer, given: (given[0].clamp(-50, 50),))
    return module, example


@refused(
    "the module, Tensor.detach: the language has no such function "
    "(help: leave it out; train some weights alone after the import)"
)
def detached():
    return net(lambda self, x: self.out(self.conv(x).detach()), out=nn.Conv2d(4, 4, 1))


@refused(
    "the module, Tensor.data: the language has no such function (help: leave it out; train some weights alone after the import)"
)
def data_of_a_value():
    return net(lambda self, x: self.out(self.conv(x).data), out=nn.Conv2d(4, 4, 1))


@refused("the module: its code writes into a tensor (help: compute a new tensor with layers and functions)")
def written_in_place():
    def compute(self, x):
        x = self.conv(x)
        x[:, 0] = 0
        return x

    return net(compute)


@refused(
    "the module, Tensor.mul_: it changes a tensor in place that is used again "
    "(help: make a new tensor instead, such as y = relu(x) without inplace=True)"
)
def zeroed_in_place():
    def compute(self, x):
        y = self.conv(x)
        y.mul_(2)
        return y

    return net(compute)


@refused(
    "the module, Tensor.relu_: it changes a tensor in place that is used again "
    "(help: make a new tensor instead, such as y = relu(x) without inplace=True)"
)
def a_view_in_place():
    def compute(self, x):
        y = self.conv(x)
        y.flatten(1).relu_()
        return y

    return net(compute)


@refused(
    "the module, Tensor.mul_: it changes a tensor in place that is used again "
    "(help: make a new tensor instead, such as y = relu(x) without inplace=True)"
)
def a_part_in_place():
    def compute(self, x):
        y = self.conv(x)
        y[:, :2].mul_(2)
        return y

    return net(compute)


@refused(
    "`act`, ReLU: it changes a tensor in place that is used again "
    "(help: make a new tensor instead, such as y = relu(x) without inplace=True)"
)
def a_layer_in_place_of_a_view():
    def compute(self, x):
        y = self.conv(x)
        return self.out(self.act(y.view(y.shape))) + y

    return net(compute, act=nn.ReLU(inplace=True), out=nn.Conv2d(4, 4, 1))


@refused(
    "the language refuses what the module does: `momentum` of `norm` is 1.5, but must be at least 0 and at most 1 "
    "(help: use such a number in the module)"
)
def a_number_out_of_range():
    return after_conv(nn.BatchNorm2d(4, momentum=1.5))


@refused(
    "the module, torch.nn.functional.relu: it changes a tensor in place that is used again "
    "(help: make a new tensor instead, such as y = relu(x) without inplace=True)"
)
def relu_in_place_of_a_value_used_again():
    def compute(self, x):
        y = self.conv(x)
        z = F.relu(y, inplace=True)
        return self.out(z) + y

    return net(compute, out=nn.Conv2d(4, 4, 1))


@refused(
    "the module, `+=`: it changes a tensor in place that is used again "
    "(help: make a new tensor instead, such as y = relu(x) without inplace=True)"
)
def sum_in_place_of_a_value_used_again():
    def compute(self, x):
        y = self.conv(x)
        z = y
        z += self.out(y)
        return z + y

    return net(compute, out=nn.Conv2d(4, 4, 1))


@refused(
    "the module, Net: it keeps `calls` from call to call, and computes with it (help: keep states in spiking neurons alone)"
)
def counts_its_calls():
    def compute(self, x):
        self.calls += 1
        return self.conv(x) if self.calls < 2 else x

    module, example = net(compute)
    module.calls = 0
    return module, example


@refused(
    "the module, Net: it keeps the buffer `state` from call to call, and computes with it "
    "(help: keep states in plain attributes, or in spiking neurons)"
)
def keeps_a_buffer():
    def compute(self, x):
        self.state = 0.5 * self.state + self.conv(x)
        return 1 * self.state

    module, example = net(compute)
    module.register_buffer("state", torch.zeros(1))
    return module, example


@refused(
    "the module computes something else when it is called again, as with random numbers "
    "(help: compute from the inputs and weights alone; for dropout, use nn.Dropout)"
)
def drops_in_evaluation():
    return net(lambda self, x: F.dropout(self.conv(x)))


@refused("`conv`, Conv2d: the language has 1 - x as a factor alone (help: multiply 1 - x by another value)")
def one_minus_x_in_a_layer():
    return net(lambda self, x: self.conv(1 - x))


@refused(
    "the module's code computes otherwise in training than in evaluation "
    "(help: call `module.eval()` first, or use layers that do this themselves, such as Dropout)"
)
def another_way_in_training():
    return net(lambda self, x: self.conv(x) if self.training else self.other(x), other=nn.Conv2d(3, 4, 3, padding=1))


@refused(
    "the module, the neurons at test_refused_effects.py:LINE: test_refused_effects.py:LINE, Twice: its gradient is that of no "
    "surrogate of the language (help: use one of arctan, cauchy, dspike, exponential, gaussian, hat, open_rectangular, "
    "rectangular, sigmoid, softsign, superspike, triangle, or register it with register_surrogate)"
)
def a_function_of_ones_own():
    class Twice(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return (x > 0).float()

        @staticmethod
        def backward(ctx, *gradients):
            return gradients

    return net(lambda self, x: Twice.apply(self.conv(x)))


@pytest.mark.parametrize(("function", "text"), refused.cases)
def test_refused(function, text):
    says(function, text)
