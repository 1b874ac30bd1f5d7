"""A model in Python as the folder of a model, which every command reads as it reads a run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from spikegraph.analysis.dgs import temperatures, with_temperatures
from spikegraph.backends.torch.fold import load_folded
from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.memory import precision_of
from spikegraph.backends.torch.origin import Origin
from spikegraph.backends.torch.train.checkpoint import read_weights, weights_content
from spikegraph.backends.torch.train.used_plugins import used_plugins
from spikegraph.base.errors import ArgumentError
from spikegraph.base.version import __version__
from spikegraph.program.sample_profile import data_folder
from spikegraph.runs.model_folder import WEIGHTS, ModelRecord, write_model

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model

Weights = tuple[Mapping[str, Tensor], Mapping[str, float]]
"""All weights of a network as it is trained, by name, and the temperatures of its searched surrogates."""

RETRAIN = 'load it with phase="retrain", and save that'


def origin_of(model: Model) -> Origin:
    """Where a model is from.

    Raises:
        ArgumentError: It was lowered from a graph, so that nothing is known of its spec.
    """
    if model.origin is None:
        summary = f"the model of `{model.graph.name}` was lowered from a graph, so its spec isn't known"
        raise ArgumentError(summary, "make it with `spikegraph.compile(spec)`")
    return model.origin


def save(model: Model, folder: Path) -> Path:
    """Writes a model into a folder: its spec, its weights as they are now, and `model.json`.

    Args:
        model: The model.
        folder: A new or empty folder, or one with a model, which is replaced.

    Returns:
        The folder.

    Raises:
        ArgumentError: Its weights with separate norms aren't known, or it has open choices.
        DataError: The folder has something else, or a file of another one has the name of one of the model's.
        OSError: A file can't be written.
    """
    origin, (tensors, found) = origin_of(model), separate_weights(model)
    spec = f"{model.graph.name}.sdhs"
    data = data_folder(origin.program, origin.data_folder)
    record = ModelRecord(
        spec,
        __version__,
        precision_of(model.low),
        origin.seed,
        model.classes,
        None if data is None else str(data.resolve()),
        used_plugins(origin.program, (model.graph,)),
        stepwise=model.stepwise,
    )
    files = {WEIGHTS: weights_content(tensors, found), spec: origin.program.text.encode()}
    write_model(folder, record, files)
    return folder


def separate_weights(model: Model) -> Weights:
    """The weights of a model as it is trained: its own, or those from which it was folded.

    Raises:
        ArgumentError: It has open choices or passes of one's own, or what it was folded from isn't known or has changed.
    """
    origin, name = origin_of(model), model.graph.name
    if origin.phase is None:
        raise ArgumentError(f"the model of `{name}` was made with `passes`, so no spec says what it computes", "leave them out")
    if origin.phase == "search":
        help = "bind its genotype: `spikegraph.compile(spec.bind(model.genotype()))`"
        raise ArgumentError(f"the model of `{name}` is a supernet, whose choices are open", help)
    if origin.phase == "retrain":
        return model.state_dict(), temperatures(model.graph)
    if origin.separate is None:
        raise ArgumentError(
            f"the norms of `{name}` are folded into other weights; only those as they were trained are saved", RETRAIN
        )
    found: Weights = read_weights(origin.separate) if isinstance(origin.separate, Path) else (origin.separate, {})
    again, own = _folded(origin, model, *found), model.state_dict()
    if any(not torch.equal(value.cpu(), again[key]) for key, value in own.items()):
        raise ArgumentError(f"weights of `{name}` have changed since its norms were folded, which can't be undone", RETRAIN)
    return found


def trained_weights(model: Model) -> Weights:
    """As `separate_weights`, to train on: not of a model whose norms are folded.

    Raises:
        ArgumentError: As `separate_weights`, or they are folded.
    """
    if origin_of(model).phase == "deploy":
        summary = f"the norms of `{model.graph.name}` are folded into other weights, so it can't be trained"
        raise ArgumentError(summary, 'load it with phase="retrain"')
    return separate_weights(model)


def _folded(origin: Origin, model: Model, tensors: Mapping[str, Tensor], found: Mapping[str, float]) -> Mapping[str, Tensor]:
    """The weights of the deployed form of a network with these weights."""
    built = origin.program.build("deploy")
    graph = with_temperatures(built.graph, found) if found else built.graph
    fresh, weight = lower(graph, low=model.low, plain=built.plain), next(model.parameters(), None)
    fresh = fresh if weight is None else fresh.to(weight.dtype)
    load_folded(fresh, tensors)
    return fresh.state_dict()
