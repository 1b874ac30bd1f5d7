"""Checkpoints: one safetensors file, whole or not there, without pickle.

Tensors: `model/NAME` weights, buffers and architecture parameters, `optimiser/WHICH/NUMBER/KEY`, `random/NAME`.
The metadata hold `format`, `format_version` and, as JSON in `state`, all that is no tensor: the place in the run, the
generators, the temperatures of the surrogates that are searched.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
FORMAT_VERSION = "1"


@dataclass
class Position:
    """Where in a phase a checkpoint stands.

    Attributes:
        phase: `search` or `retrain`.
        epoch: Epochs done.
        step: Steps done of the next one.
        seconds: Time spent so far.
        sums: Of the losses of these steps; see `Meter`.
        counts: Steps in each sum.
        means: Mean losses of the last whole epoch.
        best: The least mean loss of an epoch so far.
        round: Within a search of surrogates, whose iterations count on behind the epoch's last step, what it came to so far;
            see `Record`.
    """

    phase: str
    epoch: int = 0
    step: int = 0
    seconds: float = 0.0
    sums: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    means: dict[str, float] = field(default_factory=dict)
    best: float | None = None
    round: dict[str, Any] | None = None


def save_checkpoint(
    path: Path, model: Model, optimizers: Mapping[str, torch.optim.Optimizer], position: Position, device: torch.device
) -> None:
    """Writes a checkpoint in place of the one before.

    Raises:
        DivergedError: A weight is no finite number; the file before stays.
        OSError: It can't be written; the file before stays.
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
    """Puts model, optimizers and random generators into the state of a checkpoint.

    Raises:
        CheckpointError: The file is damaged, no checkpoint, or of another model.
    """
    tensors, state = _read(path)
    _load_model(path, model, tensors, state)
    try:
        for which, optimizer in optimizers.items():
            restore_optimizer(optimizer, _under(tensors, f"optimiser/{which}/"), state["optimisers"][which])
        restore_random_state(_under(tensors, "random/"), state["random"], device)
        return Position(**state["position"])
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise CheckpointError(f"{path} doesn't fit this run: {error}", _mend(path)) from error


def load_model(path: Path, model: Model) -> None:
    """Puts a checkpoint's weights, buffers, architecture parameters and temperatures of surrogates into a model.

    Raises:
        CheckpointError: The file is damaged, no checkpoint, or of another model.
    """
    _load_model(path, model, *_read(path))


def _load_model(path: Path, model: Model, tensors: Mapping[str, Tensor], state: Mapping[str, Any]) -> None:
    try:
        model.load_state_dict(_under(tensors, "model/"))
        model.adopt(with_temperatures(model.graph, state.get("temperatures", {})))
    except (RuntimeError, ValueError) as error:
        first = next((line.strip() for line in str(error).splitlines()[1:]), str(error))
        raise CheckpointError(f"{path} is of another model: {first}", "compile the spec and genotype of its run") from error


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            if metadata.get("format") != FORMAT:
                raise CheckpointError(f"{path} is no checkpoint of spikegraph", _mend(path))
            if metadata.get("format_version") != FORMAT_VERSION:
                version = metadata.get("format_version")
                raise CheckpointError(
                    f"{path} has version {version} of the format, and this is {FORMAT_VERSION}",
                    "use the spikegraph that wrote it",
                )
            # Copies, so that nothing reads the file any more once a newer one takes its place.
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118 (no mapping)
            return tensors, json.loads(metadata["state"])
    except FileNotFoundError as error:
        raise CheckpointError(f"{path} isn't there", "name the folder of a run") from error
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise CheckpointError(f"{path} is damaged: {error}", _mend(path)) from error


def _under(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}


def _mend(path: Path) -> str:
    """What to do about a checkpoint that can't be used."""
    phase, which, *_ = [*path.name.split("."), ""]
    best = path.with_name(f"{phase}.best.safetensors")
    if which == "newest" and best.exists():
        return f"delete it to begin the {phase} again, or put {best.name} in its place to go on from there"
    return f"delete it; --resume then begins the {phase} again"
