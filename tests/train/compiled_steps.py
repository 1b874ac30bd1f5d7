"""Whole steps of small networks as torch.compile takes them: losses with their gradients, and steps of a stream, anywhere."""

from collections.abc import Generator, Mapping
from typing import Any

import pytest
import torch
from torch import Tensor

from spikegraph.backends.torch.datasets import Batch, collate, item
from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.train.labels import Labels
from spikegraph.backends.torch.train.losses import LossCall, Losses
from spikegraph.dsl.spec import Loss
from spikegraph.ir.graph import Graph

from ..traceable import without_checks
from .tiny_run import LOSS, SPAN, Sets, class_graph, stereo_graph

CROSS_ENTROPY = (Loss(1.0, "cross_entropy", None, {"label_smoothing": 0.1}, SPAN),)


def without_shapes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes the checks of shapes from what steps call, which can't be traced with them."""
    without_checks(monkeypatch, LossCall, Batch, Labels)


def whole(function: Any, backend: str = "aot_eager") -> Any:
    """The function, compiled without a break."""
    torch.compiler.reset()
    return torch.compile(function, fullgraph=True, backend=backend, dynamic=False)


def stereo(graph: Graph | None = None) -> tuple[Model, Losses, Batch]:
    """A network of depth, by default with an open choice, what it learns, and two samples."""
    samples, model = Sets().train, lower(graph or stereo_graph(None)).train()
    return model, Losses(model.graph, LOSS), collate([item(samples.sample(k)) for k in (0, 1)], samples.task)


def classes(graph: Graph | None = None) -> tuple[Model, Losses, Batch]:
    """A classifier, what it learns, and four images."""
    images, model = torch.rand(4, 1, 4, 4, generator=torch.Generator().manual_seed(0)), lower(graph or class_graph()).train()
    batch = Batch({"image": images}, torch.arange(4) % 2, torch.ones(4, dtype=torch.bool))
    return model, Losses(model.graph, CROSS_ENTROPY), batch


def gradients(model: Model, objective: Any, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
    """The loss, and the gradients of all parameters."""
    model.zero_grad()
    own, total, _ = objective(batch)
    own.backward()
    return total, {name: p.grad for name, p in model.named_parameters() if p.grad is not None}


def stepped(step: Any, batch: Batch) -> Generator[Mapping[str, Tensor]]:
    """The values of each of two time steps, with the state of the step before."""
    state = None
    for t in range(2):
        values, state = step({name: x[t] for name, x in batch.inputs.items()}, state)
        yield values
