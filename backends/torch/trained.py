"""A trained network, from where it is kept."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

import torch
from torch import Tensor

from spikegraph.analysis.dgs import with_temperatures
from spikegraph.backends.torch.deployed_file import read_deployed
from spikegraph.backends.torch.fold import load_folded
from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.memory import low_type
from spikegraph.backends.torch.origin import Origin
from spikegraph.backends.torch.train.checkpoint import fitting, read_weights
from spikegraph.backends.torch.train.source import read_source
from spikegraph.backends.torch.validated import arrays, validate_folded
from spikegraph.base.arguments import one_of
from spikegraph.base.errors import NotARunError
from spikegraph.program.kept import Kept, kept
from spikegraph.runs.source_file import PICKLES, source_file
from spikegraph.validation.pipelines import validate
from spikegraph.validation.trusted import require_samples

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model
    from spikegraph.program.program import Program
    from spikegraph.validation.pipelines import Validated

Form = Literal["retrain", "deploy"]


def load_run(path: str | Path, *, phase: Form = "deploy") -> Model:
    """The trained network of a run, as `spikegraph.load_run` describes it."""
    one_of("phase", phase, get_args(Form))
    found = kept(Path(path))
    model = trained_model(found, phase)
    if found.unfinished is not None:
        warnings.warn(found.unfinished, stacklevel=5)
    return model


def trained_model(found: Kept, phase: Form) -> Model:
    """A trained network, in evaluation mode.

    Raises:
        SpecError: Its spec has errors.
        RunFolderError: The run has no trained network yet.
        CheckpointError: The file of weights is damaged, or belongs to another network.
        DataError: The deployed file is damaged.
        ArgumentError: It is to be trained, but its norms are folded.
    """
    if phase == "retrain":
        found.require_separate()
    if found.folded:
        return read_deployed(found.path)
    if found.run is not None:
        found.run.check_trained()
    tensors, temperatures = read_weights(found.weights)
    program = found.program
    model = fitting(
        found.weights, lambda: with_weights(program, tensors, phase, temperatures, low=low_type(found.precision))
    ).eval()
    model.classes, model.stepwise = found.classes, found.stepwise
    model.origin = Origin(program, phase, found.weights if phase == "deploy" else None, found.seed, found.data_folder)
    return model


def validated_run(path: Path) -> Validated:
    """Compares what a trained network computes before and after each pass of its deployed form, with its weights.

    Raises:
        ValidationError: A pass changes what the network computes.
        NoReferenceError: An operation of a plug-in has no reference, or no samples.
        SpecError, RunFolderError, CheckpointError: As `trained_model` does.
    """
    found = kept(path)
    found.require_separate()
    if found.run is not None:
        found.run.check_trained()
    built, (tensors, _) = found.program.build("deploy"), read_weights(found.weights)
    require_samples(built.space)
    return validate(built.space, built.passes, weights=arrays(tensors))


def with_weights(
    program: Program,
    tensors: Mapping[str, Tensor],
    phase: Form,
    temperatures: Mapping[str, float] = {},
    *,
    low: torch.dtype | None = None,
) -> Model:
    """The network of a spec with weights, in float64 if they are.

    Args:
        program: The spec.
        tensors: All weights of the network as it is retrained, by the names of its `state_dict()`.
        phase: `retrain`, or `deploy` with norms folded.
        temperatures: Those of searched surrogates.
        low: The type of convolutions; None for that of the weights.

    Raises:
        SpecError: The spec has errors.
        ArgumentError: There is no such phase.
        ValueError, KeyError, RuntimeError: The weights are those of another network.
        ValidationError: The network with folded norms doesn't compute what the trained one does.
    """
    one_of("phase", phase, get_args(Form))
    built = program.build(phase)
    if temperatures:
        built = replace(built, checked=with_temperatures(built.checked, temperatures))
    model = lower(built.graph, low=low, plain=built.plain, space=built.space)
    if low is None and any(tensor.dtype is torch.float64 for tensor in tensors.values()):
        model = model.double()  # in float32 they would be rounded
    if phase == "deploy":
        load_folded(model, tensors)
        validate_folded(model.eval(), built, tensors)
    else:
        model.load_state_dict(tensors)
    return model


def compile_with(program: Program, *, weights: Path | Mapping[str, Tensor], phase: Form | None, bf16: bool) -> Model:
    """The network of a spec with the weights of a file, or with tensors by name, as `spikegraph.compile` describes it."""
    form: Form = phase or "retrain"
    tensors, temperatures, separate = _given(weights)
    where = "`weights`" if isinstance(weights, Mapping) else str(weights)
    model = fitting(
        where, lambda: with_weights(program, tensors, form, temperatures, low=low_type("bf16" if bf16 else "fp32"))
    ).eval()
    of = _kept_in(weights)
    seed, folder = (0, None) if of is None else (of.seed, of.data_folder)
    if of is not None:
        model.classes, model.stepwise = of.classes, of.stepwise
    model.origin = Origin(program, form, separate if form == "deploy" else None, seed, folder)
    return model


def _kept_in(weights: Path | Mapping[str, Tensor]) -> Kept | None:
    """The run or the model in a folder; None for a folder that has weights alone, and for other weights."""
    if isinstance(weights, Mapping) or not weights.is_dir():
        return None
    try:
        return kept(weights)
    except NotARunError:
        return None


def _given(
    weights: Path | Mapping[str, Tensor],
) -> tuple[Mapping[str, Tensor], Mapping[str, float], Path | Mapping[str, Tensor]]:
    """Tensors by name, temperatures of searched surrogates, and what has them before norms are folded."""
    if isinstance(weights, Mapping):
        return weights, {}, {name: tensor.clone() for name, tensor in weights.items()}
    if weights.suffix.lower() in PICKLES:
        tensors = read_source(weights, warnings.warn).tensors
        return tensors, {}, tensors
    path = source_file(weights, warnings.warn) if weights.is_dir() else weights
    return *read_weights(path), path
