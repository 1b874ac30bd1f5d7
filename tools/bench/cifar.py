"""The CIFAR network (Che et al., NeurIPS 2022, Table 5) compared with SpikingJelly's and with its convolutions alone."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch
from limits import Copy, limits_of
from measure import Precision, Row, Settings, Side, clock_of, compare
from own_convolutions import OwnConvolutions
from peers import forward_sides, training_sides
from wanted import Wanted

from spikegraph.backends.torch.datasets import Batch
from spikegraph.backends.torch.fold import load_folded
from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.backends.torch.train.optim import optimizer_for
from spikegraph.backends.torch.train.step import step
from spikegraph.base.allocator import keep_buffers
from spikegraph.base.processor import this_processor
from spikegraph.passes.phase_pipelines import Phase
from spikegraph.program.phases import Built
from spikegraph.program.program import Program

HERE = Path(__file__).parent
BATCH, STEPS = 4, 6

Step = Callable[[], object]


def network(phase: Phase = "retrain") -> Built:
    """Table 5 with SpikingJelly's cell, which mixes at the membrane, and 100 classes."""
    changes = ("retrain.mix = membrane", "cifar10.classes = 100", "cifar10.source = cifar100")
    spec, genotype = HERE.parents[1] / "specs" / "cifar10.sdhs", HERE / "spikingjelly.genotype.sdhs"
    return Program.read(spec, genotype=genotype, overrides=changes).build(phase)


def ours(model: Model, built: Built, batch: Batch) -> Step:
    """A training step, optimizer included."""
    run = built.run
    assert run is not None
    losses, optimizer = Losses(model.graph, run.loss), optimizer_for(run.weights, model.weights())
    return lambda: step(model, losses, optimizer, [batch])


def images(count: int = BATCH) -> Batch:
    """A batch of random images [N, 3, 32, 32]."""
    return Batch({"image": torch.rand(count, 3, 32, 32)}, torch.arange(count) % 100, torch.ones(count, dtype=torch.bool))


def rows(settings: Settings) -> list[Row]:
    """Seconds per training step and forward pass, with T = 6 and batch size 4."""
    keep_buffers()
    torch.manual_seed(0)
    batch, built, precisions = images(), network(), settings.precisions
    trained: dict[Precision, Model] = {p: lower(built.graph, bf16=p == "bf16").train() for p in precisions}
    for model in trained.values():
        model.load_state_dict(trained["float32"].state_dict())
    training = training_sides(batch, precisions)
    training |= {f"spikegraph, {p}": Side(ours(m, built, batch), precision=p) for p, m in trained.items()}
    copy = Copy()
    bare, names = limits_of(built, BATCH, STEPS, copy, precisions)
    note = f"T = 6, batch {BATCH}, 3 x 32 x 32; {2 * additions(built) * BATCH * STEPS / 1e9:.1f} GFLOP of convolutions forward"
    goals = {"spikegraph, float32": Wanted("ratio", 1.35)}
    if this_processor().amx_bf16:
        goals["spikegraph, bf16"] = Wanted("bare convolutions, bf16", 1.4)
    found = [compare("CIFAR n3, training step", training | bare, settings, note, goals, names)]
    for precision, (_, rest) in names.items():
        own = OwnConvolutions(training[f"spikegraph, {precision}"].run, clock_of(settings.threads))
        found.append(remainder(own, rest, bare[rest], precision, settings))
    del training  # the other library's networks and their optimizers

    deployed: dict[Precision, Model] = {p: folded(trained["float32"], bf16=p == "bf16") for p in precisions}
    sides = forward_sides(batch, precisions)
    sides |= {f"spikegraph, {p}": Side(partial(forward, model, batch), precision=p) for p, model in deployed.items()}
    bare, names = limits_of(network("deploy"), BATCH, STEPS, copy, precisions)
    note = f"T = 6, batch {BATCH}"
    if settings.bf16:
        note += f"; {share_of_other_spikes(deployed['float32'], deployed['bf16'], batch):.2%} of spikes differ in bf16"
    goals = {"spikegraph, float32": Wanted("ratio", 1.25), "spikegraph, bf16": Wanted("ratio", 2.5)}
    return [*found, compare("CIFAR n3, forward pass, deployed", sides | bare, settings, note, goals, names)]


def remainder(own: OwnConvolutions, rest: str, copy: Side, precision: Precision, settings: Settings) -> Row:
    """A step less its own convolutions, beside a copy of the other bytes."""
    ours = f"spikegraph, {precision}"
    sides = {rest: copy, ours: Side(own.run, precision=precision, less=lambda: own.seconds)}
    what = f"CIFAR n3, training step less its own convolutions, {precision}"
    note = f"T = {STEPS}, batch {BATCH}"
    return compare(what, sides, settings, note, {ours: Wanted("limit", 2.0)}, {precision: (rest,)})


def forward(model: torch.nn.Module, batch: Batch) -> None:
    """A forward pass without gradients."""
    with torch.no_grad():
        model(batch.inputs["image"])


def folded(trained: Model, *, bf16: bool = False) -> Model:
    """The deployed form of a trained model."""
    built = network("deploy")
    model = lower(built.graph, bf16=bf16, plain=built.plain)
    load_folded(model, trained.state_dict())
    return model.eval()


def share_of_other_spikes(exact: Model, low: Model, batch: Batch) -> float:
    """The share of neuron outputs (spike or no spike) that differ between two models."""
    names = tuple(n.name for n in exact.graph if n.op.traits.fires)
    with torch.no_grad():
        a, _ = exact.run(batch.inputs, wanted=names)
        b, _ = low.run(batch.inputs, wanted=names)
    return sum(int((a[n] != b[n]).sum()) for n in names) / sum(a[n].numel() for n in names)


def additions(built: Built) -> int:
    """Multiply-accumulate operations of all convolutions, per sample and time step."""
    return sum(n.additions for n in built.plain)
