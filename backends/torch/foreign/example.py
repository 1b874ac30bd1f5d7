"""Calls a module with its example, and says which layer fails if one does."""

import copy
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar, cast

import torch
from torch import Tensor, nn

from spikegraph.foreign.errors import ForeignError, first_line

Module = TypeVar("Module", bound=nn.Module)


def whole_copy(module: Module) -> Module:
    """A copy of a module.

    Raises:
        ForeignError: It can't be copied, which is so for a state with gradients.
    """
    return _copied(module, {})


def fresh(module: Module) -> Module:
    """A copy of a module with states of its own; its parameters are the module's.

    Raises:
        ForeignError: It can't be copied.
    """
    return _copied(module, {id(p): p for p in module.parameters()})


def _copied(module: Module, shared: dict[int, Any]) -> Module:
    try:
        return copy.deepcopy(module, shared)
    except Exception as error:
        raise ForeignError(
            f"the module can't be copied: {first_line(error)}",
            "give it at the start of a sequence: make it anew, or reset its states as its library does",
        ) from error


def several(given: Any) -> list[Any]:
    """What a module returns, as a list."""
    return [*given] if isinstance(given, tuple | list) else [given]  # pyright: ignore[reportUnknownVariableType]


def compute(module: nn.Module, inputs: Sequence[Tensor], is_leaf: Callable[[nn.Module], bool]) -> None:
    """Calls a copy of a module with an example.

    Raises:
        ForeignError: It raises an error, or code that isn't a layer's keeps a state.
    """
    module, inside = fresh(module), list[str]()

    def begins(name: str) -> Any:
        def note(*_: Any) -> None:
            inside.append(name)

        return note

    def ends(*_: Any) -> None:
        inside.pop()

    named = list(cast("Iterator[tuple[str, nn.Module]]", module.named_modules()))
    before: dict[str, dict[str, object]] = {name: dict(part.__dict__) for name, part in named}
    for name, part in named:
        part.register_forward_pre_hook(begins(name))
        part.register_forward_hook(ends)
    try:
        with torch.no_grad():
            module(*inputs)
    except Exception as error:
        where = f"`{inside[-1]}`, {type(module.get_submodule(inside[-1])).__name__}" if inside and inside[-1] else "the module"
        shapes = " and ".join(str(list(x.shape)) for x in inputs)
        raise ForeignError(
            f"{where}: it can't be called with the example {shapes}: {first_line(error)}",
            "give an example as the module takes it",
        ) from error
    for name, part in named:
        after: dict[str, object] = part.__dict__
        kept = [key for key, value in after.items() if isinstance(value, Tensor) and before[name].get(key) is not value]
        if kept and not is_leaf(part):
            raise ForeignError(
                f"{f'`{name}`' if name else 'the module'}, {type(part).__name__}: it keeps a state of its own, `{kept[0]}`",
                "use neurons that are known, or register an adapter for its class",
            )
