"""The initial model of a phase."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.train.seeding import derive, seed_all

if TYPE_CHECKING:
    import torch

    from spikegraph.backends.torch.model import Model
    from spikegraph.backends.torch.train.settings import Settings
    from spikegraph.program import Program
    from spikegraph.runs.folder import PhaseName


def initial_model(program: Program, phase: PhaseName, settings: Settings, device: torch.device) -> Model:
    """The model of a phase on its device; its initial weights depend only on the seed and the phase."""
    graph = program.build(phase).graph
    seed_all(derive(settings.seed, phase, "weights"))
    return lower(graph, bf16=settings.precision == "bf16").to(device)
