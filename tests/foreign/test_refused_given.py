"""Results of PyTorch modules, and examples, that can't be imported: each gives one clear message."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import spikegraph
from spikegraph.foreign.adapters import adapter
from spikegraph.foreign.errors import ForeignError

from .refused import Net, Refused, image, net, says

refused = Refused()


@refused("the module returns a dictionary (help: return a tensor, or several)")
def gives_a_dictionary():
    return net(lambda self, x: {"y": self.conv(x)})


@refused("the module returns `3`, which isn't a tensor (help: return a tensor, or a tuple of tensors)")
def gives_a_number():
    return net(lambda self, x: 3)


@refused("the module returns `None`, which isn't a tensor (help: return a tensor, or a tuple of tensors)")
def gives_nothing():
    return net(lambda self, x: None)


@refused("the module returns its input unchanged (help: return what a layer computes)")
def gives_its_input():
    return nn.Identity(), image()


@refused(
    "the module returns a tensor that its layers and functions don't compute from the inputs "
    "(help: return what a layer returns; a state that a neuron keeps itself isn't read)"
)
def gives_a_constant():
    return net(lambda self, x: torch.zeros(1, 4))


@refused("the module returns a tuple or list inside another (help: return a tensor, or a tuple of tensors)")
def gives_nested_results():
    return net(lambda self, x: (self.conv(x), (x.relu(), x.relu())))


@refused(
    "the module: it can't be called with the example [1, 3, 8, 8]: RuntimeError: not yet "
    "(help: give an example as the module takes it, or correct the module)"
)
def raises():
    def compute(self, x):
        raise RuntimeError("not yet\nfinished")

    return net(compute)


@refused(
    "`1`, Part: it can't be called with the example [1, 3, 8, 8]: NotImplementedError "
    "(help: give an example as the module takes it, or correct the module)"
)
def raises_without_a_text():
    class Part(nn.Module):
        def forward(self, x):
            raise NotImplementedError

    return nn.Sequential(nn.Conv2d(3, 4, 3), Part()), image()


@refused(
    "the module: it can't be called with the example [1, 3, 8, 8]: TypeError: too_few_inputs.<locals>.Two.forward() "
    "missing 1 required positional argument: 'y' "
    "(help: give an example as the module takes it, or correct the module)"
)
def too_few_inputs():
    class Two(nn.Module):
        def forward(self, x, y):
            return x + y

    return Two(), image()


@refused(
    "the example has numbers of the type int64 "
    "(help: give floating-point numbers; what takes others, such as Embedding, stays outside the module)"
)
def integers():
    return nn.Linear(3, 4), torch.tensor([[1, 2, 3]])


@refused(
    "the example has numbers of the type uint8 "
    "(help: give floating-point numbers; what takes others, such as Embedding, stays outside the module)"
)
def bytes_of_an_image():
    return net(lambda self, x: self.conv(x.float() / 255))[0], torch.zeros(1, 3, 8, 8, dtype=torch.uint8)


@refused(
    "the example has numbers of the type complex64 "
    "(help: give floating-point numbers; what takes others, such as Embedding, stays outside the module)"
)
def complex_numbers():
    return net(lambda self, x: x.real.relu())[0], torch.zeros(1, 3, 8, 8, dtype=torch.complex64)


@refused("the example has the shape [0, 3, 8, 8], without any number (help: give one sample or more)")
def no_sample():
    return net(lambda self, x: self.conv(x))[0], torch.rand(0, 3, 8, 8)


@refused("the example has numbers that aren't finite (help: give finite numbers)")
def nan_in_the_example():
    return net(lambda self, x: self.conv(x))[0], torch.full((1, 3, 8, 8), float("nan"))


@refused("the example has the shape [3] (help: give [N, C, ...]: one time step, with samples and channels)")
def one_dimension():
    return nn.Linear(3, 4), torch.rand(3)


@refused("the examples [1, 3] and [2, 3] have several numbers of steps or samples (help: give them the same)")
def several_numbers_of_samples():
    return Net(lambda self, x, y: x.relu()), [torch.rand(1, 3), torch.rand(2, 3)]


@refused("the example is of the type `float` (help: give a tensor, or several in a list)")
def a_list_of_numbers():
    return nn.Linear(3, 4), [1.0, 2.0, 3.0]


@refused("the example is of the type `dict` (help: give a tensor, or several in a list)")
def a_dictionary_as_example():
    return nn.Linear(3, 4), {"x": torch.rand(1, 3)}


@refused("the example is empty (help: give a tensor, or several in a list)")
def no_example():
    return nn.Linear(3, 4), []


@refused("what is given is the class ReLU, not a module (help: make a module of it and give this)")
def a_class():
    return nn.ReLU, image()


@refused("what is given is of the type `function`, not a module (help: give a torch.nn.Module)")
def a_function():
    return F.relu, image()


@refused("what is given is of the type `OrderedDict`, not a module (help: give a torch.nn.Module)")
def weights_alone():
    return nn.Linear(3, 4).state_dict(), torch.rand(1, 3)


@pytest.mark.parametrize(("function", "text"), refused.cases)
def test_refused(function, text):
    says(function, text)


class Grouped(nn.Conv2d):
    """A convolution whose adapter forgets its groups."""


def test_an_adapter_whose_operation_has_other_weights(registrations):
    @adapter(f"{Grouped.__module__}.{Grouped.__qualname__}")
    def grouped(call, x):
        return call.add("conv", x, params={"kernel": 3, "out": 4}, weights={"weight": "weight", "bias": "bias"})

    with pytest.raises(ForeignError) as refused:
        spikegraph.from_torch(nn.Sequential(Grouped(4, 4, 3, padding=1, groups=2)), torch.zeros(1, 4, 6, 6))
    assert str(refused.value) == (
        "`0.weight` is [4, 2, 3, 3] in the module, but [4, 4, 3, 3] in the spec (help: please report it with the module)"
    )


@pytest.mark.parametrize("steps", [0, -1, 1.5, "3", True])
def test_steps_are_a_whole_number_from_1(steps):
    with pytest.raises(spikegraph.ArgumentError) as told:
        spikegraph.from_torch(nn.Linear(3, 2), torch.ones(1, 3), steps=steps)
    assert str(told.value) == f"`steps` is {steps!r}; it is a whole number from 1"


def test_another_model_has_no_weights_of_the_module():
    module = nn.Sequential(nn.Conv2d(3, 2, 1), nn.BatchNorm2d(2)).eval()
    imported = spikegraph.from_torch(module, image())
    help = '(help: give one of `.model()`, or of a run from it by `load_run(run, phase="retrain")`)'
    with pytest.raises(spikegraph.ArgumentError) as told:
        imported.state_dict(imported.model("deploy"))
    assert str(told.value) == f"the model has no `y.weight` as `sequential` has it {help}"
    module.load_state_dict(imported.state_dict(imported.model()), strict=False)
    with pytest.raises(spikegraph.InputError) as few:
        imported.statistics()
    assert str(few.value) == "the network needs 1 input (x), not 0"
