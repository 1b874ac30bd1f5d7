"""Time steps and states of SpikingJelly that can't be imported: each gives one clear message."""

import pytest
import torch
from spikingjelly.activation_based import functional, layer, neuron
from torch import nn

from .refused import Net, Refused, after_conv, after_linear, image, says

refused = Refused()


@refused(
    "`lif`, LIFNode: it is called twice, and both calls share its state "
    "(help: make a layer for each call; in place of a loop over time steps, give the module of one step)"
)
def called_twice():
    net = Net(lambda self, x: self.lif(self.fc(self.lif(x))), fc=layer.Linear(3, 3), lif=neuron.LIFNode())
    return net.eval(), torch.rand(2, 3)


@refused(
    "`1`, LIFNode: it is called twice, and both calls share its state "
    "(help: make a layer for each call; in place of a loop over time steps, give the module of one step)"
)
def shared_by_two_places():
    lif = neuron.LIFNode()
    return nn.Sequential(layer.Linear(3, 4), lif, layer.Linear(4, 4), lif).eval(), torch.rand(2, 3)


@refused(
    "`1`, LIFNode: it has the state of an earlier call "
    "(help: reset the module first, as functional.reset_net(module) of SpikingJelly or snntorch.utils.reset(module) "
    "does)"
)
def state_of_an_earlier_call():
    net, example = after_linear(neuron.LIFNode())
    with torch.no_grad():
        net(example)
    return net, example


@refused(
    "`1`, LIFNode: it has the state of an earlier call, with gradients "
    "(help: reset the module first, as functional.reset_net(module) of SpikingJelly or snntorch.utils.reset(module) "
    "does)"
)
def state_with_gradients():
    net, example = after_linear(neuron.LIFNode())
    net(example)
    return net, example


@refused(
    "`1`, LIFNode: its step_mode is 's', but it is given all time steps at once "
    "(help: call functional.set_step_mode(module, 'm'), and give the module [T, N, C, ...]; or 's' with one step, [N, "
    "C, ...])"
)
def one_step_neuron_in_a_multi_step_net():
    net = nn.Sequential(layer.Linear(3, 4, step_mode="m"), neuron.LIFNode(step_mode="s"))
    return net.eval(), torch.rand(5, 2, 3)


@refused(
    "`1`, LIFNode: its step_mode is 'm', but it is given one time step "
    "(help: call functional.set_step_mode(module, 'm'), and give the module [T, N, C, ...]; or 's' with one step, [N, "
    "C, ...])"
)
def multi_step_neuron_in_a_one_step_net():
    net = nn.Sequential(layer.Linear(3, 4), neuron.LIFNode(step_mode="m"))
    return net.eval(), torch.rand(2, 3), {"multi_step": False}


@refused(
    "`0`, Linear: it takes the last of several axes "
    "(help: use a convolution with kernel 1 on [N, C, ...], or flatten before it)"
)
def one_step_given_as_all():
    net, _ = after_linear(neuron.LIFNode())
    return net, torch.rand(5, 2, 3)


@refused("the example has the shape [2, 3] (help: give [T, N, C, ...]: all time steps)")
def all_steps_missing():
    net, _ = after_linear(neuron.LIFNode(), mode="m")
    return net, torch.rand(2, 3)


@refused(
    "`0`, Conv2d: it can't be called with the example [5, 2, 3, 8, 8]: RuntimeError: Expected 3D (unbatched) or 4D "
    "(batched) input to conv2d, but got input of size: [5, 2, 3, 8, 8] "
    "(help: give all time steps, [T, N, C, ...], and use SpikingJelly's layers, with step_mode='m' too)"
)
def one_step_conv_in_a_multi_step_net():
    net = nn.Sequential(layer.Conv2d(3, 4, 3), neuron.LIFNode(step_mode="m"))
    return net.eval(), torch.rand(5, 2, 3, 8, 8)


@refused(
    "`0`, Conv2d: it can't be called with the example [5, 2, 3, 8, 8]: RuntimeError: Expected 3D (unbatched) or 4D "
    "(batched) input to conv2d, but got input of size: [5, 2, 3, 8, 8] "
    "(help: give all time steps, [T, N, C, ...], and use SpikingJelly's layers, with step_mode='m' too)"
)
def torch_conv_in_a_multi_step_net():
    net = nn.Sequential(nn.Conv2d(3, 4, 3), neuron.LIFNode(step_mode="m"))
    return net.eval(), torch.rand(5, 2, 3, 8, 8)


@refused(
    "`1`, Dropout2d: it drops whole channels, but the language drops single numbers "
    "(help: call `module.eval()` first, to compare evaluation alone; or ask for an approximation)"
)
def channel_dropout_in_training():
    net = nn.Sequential(layer.Conv2d(3, 4, 3), layer.Dropout2d(0.5), neuron.LIFNode())
    functional.set_step_mode(net, "m")
    return net, torch.rand(5, 2, 3, 8, 8)


@refused(
    "`1`, Dropout: it has a mask for each time step, but the language has one for all "
    "(help: call `module.eval()` first, to compare evaluation alone; or ask for an approximation)"
)
def torch_dropout_in_training():
    net = nn.Sequential(layer.Linear(3, 4), nn.Dropout(0.5), neuron.LIFNode())
    functional.set_step_mode(net, "m")
    return net, torch.rand(5, 2, 3)


@refused(
    "`1`, BatchNorm2d: it is in evaluation mode, but the module in training mode "
    "(help: call `module.train()` or `module.eval()` for the whole; or ask for an approximation)"
)
def a_frozen_batch_norm():
    module, example = after_conv(nn.BatchNorm2d(4))
    module[1].eval()
    return module, example


@refused(
    "`1`, BatchNorm2d: in training, each time step has statistics of its own, but a norm of the language has those of "
    "all steps "
    "(help: call `module.eval()` first, to compare evaluation alone, or give the module all steps at once; or ask for "
    "an approximation)"
)
def batch_norm_in_training_step_by_step():
    return nn.Sequential(layer.Conv2d(3, 4, 3), layer.BatchNorm2d(4), neuron.IFNode()), image(2)


@refused(
    "the module returns a tensor that its layers and functions don't compute from the inputs "
    "(help: return what a layer returns; a state that a neuron keeps itself isn't read)"
)
def potential_of_a_neuron():
    def compute(self, x):
        self.lif(self.fc(x))
        return self.lif.v

    return Net(compute, fc=layer.Linear(3, 4), lif=neuron.LIFNode()).eval(), torch.rand(2, 3)


@refused(
    "`lif`, LIFNode: its state is reset or set by the module's code at each step "
    "(help: leave this out of `forward`, and reset before a sequence)"
)
def resets_itself():
    def compute(self, x):
        functional.reset_net(self)
        return self.lif(self.fc(x))

    return Net(compute, fc=layer.Linear(3, 4), lif=neuron.LIFNode()).eval(), torch.rand(2, 3)


@refused(
    "the module, `[...]`: it takes a part of a tensor, [-1] "
    "(help: if this is one of several time steps, give a module of one step, without the loop over steps; otherwise "
    "use layers)"
)
def last_step():
    net, example = after_linear(neuron.LIFNode(), mode="m")
    return Net(lambda self, x: self.net(x)[-1], net=net).eval(), example


@pytest.mark.parametrize(("function", "text"), refused.cases)
def test_refused(function, text):
    says(function, text)
