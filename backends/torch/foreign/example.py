"""Calls a module with its example, and says which layer fails if one does."""

import copy
import inspect
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar, cast

import torch
from torch import Tensor, nn

from spikegraph.backends.torch.foreign.lines import line_of_error
from spikegraph.foreign.adapters import RESET
from spikegraph.foreign.classes import FOLLOWED
from spikegraph.foreign.errors import ForeignError, first_line

Module = TypeVar("Module", bound=nn.Module)


def computed(path: str) -> ForeignError:
    """The error that a weight is computed from others: raise it."""
    instead = "make it a tensor first, as torch.nn.utils.parametrize.remove_parametrizations or remove_spectral_norm does"
    return ForeignError(f"`{path}` isn't a tensor of the module, but computed from others at each call", instead)


def whole_copy(module: Module) -> Module:
    """A copy of a module, with the hooks of its weights.

    Raises:
        ForeignError: It can't be copied, which is so for a state with gradients.
    """
    found = _copied(module, {})
    pairs: list[tuple[Any, Any]] = list(zip(module.parameters(), found.parameters(), strict=True))
    for own, weight in pairs:
        hooks: dict[int, Any] = own._backward_hooks or {}
        for hook in hooks.values():
            weight.register_hook(hook)
    return found


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
        for name, part in cast("Iterator[tuple[str, nn.Module]]", module.named_modules()):
            weights = dict(part.named_parameters(recurse=False))
            if own := next((own for own in vars(part) if f"{own}_g" in weights or f"{own}_orig" in weights), None):
                path = f"{name}.{own}" if name else own
                raise computed(path) from error
            if any(x.requires_grad and not x.is_leaf for x in kept(part)):
                where = f"`{name}`, {type(part).__name__}" if name else f"the module, {type(part).__name__}"
                raise ForeignError(f"{where}: it has the state of an earlier call, with gradients", RESET) from error
        raise ForeignError(
            f"the module can't be copied: {first_line(error)}", "hold tensors, numbers and layers alone in it"
        ) from error


def follow(module: nn.Module, path: str) -> bool:
    """Marks all layers of one's class as code that is followed; false if they are already.

    Their buffers become plain attributes, to which code can assign values of a trace.
    """
    kind = type(module.get_submodule(path))
    parts = [part for part in module.modules() if type(part) is kind and FOLLOWED not in vars(part)]
    for part in parts:
        vars(part)[FOLLOWED] = True
        buffers = vars(part)["_buffers"]
        for name in list(buffers):
            vars(part)[name] = buffers.pop(name)
    return bool(parts)


def kept(part: nn.Module) -> list[Tensor]:
    """The tensors that a layer keeps as plain attributes, such as a neuron's state."""
    held = [*vars(part).values(), *part.buffers(recurse=False), *getattr(part, "_memories", {}).values()]
    return [x for x in held if isinstance(x, Tensor)]


def several(given: Any) -> list[Any]:
    """What a module returns, as a list."""
    return [*given] if isinstance(given, tuple | list) else [given]  # pyright: ignore[reportUnknownVariableType]


def results_of(given: Any) -> list[Any]:
    """What a module returns, as a list without the places that it leaves empty, as those of results for training alone."""
    values = several(given)
    return [v for v in values if v is not None] or values


def called(module: nn.Module, inputs: Sequence[Tensor]) -> Any:
    """What a module returns for an example, without gradients.

    Raises:
        ForeignError: It raises an error.
    """
    inside, hooks = list[str](), list[Any]()

    def begins(name: str) -> Any:
        def note(*_: Any) -> None:
            inside.append(name)

        return note

    def ends(*_: Any) -> None:
        inside.pop()

    named = cast("Iterator[tuple[str, Any]]", module.named_modules())
    for name, part in named:
        hooks += [part.register_forward_pre_hook(begins(name)), part.register_forward_hook(ends)]
    try:
        with torch.no_grad():
            return module(*(x.clone() for x in inputs))
    except Exception as error:
        path = inside[-1] if inside else ""
        where = f"`{path}`, {type(module.get_submodule(path)).__name__}" if path else "the module"
        shapes = " and ".join(str(list(x.shape)) for x in inputs)
        why = f"{where}: it can't be called with the example {shapes}: {first_line(error)}"
        raise ForeignError(why, _of_steps(module)).at(line_of_error(error)) from error
    finally:
        for hook in hooks:
            hook.remove()


def _of_steps(module: nn.Module) -> str:
    """How to give an example, for modules of one time step and for others."""
    modes = {getattr(part, "step_mode", None) for part in module.modules()}
    if "m" in modes:
        return "give all time steps, [T, N, C, ...], and use SpikingJelly's layers, with step_mode='m' too"
    return "give an example as the module takes it, or correct the module"


def taken(module: nn.Module, inputs: int) -> int:
    """How many arguments a module takes besides its inputs."""
    return len(inspect.signature(module.forward).parameters) - inputs
