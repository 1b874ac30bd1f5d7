"""What records operations on the processor as a CUDA graph does on a GPU: once, and then the same ones in the same memory.

A program without a GPU can't capture a graph. What matters of one is here: while it records, nothing is computed that lasts;
afterwards each launch repeats the operations with the tensors and the numbers of then, whatever Python would say now.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

T = TypeVar("T")


def _storage(x: Tensor) -> int:
    return x.untyped_storage()._cdata


class _Recording(TorchDispatchMode):
    """Keeps each operation, and what the tensors from before had in them."""

    def __init__(self) -> None:
        super().__init__()
        self.operations: list[tuple[Any, Any, Any, list[Tensor]]] = []
        self.made: set[int] = set()
        self.before: dict[int, tuple[Tensor, Tensor]] = {}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        given = [x for x in tree_leaves((args, kwargs)) if isinstance(x, Tensor)]
        if func._schema.is_mutable:
            for x in given:
                if _storage(x) not in self.made and _storage(x) not in self.before:
                    whole = torch.empty(0, dtype=x.dtype).set_(x.untyped_storage())  # type: ignore[call-overload]
                    self.before[_storage(x)] = (whole, whole.clone())
        found = func(*args, **kwargs)
        there = {_storage(x) for x in given}
        new = [x for x in tree_leaves(found) if isinstance(x, Tensor)]
        self.made |= {_storage(x) for x in new} - there
        self.operations.append((func, args, kwargs, [x for x in new if _storage(x) not in there]))
        return found

    def launch(self) -> None:
        """Repeats the operations."""
        with torch.no_grad():
            for func, args, kwargs, results in self.operations:
                again = [x for x in tree_leaves(func(*args, **kwargs)) if isinstance(x, Tensor)]
                there = {_storage(x) for x in tree_leaves((args, kwargs)) if isinstance(x, Tensor)}
                for old, x in zip(results, [x for x in again if _storage(x) not in there], strict=True):
                    old.copy_(x)


class Recorded:
    """A recorder of steps (`StepGraph`) on the processor; counts what it does."""

    def __init__(self) -> None:
        self.warmed, self.captured, self.launched = 0, 0, 0

    def warm(self, run: Callable[[], T]) -> T:
        self.warmed += 1
        return run()

    def capture(self, run: Callable[[], T]) -> tuple[Callable[[], object], T]:
        self.captured += 1
        with _Recording() as recording:
            found = run()
        for now, then in recording.before.values():
            now.copy_(then)

        def launch() -> None:
            self.launched += 1
            recording.launch()

        return launch, found
