"""Checkpoints and weights: two safetensors files that belong together, written atomically, without pickle.

The weights have the names of the model's `state_dict()`: weights, buffers and architecture parameters. Their metadata are
`format`, `format_version`, `sha256` (see `sealed_file.py`) and `temperatures`, those of searched surrogates as JSON.

The checkpoint has everything else that resuming needs. Tensors: `optimiser/WHICH/NUMBER/KEY`, `random/NAME`. Metadata:
`format`, `format_version`, `sha256`, `weights` (the SHA-256 of the other file) and, in `state`, the non-tensor values as
JSON: the position in the run, random states and optimizer values.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import torch
from pydantic import Field, TypeAdapter, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from spikegraph.analysis.dgs import temperatures, with_temperatures
from spikegraph.backends.torch.train.failing_layer import check_weights
from spikegraph.backends.torch.train.optim_state import optimizer_state, restore_optimizer
from spikegraph.backends.torch.train.random_state import name_of, random_states, restore_random_state
from spikegraph.base.errors import CheckpointError, MisfitError
from spikegraph.base.processes import ONE, Processes
from spikegraph.runs.json_file import BOUND, problem
from spikegraph.runs.position import Position
from spikegraph.runs.sealed_file import BLANK, check, metadata, sealed
from spikegraph.runs.weights_file import Pair, help_for

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model

T = TypeVar("T")

Temperature = Annotated[float, Field(gt=0, le=BOUND, allow_inf_nan=False)]

CHECKPOINT, WEIGHTS = "spikegraph-checkpoint", "spikegraph-weights"

VERSIONS = {CHECKPOINT: ("2", "3"), WEIGHTS: ("1", "2")}
"""The format versions of the two files that can be read; the last one is written."""


def save_checkpoint(
    pair: Pair,
    model: Model,
    optimizers: Mapping[str, torch.optim.Optimizer],
    position: Position,
    device: torch.device,
    previous: Pair | None = None,
    processes: Processes = ONE,
) -> None:
    """Writes a checkpoint and its weights; those that are there become the previous ones, or are replaced.

    In several processes all must call it; the main one writes, with the random states of all.

    Raises:
        DivergedError: A weight isn't finite, or is too large; earlier files are kept.
        OSError: A file can't be written; earlier files are kept.
    """
    check_weights(model)
    trained: dict[str, Tensor] = model.state_dict()
    tensors: dict[str, Tensor] = {}
    plain: dict[str, Any] = {}
    for which, optimizer in optimizers.items():
        found, plain[which] = optimizer_state(optimizer)
        tensors |= {f"optimiser/{which}/{k}": v for k, v in found.items()}
    states, generators = random_states(processes, device)
    if not processes.main:
        return
    state = json.dumps({"position": asdict(position), "optimisers": plain, **generators})
    weights = weights_content(trained, temperatures(model.graph))
    pair.write(weights, lambda digest: _content(CHECKPOINT, tensors | states, {"weights": digest, "state": state}), previous)


def load_checkpoint(
    pair: Pair,
    previous: Pair,
    model: Model,
    optimizers: Mapping[str, torch.optim.Optimizer],
    device: torch.device,
    notice: Callable[[str], None],
    rank: int = 0,
) -> Position:
    """Restores model, optimizers and random generators from a checkpoint and its weights, or from the previous ones.

    A process of a `rank` that the run didn't have, which `--force` allows, keeps its random state.

    Raises:
        CheckpointError: A file of both pairs is missing or damaged.
        MisfitError: They belong to another model.
    """
    path = pair.checkpoint
    try:
        tensors, text = _read_pair(pair, notice, previous.weights)
    except CheckpointError as error:
        if not previous.checkpoint.exists():
            raise
        try:
            tensors, text = _read_pair(previous, notice)
        except CheckpointError as second:
            raise CheckpointError(f"{error.summary}; and {second.summary}", help_for(path)) from error
        notice(f"note: {error.summary}; the run continues from the checkpoint before it, {previous.checkpoint.name}")
        previous.copy(pair)
    pair.remove_unfinished()
    load_model(pair.weights, model)
    try:
        state = json.loads(text)
        for which, optimizer in optimizers.items():
            restore_optimizer(optimizer, _under(tensors, f"optimiser/{which}/"), state["optimisers"][which])
        if rank == 0 or name_of(rank) in state:
            restore_random_state(_under(tensors, f"{name_of(rank)}/"), state[name_of(rank)], device)
        return TypeAdapter(Position).validate_python(state["position"])
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError, RuntimeError) as error:
        raise MisfitError(f"{path} doesn't fit this run: {error}", help_for(path)) from error


def _read_pair(pair: Pair, notice: Callable[[str], None], *elsewhere: Path) -> tuple[dict[str, Tensor], str]:
    """The tensors and the state of a checkpoint whose weights are there, under their name or elsewhere."""
    tensors, (digest, text) = _read(pair.checkpoint, CHECKPOINT, "weights", "state")
    damaged = pair.has_damaged_weights(digest)
    if not pair.take_weights(digest, *elsewhere):
        what = "is damaged or isn't the file that goes" if pair.weights.exists() else "is missing; it goes"
        raise CheckpointError(f"{pair.weights} {what} with {pair.checkpoint.name}", help_for(pair.checkpoint))
    if damaged:
        notice(f"note: {pair.weights} is damaged; the same weights are in another file and replace it")
    return tensors, text


def load_model(path: Path, model: Model) -> None:
    """Loads the weights, buffers, architecture parameters and surrogate temperatures of a file into a model.

    Raises:
        CheckpointError: The file is missing, damaged, no file of weights, or belongs to another model.
    """
    tensors, found = read_weights(path)
    fitting(path, lambda: model.load_state_dict(tensors))
    fitting(path, lambda: model.adopt(with_temperatures(model.graph, found)))


def weights_content(tensors: Mapping[str, Tensor], temperatures: Mapping[str, float] = {}) -> bytes:
    """The content of a file of weights, by the names of `state_dict()`."""
    return _content(WEIGHTS, tensors, {"temperatures": json.dumps(temperatures)})


def read_weights(path: Path) -> tuple[dict[str, Tensor], dict[str, float]]:
    """The tensors of a file of weights by the names of `state_dict()`, and the temperatures of searched surrogates.

    Raises:
        CheckpointError: The file is missing, damaged, or no file of weights.
    """
    tensors, (text,) = _read(path, WEIGHTS, "temperatures")
    try:
        return tensors, TypeAdapter(dict[str, Temperature]).validate_json(text)
    except ValidationError as error:
        raise CheckpointError(
            f"{path} is damaged: {problem(error, text.encode())} in `temperatures`", help_for(path)
        ) from error


def fitting(path: Path | str, load: Callable[[], T]) -> T:
    """Calls a function that loads what is in a file into a model or graph.

    Raises:
        MisfitError: It doesn't fit.
    """
    try:
        return load()
    except (RuntimeError, ValueError, KeyError) as error:
        first = next((line.strip() for line in str(error).splitlines()[1:]), str(error))
        raise MisfitError(
            f"{path} belongs to another model: {first}", "use the spec and genotype that it was written for"
        ) from error


def _content(format: str, tensors: Mapping[str, Tensor], values: Mapping[str, str]) -> bytes:
    head = {"format": format, "format_version": VERSIONS[format][-1], "sha256": BLANK, **values}
    return sealed(save({k: v.detach().cpu().contiguous() for k, v in tensors.items()}, head))


def _read(path: Path, format: str, *keys: str) -> tuple[dict[str, Tensor], list[str]]:
    """The tensors of a file, and the values of keys of its metadata."""
    try:
        content = path.read_bytes()
        # Cloned, so that they are aligned as all tensors are: the order of sums may depend on it.
        tensors = {name: tensor.clone() for name, tensor in sorted(load(content).items())}
        found = metadata(content)
        if found.get("format") != format:
            raise CheckpointError(f"{path} isn't a file of the format {format}", help_for(path))
        *_, newest = known = VERSIONS[format]
        version = found.get("format_version")
        if version not in known:
            raise CheckpointError(
                f"{path} has format version {version}; this version of spikegraph reads {newest}",
                "convert it with `spikegraph upgrade RUN`, or use the version of spikegraph that wrote it",
            )
        if version == newest or "sha256" in found:  # earlier versions had none
            check(content)
        return tensors, [found[key] for key in keys]
    except FileNotFoundError as error:
        raise CheckpointError(f"{path} doesn't exist", help_for(path)) from error
    except (SafetensorError, OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
        raise CheckpointError(f"{path} is damaged: {error}", help_for(path)) from error


def _under(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
