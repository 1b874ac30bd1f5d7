"""The weights of another training, from which a retraining starts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor

from spikegraph.backends.torch.pickled import read_pickled
from spikegraph.backends.torch.train.checkpoint import CHECKPOINT, WEIGHTS
from spikegraph.backends.torch.train.frozen import frozen_line
from spikegraph.backends.torch.train.optim import rates_line
from spikegraph.base.errors import DataError
from spikegraph.base.visible import visible_name
from spikegraph.ir.weight_names import tensors_of
from spikegraph.program.kept import DEPLOYED
from spikegraph.program.taken import Taken, lines, require_some, taken
from spikegraph.program.weight_checks import texts
from spikegraph.runs.sealed_file import check, metadata
from spikegraph.runs.source_file import PICKLES, source_file
from spikegraph.runs.weights_file import START

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model
    from spikegraph.backends.torch.train.log import RunLog
    from spikegraph.dsl.spec import Retrain
    from spikegraph.program.program import Program
    from spikegraph.program.run_settings import Settings
    from spikegraph.runs.folder import RunFolder


@dataclass(frozen=True)
class Source:
    """Weights that were read once.

    Attributes:
        given: The run, folder or file, as given by the user.
        sha256: SHA-256 of the file of weights.
        tensors: Its tensors by name.
    """

    given: Path
    sha256: str
    tensors: Mapping[str, Tensor]

    @property
    def name(self) -> str:
        """What messages call it."""
        return "the given weights" if self.given.name == START else visible_name(self.given)

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shapes of the tensors."""
        return {name: tuple(tensor.shape) for name, tensor in self.tensors.items()}

    def give(self, model: Model, run: Retrain, *, fresh: bool = True) -> Taken:
        """What a model takes of it; if it starts now, it gets these weights.

        Raises:
            UntrainableError: The model takes nothing.
        """
        held = model.state_dict()
        found = taken({name: tuple(tensor.shape) for name, tensor in held.items()}, self.shapes, texts(run.take))
        require_some(found, self.name, str(run.span.start))
        if fresh:
            with torch.no_grad():
                for each in found.taken:
                    held[each].copy_(self.tensors[each])
        return found


def source_for(settings: Settings, folder: RunFolder) -> Source | None:
    """The weights that a run starts from: of a model in Python, or of a run, folder or file; None for fresh ones.

    Raises:
        NotFoundError, DataError, RunFolderError: As `read_source`.
    """
    if settings.start is not None:
        return _source(folder.path / START, folder.path / START, settings.start)
    return None if settings.weights is None else read_source(settings.weights, settings.reporter.notice)


def read_source(given: Path, notice: Callable[[str], None]) -> Source:
    """Reads the weights of a run, a folder, or a file of safetensors or of `torch.save`.

    Raises:
        NotFoundError: There is nothing of this name.
        DataError: It is no file of weights, or damaged.
        RunFolderError: The run has no trained network yet.
    """
    path = source_file(given, notice)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"it can't be read: {error.strerror}", path, "restore it, or give other weights") from error
    return _source(given, path, content)


def _source(given: Path, path: Path, content: bytes) -> Source:
    """The weights in the content of the file at `path`."""
    if path.suffix.lower() in PICKLES:
        return Source(given, sha256(content).hexdigest(), read_pickled(path, content))
    try:
        tensors, head = dict(sorted(load(content).items())), metadata(content)  # they come in any order
        if head.get("format") == WEIGHTS and "sha256" in head:
            check(content)
    except (SafetensorError, ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
        raise DataError(f"it isn't a sound file of safetensors: {error}", path, "restore it, or give other weights") from error
    if head.get("format") == CHECKPOINT:
        raise DataError("it is a checkpoint, which has no weights", path, "give the folder of its run")
    if head.get("format") == DEPLOYED:
        help = "give the run, or its weights.safetensors"
        raise DataError("it is a deployed network, whose norms are folded into other weights", path, help)
    return Source(given, sha256(content).hexdigest(), tensors)


def require_fit(program: Program, source: Source) -> None:
    """Checks before a run begins that its network takes something of a source; what a search will find isn't known yet.

    Raises:
        UntrainableError: It takes nothing.
    """
    run = program.spec.retrain
    if run is None or (program.spec.search is not None and program.genotype_text is None):
        return
    found = taken(tensors_of(program.build("retrain").graph), source.shapes, texts(run.take))
    require_some(found, source.name, str(run.span.start))


def start_from(model: Model, optimizer: torch.optim.Optimizer, run: Retrain, log: RunLog, *, fresh: bool) -> None:
    """Gives a model the weights of the run's source, if there is one, and records and prints what they are.

    Prints what is frozen, and what is trained with another learning rate.

    Of candidates and controls nothing is printed.

    Args:
        model: The model at the start of its retraining.
        optimizer: That of its weights.
        run: The retraining.
        log: The run's log.
        fresh: It starts now; otherwise its weights are those of a checkpoint, and stay.

    Raises:
        UntrainableError: The model takes nothing of the source.
    """
    own = not log.title and (fresh or log.summary.weights is None)
    if log.source is not None:
        for line in _taken(model, run, log, fresh=fresh):
            if own:
                log.notice(line)
    if run.freeze and own:
        log.notice(frozen_line(model, texts(run.freeze)))
    if run.rates and own and (line := rates_line(optimizer)):
        log.notice(line)


def _taken(model: Model, run: Retrain, log: RunLog, *, fresh: bool) -> list[str]:
    """As `start_from`, with a source; the lines to print."""
    source = log.source
    assert source is not None
    found = source.give(model, run, fresh=fresh)
    log.add(weights=found)
    return lines(found, len(model.state_dict()), source.name)
