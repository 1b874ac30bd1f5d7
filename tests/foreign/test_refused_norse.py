"""Modules of norse that can't be imported: each gives one clear message."""

import warnings

import pytest
import torch
from torch import nn

from .refused import Net, Refused, says

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # torch.jit.script is deprecated
    import norse.torch as norse

refused = Refused()


class Step(nn.Module):
    """A linear layer and a cell, whose state is taken and returned."""

    def __init__(self, cell):
        super().__init__()
        self.fc, self.cell = nn.Linear(3, 4), cell

    def forward(self, x, state=None):
        return self.cell(self.fc(x), state)


def lif(**options):
    given = {name: torch.as_tensor(v) if isinstance(v, float) else v for name, v in options.items()}
    return Step(norse.LIFCell(norse.LIFParameters(**given))), torch.rand(2, 3)


@refused("`cell`, LIFCell: its potential leaks to 0.5 (help: use v_leak=0)")
def leak_above_zero():
    return lif(v_leak=0.5)


@refused("`cell`, LICell: its potential leaks to 0.5 (help: use v_leak=0)")
def leak_of_a_readout():
    return Step(norse.LICell(norse.LIParameters(v_leak=torch.tensor(0.5)))), torch.rand(2, 3)


@refused("`cell`, LIFCell: each of its neurons has a `v_th` of its own (help: use one number for all)")
def several_thresholds():
    return lif(v_th=torch.tensor([0.5, 1.0, 1.5, 2.0]))


@refused("`cell`, LIFCell: each of its neurons has a `tau_mem_inv` of its own (help: use one number for all)")
def several_time_constants():
    return lif(tau_mem_inv=torch.tensor([50.0, 100.0, 100.0, 200.0]))


@refused(
    "`cell`, LSNNCell: there is no adapter for this layer "
    "(help: use LIFCell, LIFRecurrentCell or LICell in a module of one time step, or register an adapter)"
)
def adaptive_cell():
    return Step(norse.LSNNCell()), torch.rand(2, 3)


@refused(
    "`cell.recurrent_weights` has a hook, which changes its gradient "
    "(help: make the module without it; a hook that zeroes the diagonal of a square matrix, whose own is 0, is known)"
)
def recurrent_cell_with_autapses_that_are_not_trained():
    step = Step(norse.LIFRecurrentCell(4, 4))
    with torch.no_grad():
        step.cell.recurrent_weights.fill_diagonal_(1)
    return step, torch.rand(2, 3)


@refused("the module, LIFRecurrentCell: it takes the last of several axes (help: flatten before it)")
def recurrent_cell_of_rows():
    return norse.LIFRecurrentCell(3, 4, autapses=True), torch.rand(2, 5, 3)


@refused(
    "`cell`, LIFCell: its state is lost after a step "
    "(help: return it from `forward`, which takes it at the next step as an argument that is None by default)"
)
def state_is_lost():
    return Net(lambda self, x: self.cell(x)[0], cell=norse.LIFCell()), torch.rand(2, 3)


@refused(
    "the module, `[...]`: it takes the state of a neuron "
    "(help: use the spikes that the neuron returns, and return its state as it is)"
)
def potential_as_result():
    class Potential(Step):
        def forward(self, x, state=None):
            state = self.cell(self.fc(x), state)[1]
            return state.v, state

    return Potential(norse.LIFCell()), torch.rand(2, 3)


@refused(
    "`cell`, LIFCell: it is called twice, and both calls share its state "
    "(help: make a layer for each call; in place of a loop over time steps, give the module of one step)"
)
def called_twice():
    class Twice(Step):
        def forward(self, x, state=None):
            spikes, state = self.cell(self.fc(x), state)
            return self.cell(spikes, state)

    return Twice(norse.LIFCell()), torch.rand(2, 3)


@pytest.mark.parametrize(("function", "text"), refused.cases)
def test_refused(function, text):
    says(function, text)
