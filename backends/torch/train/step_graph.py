"""The forward and backward passes of training steps as one CUDA graph: launched at once, without Python in between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import torch
from torch import Tensor

from spikegraph.base.errors import TrainError
from spikegraph.base.surface import argument

if TYPE_CHECKING:
    from spikegraph.backends.torch.datasets import Batch
    from spikegraph.backends.torch.model import Model
    from spikegraph.ir.graph import Graph
    from spikegraph.program.run_settings import Settings

T = TypeVar("T")
Form = tuple[Any, ...]
"""What the batches of a step have in common with others that run as the same graph: numbers, sizes and types."""

WARM = 3
"""Number of steps before the capture: kernels are compiled in them, and libraries choose algorithms."""


class Recorder(Protocol):
    """Records what runs on a device."""

    def warm(self, run: Callable[[], T]) -> T:
        """Runs as in a capture, without one."""
        ...

    def capture(self, run: Callable[[], T]) -> tuple[Callable[[], object], T]:
        """Records `run`, which isn't executed: a function that executes it, and the result, which that function fills."""
        ...


class CudaGraphs:
    """Records CUDA graphs (https://docs.pytorch.org/docs/stable/notes/cuda.html#cuda-graphs) on a device."""

    def __init__(self, device: torch.device) -> None:
        self._device = device

    def warm(self, run: Callable[[], T]) -> T:
        """Runs on a stream of its own, as a capture does: autograd remembers the stream of each gradient."""
        with torch.cuda.device(self._device):
            stream = torch.cuda.Stream()
            stream.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(stream):
                found = run()
            torch.cuda.current_stream().wait_stream(stream)
        return found

    def capture(self, run: Callable[[], T]) -> tuple[Callable[[], object], T]:
        """As of `Recorder`. Threads that pin memory meanwhile don't end the capture."""
        with torch.cuda.device(self._device):
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph, stream=torch.cuda.Stream(), capture_error_mode="thread_local"):
                found = run()
        return graph.replay, found


class StepGraph:
    """Runs the passes of steps with one optimizer: the first ones as they are, then as a graph that was captured once.

    A graph has fixed sizes, those of which there were enough steps first. Steps whose batches have others, such as the last
    one of an epoch, and those of samples that differ in length, run as they are. After a surrogate search, which changes the
    network, the passes are captured anew.
    """

    def __init__(self, model: Model, notice: Callable[[str], None], recorder: Recorder) -> None:
        self.model, self._notice, self._recorder, self._told = model, notice, recorder, False
        self._begin(None)

    def _begin(self, graph: Graph | None) -> None:
        """Forgets what was captured; the next steps of this network lead to another capture."""
        self._graph, self._form = graph, ()
        self._warmed = Counter[Form]()
        self._launch: Callable[[], object] | None = None
        self._batches: Sequence[Batch] = ()
        self._found: dict[str, Tensor] = {}
        self._gradients: list[Tensor | None] = []

    def run(
        self, passes: Callable[[Sequence[Batch]], dict[str, Tensor]], batches: Sequence[Batch], parameters: Sequence[Tensor]
    ) -> dict[str, Tensor]:
        """What `passes` of these batches returns, scalars [], with the gradients that it leaves at the parameters.

        Raises:
            TrainError: The passes can't be captured: an operation waits for the device.
        """
        graph, form = self.model.graph, tuple(_form(batch) for batch in batches)
        if self._graph is not graph:
            self._begin(graph)
        if any(batch.lengths is not None for batch in batches):
            self._tell("of samples that differ in length")
            return passes(batches)
        if any(other != form for other in self._warmed):
            self._tell("with batches of another size than the captured ones")
        if self._launch is None and self._warmed[form] < WARM:
            self._warmed[form] += 1
            return self._recorder.warm(lambda: passes(batches))
        if self._launch is None:
            self._form = form
            self._capture(passes, batches, parameters)
        if form != self._form:
            return passes(batches)
        assert self._launch is not None
        for static, batch in zip(self._batches, batches, strict=True):
            for to, value in zip(static.tensors, batch.tensors, strict=True):
                to.copy_(value, non_blocking=True)
        self._launch()
        for parameter, gradient in zip(parameters, self._gradients, strict=True):
            parameter.grad = gradient
        return {name: value.clone() for name, value in self._found.items()}

    def _capture(
        self, passes: Callable[[Sequence[Batch]], dict[str, Tensor]], batches: Sequence[Batch], parameters: Sequence[Tensor]
    ) -> None:
        self._batches = [batch.changed(torch.clone) for batch in batches]
        try:
            self._launch, self._found = self._recorder.capture(lambda: passes(self._batches))
        except RuntimeError as error:
            reason = str(error).splitlines()[0].rstrip(".")
            summary = f"the training step can't be captured as a CUDA graph: {reason}"
            raise TrainError(summary, f"leave out {argument('cuda-graph')}") from error
        self._gradients = [parameter.grad for parameter in parameters]

    def _tell(self, which: str) -> None:
        """Says once that some steps run without the graph."""
        if not self._told:
            self._told = True
            self._notice(f"note: steps {which} run without the CUDA graph")


def _form(batch: Batch) -> Form:
    return (batch.size, batch.present, *((x.shape, x.dtype) for x in batch.tensors))


def step_graph(model: Model, settings: Settings) -> StepGraph | None:
    """What captures the steps of a training, if its settings say so."""
    if not settings.cuda_graph:
        return None
    return StepGraph(model, settings.reporter.notice, CudaGraphs(next(iter(model.parameters())).device))


def require_graphs(settings: Settings, device: torch.device) -> None:
    """Checks that a training whose settings want CUDA graphs can have them.

    Raises:
        TrainError: Its device isn't a CUDA device, or it has several processes.
    """
    if settings.cuda_graph:
        require_cuda(device)
    if settings.cuda_graph and settings.processes.count > 1:
        help = f"leave out {argument('cuda-graph')}"
        raise TrainError("a training in several processes can't be captured as CUDA graphs", help)


def require_cuda(device: torch.device) -> None:
    """Checks that a device has CUDA graphs.

    Raises:
        TrainError: It isn't a CUDA device.
    """
    if device.type != "cuda":
        help = f"leave out {argument('cuda-graph')}, or use {argument('device', 'cuda')} on a machine with such a GPU"
        raise TrainError(f"CUDA graphs need a CUDA device, and the device is `{device}`", help)
