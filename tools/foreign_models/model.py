"""What a model by other people is, and the registry of those that `tools/coming_from.py` imports."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

Made = tuple[nn.Module, torch.Tensor]
"""A module and an example of its inputs."""


@dataclass(frozen=True)
class Model:
    """A model by other people.

    Attributes:
        title: Its name and library, for the table.
        make: Makes it, with an example.
        slow: Whether importing it takes more than ten seconds.
    """

    title: str
    make: Callable[[], Made]
    slow: bool = False


MODELS: dict[str, Model] = {}
"""Models by the names of their functions."""


def model(title: str, *, slow: bool = False) -> Callable[[Callable[[], Made]], Callable[[], Made]]:
    """Decorator: registers a function that makes a model, under its own name."""

    def add(make: Callable[[], Made]) -> Callable[[], Made]:
        MODELS[make.__name__] = Model(title, make, slow)
        return make

    return add
