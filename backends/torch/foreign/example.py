"""Calls a module with its example, and says which layer fails if one does."""

import copy
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar, cast

import torch
from torch import Tensor, nn

from spikegraph.foreign.errors import ForeignError, first_line

Module = TypeVar("Module", bound=nn.Module)


def fresh(module: Module) -> Module:
    """A copy of a module.

    Raises:
        ForeignError: It can't be copied, which is so for a state with gradients.
    """
    try:
        return copy.deepcopy(module)
    except Exception as error:
        raise ForeignError(
            f"the module can't be copied: {first_line(error)}",
            "give it at the start of a sequence: make it anew, or reset its states as its library does",
        ) from error


def several(given: Any) -> list[Any]:
    """What a module returns, as a list."""
    return [*given] if isinstance(given, tuple | list) else [given]  # pyright: ignore[reportUnknownVariableType]


def compute(module: nn.Module, inputs: Sequence[Tensor]) -> Any:
    """What a copy of a module returns for an example.

    Raises:
        ForeignError: It raises an error.
    """
    module, inside = fresh(module), list[str]()

    def begins(name: str) -> Any:
        def note(*_: Any) -> None:
            inside.append(name)

        return note

    def ends(*_: Any) -> None:
        inside.pop()

    named = cast("Iterator[tuple[str, Any]]", module.named_modules())
    for name, part in named:
        part.register_forward_pre_hook(begins(name))
        part.register_forward_hook(ends)
    try:
        with torch.no_grad():
            return module(*inputs)
    except Exception as error:
        where = f"`{inside[-1]}`, {type(module.get_submodule(inside[-1])).__name__}" if inside and inside[-1] else "the module"
        shapes = " and ".join(str(list(x.shape)) for x in inputs)
        raise ForeignError(
            f"{where}: it can't be called with the example {shapes}: {first_line(error)}",
            "give an example as the module takes it",
        ) from error
