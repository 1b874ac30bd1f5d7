"""What is traced: modules that call the one that is imported."""

from typing import Any

import torch
from torch import Tensor, nn


class Root(nn.Module):
    """Calls a module with the inputs alone, so that other parameters of its `forward` keep their defaults."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, *inputs: Tensor) -> Any:
        """What the module computes."""
        return self.module(*inputs)


class Steps(Root):
    """Calls a module of one time step for each step of its inputs, with the states that it returned at the step before."""

    def __init__(self, module: nn.Module, steps: int, states: int) -> None:
        super().__init__(module)
        self.steps, self.states = steps, states

    def forward(self, *inputs: Tensor) -> Any:
        """What the module computes at all steps."""
        results, states = list[list[Any]](), list[Any]()
        for t in range(self.steps):
            found = self.module(*(x[t] for x in inputs), *states)
            values: list[Any] = list(found) if isinstance(found, tuple | list) else [found]  # pyright: ignore[reportUnknownArgumentType]
            values, states = (values[: -self.states], values[-self.states :]) if self.states else (values, [])
            results.append(values)
        stacked = [torch.stack(parts) for parts in zip(*results, strict=True)]
        return stacked[0] if len(stacked) == 1 else tuple(stacked)
