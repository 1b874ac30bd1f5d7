"""Counts what operations of torch do: products, bytes moved, calls, and memory held. Tensors need no values."""

import weakref
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from typing_extensions import override

from spikegraph.backends.torch.forecast.works import Work, moved, size, work_of
from spikegraph.backends.torch.operators import COMPOSED

NOTHING_MOVED = ("empty", "detach", "lift_fresh", "_unsafe_view", "prim.", "profiler.")
"""Parts of the names of operations that read and write no values."""


class Counting(TorchDispatchMode):
    """Counts the operations in its block.

    Attributes:
        works: How often each product was computed.
        moved: Bytes that other operations read and wrote.
        by_kernels: Bytes that compiled functions read and wrote.
        calls: How many operations and functions there were that compute something.
        held: Bytes of tensors that are in memory now.
        peak: The most bytes at a time.
    """

    def __init__(self, held: Iterable[Tensor]) -> None:
        """Starts with these tensors in memory."""
        super().__init__()  # pyright: ignore[reportUnknownMemberType]
        self.works: Counter[Work] = Counter()
        self.moved = self.by_kernels = self.calls = self.held = self.peak = 0
        self._storages: dict[int, weakref.ref[Any]] = {}
        for tensor in held:
            self._hold(tensor)

    def compiled(self, name: str, tensors: Sequence[Tensor]) -> None:
        """Counts a call of a compiled function with these tensors."""
        del name
        self.by_kernels += sum(map(size, tensors))
        self.calls += 1

    @override
    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        named: dict[str, Any] = kwargs or {}
        inside: Callable[..., Any] | None = COMPOSED.get(func)
        if inside is not None:
            with self:
                return inside(*args, **named)
        result = func(*args, **named)
        for x in tree_leaves(result):
            if isinstance(x, Tensor):
                self._hold(x)
        if not func.is_view and not any(part in str(func) for part in NOTHING_MOVED):
            self.calls += 1
            work = work_of(func, args, named, result)
            if work is None:
                self.moved += moved((args, named), result)
            else:
                self.works[work] += 1
                self.peak = max(self.peak, self.held + work.workspace)
        return result

    def _hold(self, tensor: Tensor) -> None:
        storage = tensor.untyped_storage()
        key = storage._cdata  # pyright: ignore[reportPrivateUsage]
        if key in self._storages:
            return
        count = storage.nbytes()

        def free(_: Any) -> None:
            self.held -= count
            del self._storages[key]

        self._storages[key] = weakref.ref(storage, free)
        self.held += count
        self.peak = max(self.peak, self.held)
