"""What a model by other people is, and the registry of those that `tools/coming_from.py` imports."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

Made = tuple[nn.Module, torch.Tensor]
"""A module and an example of its inputs."""


class FirstOf(nn.Module):
    """A network whose first result is what it computes."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """What it computes."""
        return self.network(x)[0]


@dataclass(frozen=True)
class Model:
    """A model by other people.

    Attributes:
        title: Its name and library, for the table.
        make: Makes it, with an example.
        slow: Whether importing it takes more than ten seconds.
        multi_step: Whether its inputs have time steps in front, which its code doesn't show.
        online: Whether it is trained online, with gradients that the network hasn't.
    """

    title: str
    make: Callable[[], Made]
    slow: bool = False
    multi_step: bool | None = None
    online: bool = False


MODELS: dict[str, Model] = {}
"""Models by the names of their functions."""


Make = Callable[[], Made]
"""What makes a model."""


def model(title: str, *, slow: bool = False, multi_step: bool | None = None, online: bool = False) -> Callable[[Make], Make]:
    """Decorator: registers a function that makes a model, under its own name."""

    def add(make: Make) -> Make:
        MODELS[make.__name__] = Model(title, make, slow, multi_step, online)
        return make

    return add
