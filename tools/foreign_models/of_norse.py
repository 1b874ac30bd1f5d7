"""Models of norse."""

import torch
from torch import nn

from foreign_models.model import FirstOf, Made, model


@model("norse, `SequentialState` of `LIFCell` and `LICell`")
def norse_sequential() -> Made:
    """A convolutional network for one step."""
    import norse.torch as norse

    return norse.SequentialState(
        nn.Conv2d(1, 8, 5), norse.LIFCell(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(8 * 12 * 12, 10), norse.LICell()
    ), 3 * torch.rand(2, 1, 28, 28)


@model("norse, `LIFRecurrentCell(autapses=True)`")
def norse_recurrent() -> Made:
    """Neurons whose spikes come back."""
    import norse.torch as norse

    return norse.SequentialState(nn.Linear(6, 8), norse.LIFRecurrentCell(8, 8, autapses=True), nn.Linear(8, 3)), 9 * torch.rand(
        2, 6
    )


@model("norse, `LIFRecurrentCell`")
def norse_without_autapses() -> Made:
    """Neurons whose spikes come back to all others."""
    import norse.torch as norse

    return norse.SequentialState(nn.Linear(6, 8), norse.LIFRecurrentCell(8, 8), nn.Linear(8, 3)), 9 * torch.rand(2, 6)


@model("norse, `LIF` over time", multi_step=True)
def norse_over_time() -> Made:
    """Neurons that take all steps at once."""
    import norse.torch as norse

    return FirstOf(norse.SequentialState(nn.Linear(6, 8), norse.LIF())), 9 * torch.rand(5, 2, 6)
