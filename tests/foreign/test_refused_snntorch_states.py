"""States of snnTorch's neurons that can't be imported: each gives one clear message."""

import pytest
import snntorch
import torch
from torch import nn

from .refused import Net, Refused, Step, says

refused = Refused()


def hidden(**options):
    """A neuron that keeps its state itself."""
    return nn.Sequential(nn.Linear(3, 4), snntorch.Leaky(beta=0.9, init_hidden=True, **options)), torch.rand(2, 3)


def coded(compute):
    """A linear layer and a neuron, and what is computed with them."""
    return Net(compute, fc=nn.Linear(3, 4), lif=snntorch.Leaky(beta=0.9)), torch.rand(2, 3)


@refused(
    "`lif`, Leaky: its state is lost after a step "
    "(help: return it from `forward`, which takes it at the next step as an argument that is None by default)"
)
def state_is_lost():
    def compute(self, x):
        spk, _ = self.lif(self.fc(x))
        return spk

    return coded(compute)


@refused(
    "`lif`, Leaky: its state in the first step isn't None "
    "(help: let `forward` take the state as an argument that is None by default, in place of init_leaky() or zeros, "
    "and return the new one)"
)
def state_of_ones():
    return coded(lambda self, x: self.lif(self.fc(x), torch.ones(2, 4)))


@refused(
    "`lif`, Leaky: its state in the first step isn't None "
    "(help: let `forward` take the state as an argument that is None by default, in place of init_leaky() or zeros, "
    "and return the new one)"
)
def state_of_the_call_before():
    return coded(lambda self, x: self.lif(self.fc(x), self.lif.mem))


@refused(
    "`lif`, Leaky: its state in the first step isn't None "
    "(help: let `forward` take the state as an argument that is None by default, in place of init_leaky() or zeros, "
    "and return the new one)"
)
def one_begins_anew_and_one_does_not():
    module, example = coded(lambda self, x: self.other(self.lif(self.fc(x), self.lif.init_leaky())[0]))
    module.other = snntorch.Leaky(beta=0.9, init_hidden=True)
    return module, example


@refused(
    "the module, `*`: it takes the state of a neuron "
    "(help: use the spikes that the neuron returns, and return its state as it is)"
)
def state_is_changed():
    class Changed(Step):
        def forward(self, x, mem=None):
            spk, mem = self.lif(self.fc(x), mem)
            return spk, 0.5 * mem

    return Changed(snntorch.Leaky(beta=0.9)), torch.rand(2, 3)


@refused("the module takes its states in another order than it returns them (help: return them in the order of the arguments)")
def states_in_another_order():
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc, self.one = nn.Linear(3, 4), snntorch.Leaky(beta=0.9)
            self.fc2, self.two = nn.Linear(4, 5), snntorch.Leaky(beta=0.9)

        def forward(self, x, first=None, second=None):
            spikes, first = self.one(self.fc(x), first)
            spikes, second = self.two(self.fc2(spikes), second)
            return spikes, second, first

    return Two(), torch.rand(2, 3)


@refused(
    "the module, Net: it keeps `step` from call to call, and computes with it (help: keep states in spiking neurons alone)"
)
def counts_steps():
    def compute(self, x):
        self.step += 1
        return self.net(x) if self.step < 3 else self.net(-x)

    module, example = hidden()
    module = Net(compute, net=module)
    module.step = 0
    return module, example


@refused(
    "the module returns the state of one neuron, but `forward` takes 2 arguments besides the inputs "
    "(help: take and return the same states in the same order, or let layers keep them, as with init_hidden=True)"
)
def spikes_are_a_state_too():
    class Recurrent(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc, self.lif = nn.Linear(3, 4), snntorch.RLeaky(beta=0.9, linear_features=4)

        def forward(self, x, spk=None, mem=None):
            return self.lif(self.fc(x), spk, mem)

    return Recurrent(), torch.rand(2, 3)


@refused("the module returns nothing but states of neurons (help: return a neuron's spikes too)")
def state_is_a_result_alone():
    class Membrane(Step):
        def forward(self, x, mem=None):
            return self.lif(self.fc(x), mem)[1]

    return Membrane(snntorch.Leaky(beta=0.9)), torch.rand(2, 3)


@refused(
    "`lif`, Leaky: its state in the first step isn't None "
    "(help: let `forward` take the state as an argument that is None by default, in place of init_leaky() or zeros, "
    "and return the new one)"
)
def loop_over_steps_of_one_input():
    def compute(self, x):
        spk, mem = None, self.lif.init_leaky()
        for _ in range(3):
            spk, mem = self.lif(self.fc(x), mem)
        return spk

    return coded(compute)


@refused(
    "`1`, Leaky: it has the state of an earlier call "
    "(help: reset the module first, as functional.reset_net(module) of SpikingJelly or snntorch.utils.reset(module) "
    "does)"
)
def state_of_an_earlier_call():
    net, example = hidden()
    with torch.no_grad():
        net(example)
    return net, example


@refused(
    "`1`, Leaky: it has the state of an earlier call, with gradients "
    "(help: reset the module first, as functional.reset_net(module) of SpikingJelly or snntorch.utils.reset(module) "
    "does)"
)
def state_with_gradients():
    net, example = hidden()
    net(example)
    return net, example


@refused(
    "`1`, Leaky: it is called twice, and both calls share its state "
    "(help: make a layer for each call; in place of a loop over time steps, give the module of one step)"
)
def shared_by_two_places():
    lif = snntorch.Leaky(beta=0.9, init_hidden=True)
    return nn.Sequential(nn.Linear(3, 4), lif, nn.Linear(4, 4), lif), torch.rand(2, 3)


@refused(
    "the module returns a tensor that its layers and functions don't compute from the inputs "
    "(help: return what a layer returns; a state that a neuron keeps itself isn't read)"
)
def hidden_state_read():
    net, example = hidden()
    return Net(lambda self, x: (self.net(x), self.net[1].mem)[1], net=net), example


@refused(
    "`net.1`, Leaky: its state is reset or set by the module's code at each step "
    "(help: leave this out of `forward`, and reset before a sequence)"
)
def resets_itself():
    def compute(self, x):
        self.net[1].reset_mem()
        return self.net(x)

    net, example = hidden()
    return Net(compute, net=net), example


@refused(
    "`1`, BatchNorm1d: in training, each time step has statistics of its own, but a norm of the language has those of "
    "all steps "
    "(help: call `module.eval()` first, to compare evaluation alone, or give the module all steps at once; or ask for "
    "an approximation)"
)
def batch_norm_step_by_step():
    net, example = hidden()
    return nn.Sequential(net[0], nn.BatchNorm1d(4), net[1]), example


@refused(
    "`1`, Dropout: it has a mask for each time step, but the language has one for all "
    "(help: call `module.eval()` first, to compare evaluation alone; or ask for an approximation)"
)
def dropout_step_by_step():
    net, example = hidden()
    return nn.Sequential(net[0], nn.Dropout(0.5), net[1]), example


@pytest.mark.parametrize(("function", "text"), refused.cases)
def test_refused(function, text):
    says(function, text)
