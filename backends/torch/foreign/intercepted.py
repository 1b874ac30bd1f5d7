"""What torch.fx doesn't see by itself: tensors that code makes, and calls of functions with a gradient of their own."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.autograd import function as autograd_functions
from torch.overrides import TorchFunctionMode
from typing_extensions import override

FACTORIES: frozenset[Any] = frozenset(
    {torch.zeros, torch.ones, torch.full, torch.empty, torch.zeros_like, torch.ones_like, torch.full_like, torch.empty_like}
)
"""Functions that make tensors, whose numbers don't depend on those of others."""

METHODS = ("new_zeros", "new_ones", "new_full", "new_empty")
"""Methods of tensors that do."""


def makes_constant(node: fx.Node) -> bool:
    """Whether a node is a tensor that code makes without numbers of others, such as `torch.zeros`."""
    return (node.op == "call_function" and node.target in FACTORIES) or (node.op == "call_method" and node.target in METHODS)


class Factories(TorchFunctionMode):
    """Makes nodes of the tensors that a module's code makes, so that writing into them is part of the trace.

    Args:
        make: What makes a node of a function and its arguments; None while values are computed.
    """

    def __init__(self, make: Callable[[Any, Any, Any], Any | None]) -> None:
        super().__init__()
        self._make = make

    @override
    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        found = self._make(func, args, kwargs or {}) if func in FACTORIES else None
        return func(*args, **(kwargs or {})) if found is None else found


def _following(base: Any, cls: Any) -> Any:
    """What a class has behind a base class."""
    return super(base, cls)  # pyright: ignore[reportUnknownVariableType]


@contextmanager
def calls_of_functions(make: Callable[[Any, tuple[Any, ...]], Any]) -> Generator[None]:
    """While this is open, `apply` of an `autograd.Function` on a value of the trace is given to `make`, with its arguments.

    Code often keeps `apply` from before, such as in `self.act = Fire.apply`; so what every `apply` calls itself is replaced.
    """
    base: Any = autograd_functions._SingleLevelFunction  # pyright: ignore[reportPrivateUsage]

    def apply(cls: Any, *args: Any, **kwargs: Any) -> Any:
        if any(isinstance(a, fx.Proxy) for a in args):
            return make(cls.apply, args)
        return _following(base, cls).apply(*args, **kwargs)

    base.apply = classmethod(apply)
    try:
        yield
    finally:
        del base.apply


def holds(part: nn.Module) -> bool:
    """Whether a layer has tensors of its own; while it is traced, its parameters are values of the trace that PyTorch marks."""
    made = (v for v in vars(part).values() if isinstance(v, fx.Proxy))
    own = (*part.parameters(recurse=False), *part.buffers(recurse=False))
    return bool(own) or any("_is_param" in vars(v) for v in made)


def is_function(target: Any) -> bool:
    """Whether a function is the `apply` of an `autograd.Function`."""
    owner = getattr(target, "__self__", None)
    return isinstance(owner, type) and issubclass(owner, torch.autograd.Function)


def tensors(values: Any) -> list[Tensor]:
    """The tensors among arguments."""
    return [v for v in values if isinstance(v, Tensor)]
