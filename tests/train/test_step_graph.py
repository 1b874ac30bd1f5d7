"""Steps whose passes are recorded once and launched again are, bit for bit, the steps as they are."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from tiny_run import ADAM, LOSS, SGD, call, stereo_graph

from spikegraph.backends.torch.datasets import Batch
from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.modules import neuron_sequences
from spikegraph.backends.torch.stream_graph import StreamGraph
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.backends.torch.train.optim import optimizer_for
from spikegraph.backends.torch.train.step import step
from spikegraph.backends.torch.train.step_graph import WARM, CudaGraphs, StepGraph, require_graphs
from spikegraph.base.errors import TrainError
from spikegraph.program.program import Program
from spikegraph.program.run_settings import Settings

from .graphed_steps import groups, same, trained, unequal_steps
from .recorded import Recorded

ADAMW = call("adamw", lr=0.1, betas=(0.9, 0.99), weight_decay=0.1)


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize(("calls", "accumulate", "clip"), [((ADAMW,), 2, 0.5), ((SGD, ADAM), 1, 5.0)])
def test_launched_steps_are_the_same(calls: Sequence[Any], accumulate: int, clip: float | None) -> None:
    sizes = [2, 2, 2, 2, 2, 1, 2, 2]
    plain, graphed = (
        trained(stereo_graph(None), LOSS, groups(sizes, accumulate), calls, clip=clip, recorder=recorder)
        for recorder in (None, Recorded)
    )
    assert same(plain, graphed)
    assert len(set(plain["numbers"])) > len(sizes) / 2
    assert [(r.warmed, r.captured, r.launched) for r in graphed["recorders"]] == [(WARM, 1, 4)] * len(calls)
    assert graphed["told"] == [
        "note: steps with batches of another size than the captured ones run without the CUDA graph"
    ] * len(calls)


def test_the_first_steps_may_be_of_a_smaller_batch() -> None:
    """As those of a resumed run, or of epochs with few steps: the size that comes back is captured."""
    for sizes, launched in (([1, 2, 2, 2, 2, 2], 2), ([2, 1, 2, 1, 2, 1, 2, 2], 2)):
        told, recorder = list[str](), Recorded()
        graph = StepGraph(SimpleNamespace(graph=object()), told.append, recorder)  # type: ignore[arg-type]
        for size in sizes:
            batch = Batch({"x": torch.ones(3, size, 1)}, torch.zeros(size), torch.ones(size, dtype=torch.bool))
            found = graph.run(lambda batches: {"sum": batches[0].inputs["x"].sum()}, (batch,), ())
            assert found == {"sum": 3 * size}
        assert (recorder.captured, recorder.launched) == (1, launched)
        assert told == ["note: steps with batches of another size than the captured ones run without the CUDA graph"]


def test_another_network_is_captured_anew() -> None:
    torch.manual_seed(1)
    model, recorder = lower(stereo_graph("c3")).train(), Recorded()
    losses, optimizer = Losses(model.graph, LOSS), optimizer_for(SGD, model.weights())
    graph = StepGraph(model, print, recorder)
    for number, group in enumerate(groups([2] * 9, 1)):
        if number == 5:
            model.adopt(stereo_graph("c3"))
        step(model, losses, optimizer, group, graph=graph)
    assert (recorder.warmed, recorder.captured, recorder.launched) == (2 * WARM, 2, 3)


def test_samples_of_different_lengths_run_as_they_are() -> None:
    told, recorder = list[str](), Recorded()
    batch = Batch({"x": torch.zeros(3, 2, 1)}, torch.zeros(2), torch.ones(2, dtype=torch.bool), torch.tensor([3, 2]))
    graph = StepGraph(SimpleNamespace(graph=object()), told.append, recorder)  # type: ignore[arg-type]
    for _ in range(6):
        assert graph.run(lambda batches: {"loss": torch.ones(())}, (batch,), ()) == {"loss": 1}
    assert (recorder.warmed, recorder.captured) == (0, 0)
    assert told == ["note: steps of samples that differ in length run without the CUDA graph"]


def test_what_cant_be_captured_is_an_error() -> None:
    class Refuses(Recorded):
        def capture(self, run: Any) -> Any:
            raise RuntimeError("operation not permitted when stream is capturing\nmore")

    batch = Batch({}, torch.zeros(2), torch.ones(2, dtype=torch.bool))
    graph = StepGraph(SimpleNamespace(graph=object()), print, Refuses())  # type: ignore[arg-type]
    with pytest.raises(TrainError) as error:
        for _ in range(WARM + 1):
            graph.run(lambda batches: {}, (batch,), ())
    assert str(error.value) == (
        "the training step can't be captured as a CUDA graph: operation not permitted when stream is capturing "
        "(help: leave out --cuda-graph)"
    )


def test_where_there_are_no_graphs() -> None:
    settings = Settings(cuda_graph=True)
    with pytest.raises(TrainError) as error:
        require_graphs(settings, torch.device("cpu"))
    assert error.value.summary == "CUDA graphs need a CUDA device, and the device is `cpu`"
    several = replace(settings, processes=SimpleNamespace(count=2))  # type: ignore[arg-type]
    with pytest.raises(TrainError, match="in several processes can't be captured"):
        require_graphs(several, torch.device("cuda"))
    require_graphs(settings, torch.device("cuda"))
    require_graphs(Settings(), torch.device("cpu"))


def test_graphs_are_of_the_given_device(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streams, the graph and what runs belong to it also where another one is current."""
    current, made = [0], list[tuple[str, int]]()

    class Stream:
        def __init__(self) -> None:
            made.append(("stream", current[0]))

        def wait_stream(self, other: object) -> None: ...

    @contextmanager
    def device(wanted: torch.device) -> Generator[None]:
        before, current[0] = current[0], wanted.index
        yield
        current[0] = before

    @contextmanager
    def capturing(graph: str, *, stream: Stream, capture_error_mode: str) -> Generator[None]:
        yield

    def graph() -> SimpleNamespace:
        made.append(("graph", current[0]))
        return SimpleNamespace(replay=print)

    stand_in = {"device": device, "Stream": Stream, "CUDAGraph": graph, "graph": capturing}
    stand_in |= {"current_stream": Stream, "stream": lambda stream: nullcontext()}
    for name, value in stand_in.items():
        monkeypatch.setattr(torch.cuda, name, value)
    graphs = CudaGraphs(torch.device("cuda:1"))
    graphs.warm(lambda: made.append(("warm", current[0])))
    graphs.capture(lambda: made.append(("run", current[0])))
    assert {device for _, device in made} == {1}
    assert {what for what, _ in made} == {"stream", "warm", "graph", "run"}


@pytest.mark.usefixtures("one_thread")
def test_launched_steps_of_a_stream_are_the_same() -> None:
    """Also those behind a step that begins a new sequence, which runs as it is."""
    torch.manual_seed(1)
    model, recorder = lower(stereo_graph("c3")).eval(), Recorded()
    x = {name: value[0] for name, value in groups([2], 1)[0][0].inputs.items()}
    assert unequal_steps(model, lambda k: {name: v * (1 + k % 3) for name, v in x.items()}, 12, recorder, (2, 8)) == []
    assert (recorder.captured, recorder.launched) == (1, 12 - 3 - WARM)


SHIFTED = """sdhs 1
model shifted(I) {
  number decay     = 0.5 in [0, 1]
  number threshold = 0.5 in (0, inf)
  state v = 0
  state a = 0
  state b = 0
  u = leak(v[t-1], decay) + I + 0.25 * b[t-1]
  y = fire(u, threshold)
  v = reset(u, y)
  a = 0.5 * a[t-1] + y
  b = a[t-1]
  emit y else u
}
neuron n { model = shifted }
network net {
  input x : real[2, 3, 3]
  output y = x -> n
}
"""
"""The new value of a state is the old one of another."""
DELAYED = """sdhs 1
network net {
  input x : real[2, 3, 3]
  a = add(x, previous(e) -> conv(1, out = 2))
  b = previous(a)
  c = previous(b)
  d = previous(c)
  e = previous(d)
  output y = previous(e)
}
"""
"""A loop with a delay of several steps. The order of its states is any."""


REDUCED = """sdhs 1
network net {
  input x : real[2, 3, 3]
  output m = x -> mean(time)
  output s = x -> reduce(time, by = sum)
  output l = x -> reduce(time, by = max)
}
"""


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("text", [SHIFTED, DELAYED, REDUCED])
def test_launched_steps_of_a_stream_of(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neuron_sequences, "generated", lambda *_, **__: None)
    torch.manual_seed(1)
    model, recorder = lower(Program.of_text(text, "net.sdhs").build("retrain").graph).eval(), Recorded()
    x = torch.randn(WARM + 13, 1, 2, 3, 3)
    assert unequal_steps(model, lambda k: {"x": x[k]}, WARM + 13, recorder) == []
    assert recorder.launched == 12


def test_a_stream_with_a_state_elsewhere_is_refused() -> None:
    stream = SimpleNamespace(state={"a": torch.zeros((), device="meta")}, step=lambda inputs: inputs)
    graph = StreamGraph(stream, Recorded())  # type: ignore[arg-type]
    with pytest.raises(TrainError, match="can't be captured as a CUDA graph: an operation keeps its state on the processor"):
        for _ in range(WARM + 2):
            graph.step({"x": torch.zeros(2)})
