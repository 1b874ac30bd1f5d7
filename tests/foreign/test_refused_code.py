"""Code of PyTorch modules that can't be imported: each gives one clear message."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from .refused import Refused, image, net, says

refused = Refused()


@refused(
    "the module: its code branches on numbers of a tensor, so that another input could take another way "
    "(help: branch on shapes alone, and leave checks of numbers out)"
)
def branch_on_a_number():
    return net(lambda self, x: self.conv(x) if x.sum() > 0 else self.conv(-x))


class Gate(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, x):
        x = self.conv(x)
        while x.max() > 1:
            x = x / 2
        return x


@refused(
    "`0`: its code branches on numbers of a tensor, so that another input could take another way "
    "(help: branch on shapes alone, and leave checks of numbers out)"
)
def branch_in_a_part():
    return nn.Sequential(Gate()), image()


@refused(
    "the module: its code takes a number out of a tensor, so that it is the example's for every input "
    "(help: compute with tensors alone)"
)
def item():
    return net(lambda self, x: self.conv(x) * x.max().item())


@refused(
    "the module: its code takes a number out of a tensor, so that it is the example's for every input "
    "(help: compute with tensors alone)"
)
def as_float():
    return net(lambda self, x: self.conv(x) * float(x.mean()))


@refused(
    "the module: its code takes a number out of a tensor, so that it is the example's for every input "
    "(help: compute with tensors alone)"
)
def as_list():
    return net(lambda self, x: self.conv(x) * x.flatten().tolist()[0])


@refused(
    "the module: its code takes a number out of a tensor, so that it is the example's for every input "
    "(help: compute with tensors alone)"
)
def as_numpy():
    return net(lambda self, x: self.conv(x) + x.detach().numpy().sum())


@refused(
    "the module: its code branches on numbers of a tensor, so that another input could take another way "
    "(help: branch on shapes alone, and leave checks of numbers out)"
)
def loop_over_numbers():
    return net(lambda self, x: sum(self.conv(x) for v in x.flatten()[:3] if v > 0))


@refused(
    "the module, `[...]`: it takes a part of a tensor, [0] "
    "(help: if this is one of several time steps, give a module of one step, without the loop over steps; otherwise "
    "use layers)"
)
def loop_over_samples():
    return net(lambda self, x: torch.stack([self.conv(v) for v in x]))


@refused(
    "the module: its code branches on numbers of a tensor, so that another input could take another way "
    "(help: branch on shapes alone, and leave checks of numbers out)"
)
def assertion():
    def compute(self, x):
        assert (x >= 0).all()
        return self.conv(x)

    return net(compute)


BRANCHES = {
    "equal": lambda x: torch.equal(x, x.round()),
    "allclose": lambda x: not x.allclose(x.round()),
    "is_nonzero": lambda x: torch.is_nonzero((x > 10).sum()),
}
SHAPES = {
    "shape_of_places": lambda x: (x > 10).nonzero().shape[0],
    "number_of_places": lambda x: len(torch.where(x > 10)[0]),
    "number_behind_a_mask": lambda x: (2 * x[x > 10]).numel(),
    "number_of_values": lambda x: x.unique().numel() > 500,
}


def branching(asked):
    def made():
        return net(lambda self, x: self.conv(x).relu() if asked(x) else self.conv(x).tanh())

    return made


@pytest.mark.parametrize("name", [*BRANCHES, *SHAPES])
def test_branches_on_numbers(name):
    text = (
        "the module: its code branches on numbers of a tensor, so that another input could take another way "
        "(help: branch on shapes alone, and leave checks of numbers out)"
        if name in BRANCHES
        else "the module: its code asks for a shape that depends on numbers of a tensor, so that another input has another one "
        "(help: compute with the whole tensor, such as torch.where(mask, x, y) in place of x[mask])"
    )
    says(branching({**BRANCHES, **SHAPES}[name]), text)


@refused(
    "the module, `[...]`: it takes a part of a tensor, [:, x] "
    "(help: if this is one of several time steps, give a module of one step, without the loop over steps; otherwise "
    "use layers)"
)
def shape_behind_chosen_places():
    """Which depends on no numbers of a mask; so it isn't the shape that is refused."""
    return net(lambda self, x: self.conv(x[:, torch.tensor([2, 0, 1])].view(x.shape)))


@refused(
    "the module: its code takes a number out of a tensor, so that it is the example's for every input "
    "(help: compute with tensors alone)"
)
def range_of_a_number():
    return net(lambda self, x: sum(self.conv(x) for _ in range(x.argmax())))


@refused(
    "the module: its code takes a number out of a tensor, so that it is the example's for every input "
    "(help: compute with tensors alone)"
)
def format_of_a_number():
    return net(lambda self, x: self.conv(x) if f"{x.sum():.2f}" else x)


@refused(
    "the module: its code can't be followed: TypeError: no tensor "
    "(help: call layers and functions on tensors, or register an adapter for this part)"
)
def type_of_a_tensor():
    def compute(self, x):
        if not isinstance(x, torch.Tensor):
            raise TypeError("no tensor")
        return self.conv(x)

    return net(compute)


@refused(
    "the module, `+`: it takes a tensor that isn't computed from the inputs (help: compute from the inputs and layers alone)"
)
def zeros_of_a_shape():
    return net(lambda self, x: self.conv(x) + torch.zeros(x.shape[0], 4, 8, 8))


@refused(
    "the module, `+`: it takes a tensor that isn't computed from the inputs (help: compute from the inputs and layers alone)"
)
def zeros_like():
    return net(lambda self, x: self.conv(x) + torch.zeros_like(x[:, :1]))


@refused(
    "the module can't be called in float64, in which it is compared: RuntimeError: Input type (float) and bias type "
    "(double) should be the same "
    "(help: leave out conversions to float32)"
)
def float32_alone():
    return net(lambda self, x: self.conv(x.to(torch.float32)))


@refused(
    "the module computes something else when it is called again, as with random numbers "
    "(help: compute from the inputs and weights alone; for dropout, use nn.Dropout)"
)
def random_numbers():
    return net(lambda self, x: self.conv(x) + torch.rand(1, 4, 8, 8))


@refused(
    "the module computes something else when it is called again, as with random numbers "
    "(help: compute from the inputs and weights alone; for dropout, use nn.Dropout)"
)
def noise_like_the_input():
    return net(lambda self, x: self.conv(x + torch.randn_like(x)))


@refused(
    "the module, torch.exp: it takes `scale` itself (help: hold weights in layers such as Conv2d and Linear, and call these)"
)
def free_parameter():
    return net(lambda self, x: torch.exp(self.scale) * self.conv(x), scale=nn.Parameter(torch.ones(1)))


class Scale(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(4, 1, 1))

    def forward(self, x):
        return x * self.scale.sigmoid()


@refused(
    "`1`, Tensor.sigmoid: it takes `1.scale` itself (help: hold weights in layers such as Conv2d and Linear, and call these)"
)
def free_parameter_in_a_part():
    return nn.Sequential(nn.Conv2d(3, 4, 3), Scale()), image()


@refused(
    "the module, `*`: it takes a tensor that isn't computed from the inputs (help: compute from the inputs and layers alone)"
)
def constant_tensor():
    return net(lambda self, x: self.conv(x) * torch.tensor(0.5))


@refused(
    "the module, torch.nn.functional.pad: the language has no such function "
    "(help: use the `padding` of the convolution or pooling behind it)"
)
def functional_pad():
    return net(lambda self, x: self.conv(F.pad(x, (1, 0, 1, 0))))


@pytest.mark.parametrize(("function", "text"), refused.cases)
def test_refused(function, text):
    says(function, text)
