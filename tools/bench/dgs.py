"""Compares an iteration of the surrogate search, with shared and separate passes, with a plain training step."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import torch
from measure import Row, Settings, Side, compare
from wanted import Wanted

from spikegraph.analysis.dgs import groups as groups_of
from spikegraph.backends.torch.datasets import Batch
from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.train.dgs import candidates_around, iterate
from spikegraph.backends.torch.train.dgs_passes import Passes
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.backends.torch.train.optim import optimizer_for
from spikegraph.backends.torch.train.step import step
from spikegraph.base.allocator import keep_buffers
from spikegraph.passes import pipeline
from spikegraph.passes.instrument_dgs import InstrumentDgs
from spikegraph.passes.phase_pipelines import FASTER
from spikegraph.program.program import Program

ROOT = Path(__file__).parents[2] / "specs"
GENOTYPE = ROOT / "genotypes" / "stereo.sdhs"
CROP = (96, 132)
SIZE = ("stereo.planes = 16", "stereo.step = 2")
"""The similarity planes that are measured, whatever the sample has."""
WANTED = 2.5
"""The target ratio: an iteration takes at most 2.5 plain steps."""


@dataclass(frozen=True)
class Separate(Passes):
    """Separate passes for each candidate: the straightforward implementation."""

    @property
    def shared(self) -> dict[str, bool]:  # type: ignore[override]
        """No group shares its passes."""
        return {g.name: False for g in self.groups}


def rows(settings: Settings) -> list[Row]:
    """Seconds; the reference is a plain training step, optimizer included, on the same batch."""
    keep_buffers()
    torch.manual_seed(0)
    profile = Program.read(ROOT / "stereo.sdhs", genotype=GENOTYPE, profile="sample", overrides=SIZE)
    truth = torch.rand(6, 1, *CROP) * 20 + 4
    stereo = Batch(events(8), truth, torch.ones(6, 1, dtype=torch.bool))
    images = Batch({"image": torch.rand(4, 3, 32, 32)}, torch.arange(4) % 10, torch.ones(4, dtype=torch.bool))
    cifar = Program.read(ROOT / "cifar10.sdhs", genotype=ROOT / "genotypes" / "cifar10.sdhs")
    return [
        row("stereo, features.stem0, crop 96 x 132", profile, "features.stem0", stereo, settings),
        row("CIFAR10, stem, batch 4", cifar, "stem", images, settings),
        row("CIFAR10, cells[5].n0, batch 4", cifar, "cells[5].n0", images, settings),
    ]


def row(what: str, program: Program, place: str, batch: Batch, bench: Settings) -> Row:
    """The row of one network, searched at one place with the options of the spec's `dgs`."""
    built, run = program.build("retrain"), program.spec.retrain
    assert run is not None
    model = lower(pipeline.run((InstrumentDgs(at=place), *FASTER), built.plain)).train()
    losses = Losses(model.graph, run.loss)
    optimizer, settings = optimizer_for(run.weights, model.weights()), run.dgs[0]
    groups = groups_of(model.graph)
    candidates = {g.name: candidates_around(3.0, settings) for g in groups}
    shared, separate = Passes(model, losses, groups), Separate(model, losses, groups)  # one for all iterations, as in training
    sides = {
        "plain step": Side(lambda: step(model, losses, optimizer, [batch])),
        f"DGS, N = {settings.candidates}": Side(lambda: iterate(shared, optimizer, candidates, settings, batch)),
        "DGS, separate passes": Side(lambda: iterate(separate, optimizer, candidates, settings, batch)),
    }
    note = f"{count(model.weights()):,} parameters, weights of {', '.join(g.name for g in groups)}"
    wanted = {f"DGS, N = {settings.candidates}": Wanted("plain step", WANTED)}
    return compare(f"iteration of a surrogate search: {what}", sides, bench, note, wanted)


def count(parameters: Iterable[torch.Tensor]) -> int:
    """Number of elements in all tensors."""
    return sum(p.numel() for p in parameters)


def events(steps: int) -> dict[str, torch.Tensor]:
    """Random events [T, N, 5, H, W] in 10 % of the pixels for `left`, and the same events shifted for `right`."""
    signs = torch.sign(torch.randn(steps, 1, 5, *CROP)) * (torch.rand(steps, 1, 5, *CROP) < 0.1)
    return {"left": signs, "right": signs.roll(-6, -1)}
