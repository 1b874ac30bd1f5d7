"""Memory that runs out in a network: the error names the layer."""

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from spikegraph.base.errors import OutOfMemoryError
from spikegraph.base.surface import argument

if TYPE_CHECKING:
    from spikegraph.ir.graph import Graph, Node

T = TypeVar("T")

Watch = Callable[[str, Any], None]
"""Called with a node's name and its value."""

NO_MEMORY = re.compile(r"DefaultCPUAllocator|could not create a memory")
"""What torch's errors say when a tensor or oneDNN gets no memory."""
NO_SHARED_MEMORY = re.compile(r"shared memory|file </torch_|DataLoader worker .* (killed|exited)")
"""What they say when a process that reads data gets none, or is killed."""

ENDED = re.compile(r"DataLoader worker .* exited unexpectedly with exit code [1-9]")
"""What they say when it ends with an exception; of a signal they say its name."""

UNITS = {"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40, "PiB": 2**50}


def place(node: Node) -> str:
    """A node with its place in the spec."""
    return f"`{node.name}` ({node.span.start})"


def is_out_of_memory(error: BaseException) -> bool:
    """True if an error means that memory ran out, on the CPU or on a GPU."""
    torch = sys.modules.get("torch")
    if isinstance(error, MemoryError) or (torch is not None and isinstance(error, torch.OutOfMemoryError)):
        return True
    texts = (NO_MEMORY, NO_SHARED_MEMORY)
    found = isinstance(error, RuntimeError) and any(text.search(str(error)) for text in texts)
    return found and not ended_by_itself(error)


def ended_by_itself(error: BaseException | None) -> bool:
    """True if an error means that a process that reads data ended with an exception of its own, and wasn't killed."""
    while error is not None:
        if isinstance(error, RuntimeError) and ENDED.search(str(error)):
            return True
        error = error.__cause__
    return False


def out_of_memory(error: BaseException, where: str = "") -> OutOfMemoryError:
    """The error for the user.

    Args:
        error: The error for which `is_out_of_memory` is true.
        where: Where it happened; by default at the layer that was running.
    """
    text, node = str(error), running(error)
    if NO_SHARED_MEMORY.search(text):
        summary = "a process that reads data was killed or got no shared memory"
        return OutOfMemoryError(f"out of memory: {summary}", "use `workers = 0`, or give /dev/shm more space")
    where = where or (f" at {place(node)}" if node is not None else "")
    needed = re.search(r"allocate ([\d.]+) ?(bytes|[KMGTP]iB)", text)
    amount = f", which needs {readable(float(needed[1]) * UNITS[needed[2]])} more" if needed and where else ""
    return OutOfMemoryError(
        f"out of memory{where}{amount}", f"use a smaller `batch`, smaller crops or {argument('precision', 'bf16')}"
    )


def readable(size: float) -> str:
    """A number of bytes in the largest unit that fits."""
    unit = max((u for u in UNITS if size >= UNITS[u]), key=UNITS.__getitem__, default="bytes")
    return f"{size / UNITS[unit]:.3g} {unit}"


def running(error: BaseException) -> Node | None:
    """The node that a model computed, or whose weights it made, when an error was raised; None if none was."""
    found: Node | None = None
    for frame, _ in traceback.walk_tb(error.__traceback__):
        match frame.f_code.co_qualname:
            case "Operation.run" if "self" in frame.f_locals:
                found = frame.f_locals["self"].node
            case "Passes.fired" if "node" in frame.f_locals:
                found = frame.f_locals["node"]
            case "Model.__init__" if "node" in frame.f_locals:
                found = frame.f_locals["node"]
            case _:
                pass
    return found


@contextmanager
def naming_layers(where: str = "") -> Generator[None]:
    """Turns errors about memory in the block into one that names the layer, or says `where`.

    Raises:
        OutOfMemoryError: Memory ran out.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        raise out_of_memory(error, where) from error


def guarded(graph: Graph, run: Callable[[Watch | None], T]) -> T:
    """Runs a forward and a backward pass; if memory runs out in the backward pass, repeats both to find the layer.

    Args:
        graph: The graph of the model.
        run: Runs both passes, and gives its argument to the forward pass as `watch`.

    Raises:
        OutOfMemoryError: Memory ran out after the forward pass.
    """
    try:
        return run(None)
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error) or running(error) is not None:
            raise
        failed = error.with_traceback(None)  # which would keep the values of the pass in memory
    reached: list[str] = []

    def watch(name: str, x: Any) -> None:
        if x.requires_grad:

            def reach(gradient: Any) -> None:
                del gradient
                reached.append(name)

            x.register_hook(reach)

    where = " in a backward pass"  # if the second time there is enough memory
    try:
        run(watch)
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        if reached:
            where = f" in the backward pass of {place(graph.node(reached[-1]))}"
        elif running(error) is None:
            where = " in the loss"
    raise out_of_memory(failed, where) from failed
