"""Whether a run can be continued by another spec or with other settings: tried before anything in its folder changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spikegraph.backends.torch.train.checkpoint import load_checkpoint
from spikegraph.backends.torch.train.dgs import groups_of
from spikegraph.backends.torch.train.initial import initial_model
from spikegraph.backends.torch.train.optim import optimizer_for, weights_optimizer
from spikegraph.dsl.spec import Retrain

if TYPE_CHECKING:
    import torch

    from spikegraph.program.program import Program
    from spikegraph.program.run_settings import Settings
    from spikegraph.runs.folder import RunFolder


def require_loadable(program: Program, folder: RunFolder, settings: Settings, device: torch.device) -> None:
    """Loads the newest checkpoint of a run's present phase, if it has one, into a model and optimizers that are dropped.

    Raises:
        MisfitError: It belongs to another model, optimizer or device.
        CheckpointError, SpecError, TrainError: Its files are damaged, or the spec fits neither genotype nor network.
    """
    genotype, search = program.genotype_text or folder.read_genotype(), program.spec.search
    if genotype is not None and genotype != program.genotype_text:
        program = program.bind(genotype, str(folder.genotype))
    phase, run = ("search", search) if search is not None and genotype is None else ("retrain", program.spec.retrain)
    assert run is not None
    newest, previous = (folder.pair(phase, w, validated=run.validate is not None) for w in ("newest", "previous"))
    if not (newest.checkpoint.exists() or previous.checkpoint.exists()):
        return
    model = initial_model(program, phase, settings, device)
    optimizers = {"weights": weights_optimizer(run, model)}
    if isinstance(run, Retrain):
        for dgs in run.dgs:
            groups_of(dgs, model)
    else:
        optimizers["architecture"] = optimizer_for(run.architecture, model.architecture.values())
    load_checkpoint(newest, previous, model, optimizers, device, settings.reporter.notice)
