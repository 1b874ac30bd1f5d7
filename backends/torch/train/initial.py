"""The initial model of a phase."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.memory import low_type
from spikegraph.backends.torch.origin import Origin
from spikegraph.backends.torch.train.frozen import freeze
from spikegraph.backends.torch.train.seeding import derive, seed_all
from spikegraph.ir.weight_names import divided, held
from spikegraph.passes.pipeline import run
from spikegraph.passes.sync_norm import SyncNorm
from spikegraph.program.weight_checks import texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

    from spikegraph.backends.torch.model import Model
    from spikegraph.ir.graph import Graph
    from spikegraph.program.phases import Built
    from spikegraph.program.program import Program
    from spikegraph.program.run_settings import Settings
    from spikegraph.runs.folder import PhaseName


def trained_form(built: Built, patterns: Sequence[str]) -> Graph:
    """The graph that a training runs: the fast form, unless an operation of it computes frozen norms together with others."""
    fast = built.graph
    return built.plain if patterns and divided(fast, held(patterns, fast)) else fast


def initial_model(program: Program, phase: PhaseName, settings: Settings, device: torch.device) -> Model:
    """The model of a phase on its device; its initial weights depend only on the seed and the phase.

    What the retraining freezes is frozen. Where an operation of the fast form would compute frozen norms together with others,
    the model runs the spec's own operations.
    """
    built, run_of = program.build(phase), program.spec.retrain
    patterns = texts(run_of.freeze) if phase == "retrain" and run_of is not None else ()
    graph = trained_form(built, patterns)
    seed_all(derive(settings.seed, phase, "weights"))
    marked = run((SyncNorm(),), graph) if settings.sync_norm else graph
    model = lower(marked, low=low_type(settings.precision)).to(device)
    model.origin = Origin(program, phase, None, settings.seed, settings.data)
    freeze(model, patterns)
    if not settings.processes.main:  # random operations of plug-ins treat the samples of each process differently
        seed_all(derive(settings.seed, phase, "process", settings.processes.rank))
    return model
