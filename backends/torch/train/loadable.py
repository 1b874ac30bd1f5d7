"""Whether a run can be continued by another spec or with other settings: tried before anything in its folder changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spikegraph.backends.torch.train.checkpoint import load_checkpoint
from spikegraph.backends.torch.train.dgs import groups_of
from spikegraph.backends.torch.train.initial import initial_model
from spikegraph.backends.torch.train.optim import optimizer_for

if TYPE_CHECKING:
    import torch

    from spikegraph.backends.torch.train.settings import Settings
    from spikegraph.program import Program
    from spikegraph.runs.folder import RunFolder


def require_loadable(program: Program, folder: RunFolder, settings: Settings, device: torch.device) -> None:
    """Loads the newest checkpoint of a run's present phase, if it has one, into a model and optimizers that are dropped.

    Raises:
        MisfitError: It belongs to another model, optimizer or device.
        CheckpointError: Its files are damaged.
        SpecError: The spec doesn't fit the genotype that the run has found.
        TrainError: A place of a `dgs` has no instrumented neuron.
    """
    genotype, search, retrain = program.genotype_text or folder.read_genotype(), program.spec.search, program.spec.retrain
    searching = search is not None and genotype is None
    if genotype not in (None, program.genotype_text):
        program = program.bind(genotype, str(folder.genotype))
    phase, run = ("search", search) if searching else ("retrain", retrain)
    newest, previous = (folder.pair(phase, w, validated=run.validate is not None) for w in ("newest", "previous"))
    if not (newest.checkpoint.exists() or previous.checkpoint.exists()):
        return
    model = initial_model(program, phase, settings, device)
    optimizers = {"weights": optimizer_for(run.weights, model.weights())}
    if searching:
        optimizers["architecture"] = optimizer_for(search.architecture, model.architecture.values())
    for dgs in () if searching else retrain.dgs:
        groups_of(dgs, model)
    load_checkpoint(newest, previous, model, optimizers, device, settings.reporter.notice)
