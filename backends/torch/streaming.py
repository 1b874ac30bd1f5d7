"""Runs the trained network of a run over a stream of events."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.stepping import Stream
from spikegraph.backends.torch.stream_graph import StreamGraph
from spikegraph.backends.torch.train.device import device_of, float32_products
from spikegraph.backends.torch.train.step_graph import CudaGraphs, require_cuda
from spikegraph.backends.torch.trained import trained_model
from spikegraph.base.allocator import keep_buffers
from spikegraph.base.errors import DataError, OutputError
from spikegraph.base.progress import Reporter, Silent
from spikegraph.base.surface import either
from spikegraph.dsl.schema.encodings import EVENT_ENCODINGS
from spikegraph.dsl.spec import Dataset
from spikegraph.ir.graph import Graph
from spikegraph.program.kept import kept
from spikegraph.streaming.arrivals import on_sensor, recorded
from spikegraph.streaming.cutting import Cutter
from spikegraph.streaming.folder import result_folder
from spikegraph.streaming.images import begin_of, image_views
from spikegraph.streaming.pipes import PIPES, piped
from spikegraph.streaming.plan import Wishes, cutting_of, events_of, origin_for, prepared_of, views_of
from spikegraph.streaming.results import Result, Streamed, line
from spikegraph.streaming.running import Counted, run
from spikegraph.streaming.views import Input, Inputs, inputs_of, require_shape
from spikegraph.tasks import TASKS


@dataclass(frozen=True)
class Task:
    """What to stream, and how.

    Attributes:
        run: The folder of a run or of a model, or a deployed file.
        recording: A recording, a sequence of DSEC, or `-` for standard input.
        out: The folder of the results; None to write lines only.
        right: The recording of the right camera, if it is another file.
        sensor: Height and width of the sensors, in place of what the files tell.
        wishes: How to cut, in place of what follows from the run's data set.
        pipe: The format of standard input.
        unit: The unit of its time stamps, if that isn't the format's own.
        formats: The formats of results.
        device: The device, as torch names it.
        cuda_graph: Steps are captured as a CUDA graph.
    """

    run: Path
    recording: Path
    out: Path | None
    right: Path | None = None
    sensor: tuple[int, int] | None = None
    wishes: Wishes = field(default_factory=Wishes)
    pipe: str = "csv"
    unit: str | None = None
    formats: Sequence[str] = ("hdf5",)
    device: str = "cpu"
    cuda_graph: bool = False


class Streaming:
    """A network whose inputs and outputs are arrays, one sample without the axis N, and which keeps its state."""

    def __init__(self, model: Model, *, graphs: bool = False) -> None:
        """Takes a model; with `graphs` its steps are captured as a CUDA graph."""
        self._model = model
        self._device = next(iter(model.parameters())).device
        stream, device = model.stream(), self._device
        self._stream: Stream | StreamGraph = StreamGraph(stream, CudaGraphs(device)) if graphs else stream

    def restart(self) -> None:
        """Begins anew, without a state."""
        if isinstance(self._stream, StreamGraph):
            self._stream.restart()
        else:
            self._stream = self._model.stream()

    def step(self, inputs: Inputs) -> Mapping[str, NDArray[np.float32]]:
        """The outputs of a step by name, float32 [K] or [C, H, W], for inputs [1, C, H, W]."""
        with torch.inference_mode():
            given = {name: torch.from_numpy(array).to(self._device) for name, array in inputs.items()}  # pyright: ignore[reportUnknownMemberType]
            values = self._stream.step(given)
            return {name: values[name][0].float().cpu().numpy() for name in self._model.graph.outputs}


def stream_run(
    task: Task,
    *,
    counted: Counted | None = None,
    emit: Callable[[str], None] | None = None,
    reporter: Reporter | None = None,
    stopped: Callable[[], bool] = lambda: False,
    progress: Callable[[Counted], None] = lambda counted: None,
) -> Counted:
    """Streams events through the trained network of a run, with norms folded, and writes the results as they come.

    Args:
        task: What to stream, and how.
        counted: Counts what happens; it is up to date also after an error.
        emit: Called with each result as a line of JSON.
        reporter: Gets the notices.
        stopped: Asked before events are taken, and several times in a second while none comes: true to take no more. The steps
            of those that have come are run, the open one too.
        progress: Called after each step.

    Raises:
        UserError: The run, the recording or the folder can't be used; nothing is written. Or the recording is damaged, or a
            file can't be written any more; the results before are there then.
    """
    keep_buffers()
    if task.cuda_graph:
        require_cuda(device_of(task.device))
    say = (reporter or Silent()).notice
    trained = kept(task.run)
    _, dataset = trained.retraining()
    events = events_of(dataset)
    origin = origin_for(dataset, task.recording, task.right, task.sensor)
    model = trained_model(trained, "deploy").to(device_of(task.device))
    for note in (*filter(None, (trained.unfinished,)), *origin.notes):
        say(f"note: {note}")
    whole = any(not model.graph.node(node).value.steps for node in model.graph.outputs.values())
    cutting = cutting_of(events, dataset.name, task.wishes, whole=whole)
    _require_weights(model.graph, cutting.restart)
    shapes = {name: node.value.shape for name, node in model.graph.inputs().items()}
    views = views_of(dataset, shapes, origin)
    for view in views:
        require_shape(view, shapes[view.name], fixed=events.cameras == 1)
    images = image_views([each for each in events.images if each.name in shapes], origin, prepared_of(dataset))
    inputs = (*views, *images)
    network = Streaming(model, graphs=task.cuda_graph)
    outputs = _warmed(network, inputs)
    step_s = cutting.step_us / 1e6 if cutting.by == "time" else None
    kinds = _kinds(model.graph, dataset)
    shown, signed = {k: v.shape for k, v in outputs.items()}, EVENT_ENCODINGS[events.encoding].paired
    streamed = Streamed(trained.program.name, shown, kinds, signed, step_s, model.classes)
    counted = counted if counted is not None else Counted()
    counted.live = origin.live
    with ExitStack() as stack:
        write: tuple[Callable[[Result], None], ...] = ()
        if task.out is not None:
            write = stack.enter_context(result_folder(task.out, task.formats, streamed, counted))
        if emit is not None:
            write = (*write, lambda result: emit(line(result, streamed)))
        if origin.live:
            pipe = stack.enter_context(FileIO(sys.stdin.fileno(), closefd=False))
            format = PIPES[task.pipe]
            parser = format.parser() if task.unit is None or format.of_unit is None else format.of_unit(task.unit)
            arrivals = piped(pipe, parser, stopped)
        else:
            arrivals = recorded(origin.files)
        stack.enter_context(_no_pauses())
        stack.enter_context(float32_products(device_of(task.device), trained.precision))
        source = origin.files[0].path
        arrivals = on_sensor(arrivals, origin.files, views[0].grid.sensor)
        make, cutter = inputs_of(inputs), Cutter(cutting, begin_of(images))
        run(cutter, arrivals, make, network, write, counted, source=source, stopped=stopped, progress=progress)
    return counted


@contextmanager
def _no_pauses() -> Generator[None]:
    """Keeps the collector of garbage from looking through all modules and the network again, which takes 0.2 s and more."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _require_weights(graph: Graph, restart: int | None) -> None:
    """Checks that operations with weights for each step have enough of them.

    Raises:
        DataError: One has fewer than a sequence has steps.
    """
    for node in graph:
        longest = node.op.longest()
        if longest is not None and (restart is None or restart > longest):
            summary = f"`{node.name}` has weights for sequences of {longest} steps at most"
            how = either(f"--restart {longest}", f"restart={longest}")
            raise DataError(summary, help=f"begin anew after so many with {how}")


def _warmed(network: Streaming, inputs: Sequence[Input]) -> Mapping[str, NDArray[np.float32]]:
    """The outputs of a step without events: what is prepared at the first call isn't part of any latency then."""
    outputs = network.step({each.name: each.empty() for each in inputs})
    network.restart()
    return outputs


def _kinds(graph: Graph, dataset: Dataset) -> Mapping[str, str]:
    """The output that is compared with the targets of the data set, with the name of the task."""
    try:
        node = TASKS[dataset.task_name].node(graph)
    except OutputError:
        return {}
    return {name: dataset.task_name for name, at in graph.outputs.items() if at == node.name}
