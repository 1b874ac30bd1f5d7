"""Checkpoints: one safetensors file each, written atomically, without pickle.

Tensors: `model/NAME` (weights, buffers, architecture parameters), `optimiser/WHICH/NUMBER/KEY`, `random/NAME`.
Metadata: `format`, `format_version` and, in `state`, the non-tensor values as JSON: the position in the run, random
states, optimizer values and the temperatures of searched surrogates.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from spikegraph.analysis.dgs import temperatures, with_temperatures
from spikegraph.backends.torch.train.optim_state import optimizer_state, restore_optimizer
from spikegraph.backends.torch.train.random_state import random_state, restore_random_state
from spikegraph.errors import CheckpointError, DivergedError
from spikegraph.files import write_whole

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model

FORMAT = "spikegraph-checkpoint"
FORMAT_VERSION = "2"


@dataclass
class Position:
    """The position in a phase, and the losses so far.

    Attributes:
        phase: `search` or `retrain`.
        epoch: Number of finished epochs.
        step: Number of finished steps in the current epoch; iterations of a surrogate search count as steps too.
        seconds: Training time so far.
        sums: Sum of each loss over these steps; see `Meter`.
        counts: Number of steps in each sum.
        means: Mean losses of the last finished epoch.
        best: The best epoch's value so far: of the validation's first metric, or without one of the mean loss.
        best_epoch: That epoch, counted from 1; 0 before the first.
        metrics: The metrics of its validation.
        round: During a surrogate search, its results so far, as `Record.as_dict()`.
    """

    phase: str
    epoch: int = 0
    step: int = 0
    seconds: float = 0.0
    sums: dict[str, float] = field(default_factory=dict[str, float])
    counts: dict[str, int] = field(default_factory=dict[str, int])
    means: dict[str, float] = field(default_factory=dict[str, float])
    best: float | None = None
    best_epoch: int = 0
    metrics: dict[str, float] = field(default_factory=dict[str, float])
    round: dict[str, Any] | None = None


def save_checkpoint(
    path: Path, model: Model, optimizers: Mapping[str, torch.optim.Optimizer], position: Position, device: torch.device
) -> None:
    """Writes a checkpoint; replaces an earlier one.

    Raises:
        DivergedError: A weight isn't finite; an earlier file is kept.
        OSError: The file can't be written; an earlier file is kept.
    """
    tensors: dict[str, Tensor] = {f"model/{k}": v for k, v in model.state_dict().items()}
    for name, value in tensors.items():
        if value.is_floating_point() and not bool(value.isfinite().all()):
            raise DivergedError(f"{name.removeprefix('model/')} is no longer finite")
    plain: dict[str, Any] = {}
    for which, optimizer in optimizers.items():
        found, plain[which] = optimizer_state(optimizer)
        tensors |= {f"optimiser/{which}/{k}": v for k, v in found.items()}
    states, generators = random_state(device)
    tensors |= {f"random/{k}": v for k, v in states.items()}
    found = temperatures(model.graph)
    state = {"position": asdict(position), "optimisers": plain, "random": generators, "temperatures": found}
    metadata = {"format": FORMAT, "format_version": FORMAT_VERSION, "state": json.dumps(state)}
    write_whole(path, save({k: v.detach().cpu().contiguous() for k, v in tensors.items()}, metadata))


def load_checkpoint(
    path: Path, model: Model, optimizers: Mapping[str, torch.optim.Optimizer], device: torch.device
) -> Position:
    """Restores model, optimizers and random generators from a checkpoint.

    Raises:
        CheckpointError: The file is missing, damaged, not a checkpoint, or belongs to another model.
    """
    tensors, state = _read(path)
    _load_model(path, model, tensors, state)
    try:
        for which, optimizer in optimizers.items():
            restore_optimizer(optimizer, _under(tensors, f"optimiser/{which}/"), state["optimisers"][which])
        restore_random_state(_under(tensors, "random/"), state["random"], device)
        return Position(**state["position"])
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise CheckpointError(f"{path} doesn't fit this run: {error}", _help(path)) from error


def load_model(path: Path, model: Model) -> None:
    """Loads the weights, buffers, architecture parameters and surrogate temperatures of a checkpoint into a model.

    Raises:
        CheckpointError: The file is missing, damaged, not a checkpoint, or belongs to another model.
    """
    _load_model(path, model, *_read(path))


def _load_model(path: Path, model: Model, tensors: Mapping[str, Tensor], state: Mapping[str, Any]) -> None:
    try:
        model.load_state_dict(_under(tensors, "model/"))
        model.adopt(with_temperatures(model.graph, state.get("temperatures", {})))
    except (RuntimeError, ValueError) as error:
        first = next((line.strip() for line in str(error).splitlines()[1:]), str(error))
        raise CheckpointError(f"{path} belongs to another model: {first}", "use the spec and genotype of its run") from error


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    try:
        with cast("Any", safe_open)(path, framework="pt") as file:
            metadata: dict[str, str] = file.metadata() or {}
            if metadata.get("format") != FORMAT:
                raise CheckpointError(f"{path} isn't a checkpoint of spikegraph", _help(path))
            if metadata.get("format_version") != FORMAT_VERSION:
                version = metadata.get("format_version")
                raise CheckpointError(
                    f"{path} has format version {version}; this version of spikegraph reads {FORMAT_VERSION}",
                    "use the version of spikegraph that wrote it",
                )
            # Cloned, because a newer checkpoint may replace the memory-mapped file.
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118 (not a mapping)
            return tensors, json.loads(metadata["state"])
    except FileNotFoundError as error:
        raise CheckpointError(f"{path} doesn't exist", "give the folder of a run") from error
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise CheckpointError(f"{path} is damaged: {error}", _help(path)) from error


def _under(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}


def _help(path: Path) -> str:
    """The help for a checkpoint that can't be used."""
    phase, which, *_ = [*path.name.split("."), ""]
    best = path.with_name(f"{phase}.best.safetensors")
    if which == "newest" and best.exists():
        return f"delete it to restart the {phase} phase, or replace it with a copy of {best.name} to continue from there"
    return f"delete it; --resume then restarts the {phase} phase"
