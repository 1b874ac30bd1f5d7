"""Checkpoints and weights: two safetensors files that belong together, written atomically, without pickle.

The weights have the names of the model's `state_dict()`: weights, buffers and architecture parameters. Their metadata are
`format`, `format_version` and `temperatures`, those of searched surrogates as JSON.

The checkpoint has everything else that resuming needs. Tensors: `optimiser/WHICH/NUMBER/KEY`, `random/NAME`. Metadata:
`format`, `format_version`, `weights` (the SHA-256 of the other file) and, in `state`, the non-tensor values as JSON: the
position in the run, random states and optimizer values.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from spikegraph.analysis.dgs import temperatures, with_temperatures
from spikegraph.backends.torch.train.optim_state import optimizer_state, restore_optimizer
from spikegraph.backends.torch.train.random_state import random_state, restore_random_state
from spikegraph.errors import CheckpointError, DivergedError
from spikegraph.files import write_whole
from spikegraph.runs.weights_file import completed, write_pair

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model

T = TypeVar("T")

CHECKPOINT, WEIGHTS = "spikegraph-checkpoint", "spikegraph-weights"

VERSIONS = {CHECKPOINT: "2", WEIGHTS: "1"}
"""Format versions of the two files."""


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
    path: Path,
    weights: Path,
    model: Model,
    optimizers: Mapping[str, torch.optim.Optimizer],
    position: Position,
    device: torch.device,
) -> None:
    """Writes a checkpoint and its weights; replaces earlier ones.

    Raises:
        DivergedError: A weight isn't finite; earlier files are kept.
        OSError: A file can't be written; earlier files are kept.
    """
    trained: dict[str, Tensor] = model.state_dict()
    for name, value in trained.items():
        if value.is_floating_point() and not bool(value.isfinite().all()):
            raise DivergedError(f"{name} is no longer finite")
    tensors: dict[str, Tensor] = {}
    plain: dict[str, Any] = {}
    for which, optimizer in optimizers.items():
        found, plain[which] = optimizer_state(optimizer)
        tensors |= {f"optimiser/{which}/{k}": v for k, v in found.items()}
    states, generators = random_state(device)
    tensors |= {f"random/{k}": v for k, v in states.items()}
    state = json.dumps({"position": asdict(position), "optimisers": plain, "random": generators})

    def write_state(digest: str) -> None:
        write_whole(path, _content(CHECKPOINT, tensors, {"weights": digest, "state": state}))

    write_pair(weights, _content(WEIGHTS, trained, {"temperatures": json.dumps(temperatures(model.graph))}), write_state)


def load_checkpoint(
    path: Path, weights: Path, model: Model, optimizers: Mapping[str, torch.optim.Optimizer], device: torch.device
) -> Position:
    """Restores model, optimizers and random generators from a checkpoint and its weights.

    Raises:
        CheckpointError: A file is missing, damaged or of another format, or belongs to another model or checkpoint.
    """
    tensors, (digest, text) = _read(path, CHECKPOINT, "weights", "state")
    if not completed(weights, digest):
        there = "isn't the file that goes with" if weights.exists() else "is missing; it goes with"
        raise CheckpointError(f"{weights} {there} {path.name}", _help(path, weights))
    load_model(weights, model)
    try:
        state = json.loads(text)
        for which, optimizer in optimizers.items():
            restore_optimizer(optimizer, _under(tensors, f"optimiser/{which}/"), state["optimisers"][which])
        restore_random_state(_under(tensors, "random/"), state["random"], device)
        return Position(**state["position"])
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise CheckpointError(f"{path} doesn't fit this run: {error}", _help(path, weights)) from error


def load_model(path: Path, model: Model) -> None:
    """Loads the weights, buffers, architecture parameters and surrogate temperatures of a file into a model.

    Raises:
        CheckpointError: The file is missing, damaged, no file of weights, or belongs to another model.
    """
    tensors, found = read_weights(path)
    fitting(path, lambda: model.load_state_dict(tensors))
    fitting(path, lambda: model.adopt(with_temperatures(model.graph, found)))


def read_weights(path: Path) -> tuple[dict[str, Tensor], dict[str, float]]:
    """The tensors of a file of weights by the names of `state_dict()`, and the temperatures of searched surrogates.

    Raises:
        CheckpointError: The file is missing, damaged, or no file of weights.
    """
    tensors, (text,) = _read(path, WEIGHTS, "temperatures")
    return tensors, json.loads(text)


def fitting(path: Path, load: Callable[[], T]) -> T:
    """Calls a function that loads what is in a file into a model or graph.

    Raises:
        CheckpointError: It doesn't fit.
    """
    try:
        return load()
    except (RuntimeError, ValueError, KeyError) as error:
        first = next((line.strip() for line in str(error).splitlines()[1:]), str(error))
        raise CheckpointError(f"{path} belongs to another model: {first}", "use the spec and genotype of its run") from error


def _content(format: str, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> bytes:
    head = {"format": format, "format_version": VERSIONS[format], **metadata}
    return save({k: v.detach().cpu().contiguous() for k, v in tensors.items()}, head)


def _read(path: Path, format: str, *keys: str) -> tuple[dict[str, Tensor], list[str]]:
    """The tensors of a file, and the values of keys of its metadata."""
    try:
        with cast("Any", safe_open)(path, framework="pt") as file:
            metadata: dict[str, str] = file.metadata() or {}
            if metadata.get("format") != format:
                raise CheckpointError(f"{path} isn't a file of the format {format}", _help(path))
            version = metadata.get("format_version")
            if version != VERSIONS[format]:
                raise CheckpointError(
                    f"{path} has format version {version}; this version of spikegraph reads {VERSIONS[format]}",
                    "convert it with `spikegraph upgrade RUN`, or use the version of spikegraph that wrote it",
                )
            # Cloned, because newer files may replace the memory-mapped one.
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118 (not a mapping)
            return tensors, [metadata[key] for key in keys]
    except FileNotFoundError as error:
        raise CheckpointError(f"{path} doesn't exist", "give the folder of a run") from error
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise CheckpointError(f"{path} is damaged: {error}", _help(path)) from error


def _under(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}


def _help(path: Path, weights: Path | None = None) -> str:
    """The help for a checkpoint that can't be used, with its weights; or for weights alone."""
    if weights is None and path.name == "weights.safetensors":
        return "restore the file, or train again with --out"
    phase, which, *_ = [*path.name.split("."), ""]
    best = path.with_name(f"{phase}.best.safetensors")
    if which == "newest" and best.exists():
        both = f"copy {best.name} and {phase}.best.weights.safetensors over it and its weights"
        return f"delete {path.name} to restart the {phase} phase, or {both} to continue from there"
    return f"delete {path.name}; --resume then restarts the {phase} phase"
