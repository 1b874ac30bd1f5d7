"""The CIFAR network (Che et al., NeurIPS 2022, Table 5) compared with SpikingJelly's and with its convolutions alone."""

from collections.abc import Callable
from pathlib import Path

import torch
import torch.nn.functional as F
from measure import Row, Side, compare
from peers import has, reset, spike_dhs
from torch import Tensor

from spikegraph.backends.torch.allocator import keep_buffers
from spikegraph.backends.torch.fold import load_folded
from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.train.batches import Batch
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.backends.torch.train.optim import optimizer_for
from spikegraph.backends.torch.train.step import step
from spikegraph.ir.ops.convolution import Conv
from spikegraph.passes.phase_pipelines import Phase
from spikegraph.phases import Built
from spikegraph.program import Program

HERE = Path(__file__).parent
BATCH = 4

Step = Callable[[], object]


def network(phase: Phase = "retrain") -> Built:
    """Table 5 with SpikingJelly's cell, which mixes at the membrane, and 100 classes."""
    changes = ("retrain.mix = membrane", "cifar10.classes = 100")
    spec, genotype = HERE.parents[1] / "specs" / "cifar10.sdhs", HERE / "spikingjelly.genotype.sdhs"
    return Program.read(spec, genotype=genotype, overrides=changes).build(phase)


def ours(model: Model, built: Built, batch: Batch) -> Step:
    """A training step, optimizer included."""
    run = built.run
    assert run is not None
    losses, optimizer = Losses(model.graph, run.loss), optimizer_for(run.weights, model.weights())
    return lambda: step(model, losses, optimizer, batch)


def theirs(net: torch.nn.Module, batch: Batch) -> Step:
    """The same training step with SpikingJelly's network."""
    used = [p for p in net.parameters() if p.requires_grad]
    sgd = torch.optim.SGD(used, lr=0.025, momentum=0.9, weight_decay=0.0003)

    def step() -> None:
        reset(net)
        logits, auxiliary = net(batch.inputs["image"])
        loss = F.cross_entropy(logits, batch.truth) + 0.4 * F.cross_entropy(auxiliary, batch.truth)
        sgd.zero_grad(set_to_none=True)
        loss.backward()
        sgd.step()

    return step


def images(count: int = BATCH) -> Batch:
    """A batch of random images [N, 3, 32, 32]."""
    return Batch({"image": torch.rand(count, 3, 32, 32)}, torch.arange(count) % 100, torch.ones(count, dtype=torch.bool))


def rows(runs: int) -> list[Row]:
    """Seconds per training step and forward pass, with T = 6 and batch size 4."""
    keep_buffers()
    torch.manual_seed(0)
    batch, built = images(), network()
    exact, low = lower(built.graph).train(), lower(built.graph, bf16=True).train()
    low.load_state_dict(exact.state_dict())
    peer = spike_dhs().train() if has("spikingjelly") else None
    training = {} if peer is None else {"SpikingJelly": Side(theirs(peer, batch))}
    training |= {
        "spikegraph, float32": Side(ours(exact, built, batch)),
        "spikegraph, bf16": Side(ours(low, built, batch)),
        "bare convolutions, float32": Side(bare(built, torch.float32, backward=True)),
        "bare convolutions, bf16": Side(bare(built, torch.bfloat16, backward=True)),
    }
    note = f"T = 6, batch {BATCH}, 3 x 32 x 32; {2 * additions(built) * BATCH * 6 / 1e9:.1f} GFLOP of convolutions forward"
    found = [
        Row("CIFAR n3, training step", compare(training, runs), note, {"spikegraph, float32": 1.35, "spikegraph, bf16": 2.5})
    ]

    def forward(net: torch.nn.Module) -> None:
        with torch.no_grad():
            net(batch.inputs["image"])

    deployed, deployed_low = folded(exact), folded(exact, bf16=True)
    sides: dict[str, Side] = {}
    if peer is not None:
        peer.eval()
        sides["SpikingJelly"] = Side(lambda: forward(peer), lambda: reset(peer))
    sides |= {
        "spikegraph, float32": Side(lambda: forward(deployed)),
        "spikegraph, bf16": Side(lambda: forward(deployed_low)),
        "bare convolutions, float32": Side(bare(built, torch.float32, backward=False)),
        "bare convolutions, bf16": Side(bare(built, torch.bfloat16, backward=False)),
    }
    note = f"T = 6, batch {BATCH}; {share_of_other_spikes(deployed, deployed_low, batch):.2%} of spikes differ in bf16"
    wanted = {"spikegraph, float32": 1.25, "spikegraph, bf16": 2.5}
    return [*found, Row("CIFAR n3, forward pass, deployed", compare(sides, runs), note, wanted)]


def folded(trained: Model, *, bf16: bool = False) -> Model:
    """The deployed form of a trained model."""
    model = lower(network("deploy").graph, bf16=bf16)
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


def bare(built: Built, dtype: torch.dtype, *, backward: bool) -> Step:
    """All convolutions of the network one after the other, channels last, without other operations."""
    graph, cases = built.plain, list[tuple[Tensor, Tensor, Tensor, int]]()
    shared: dict[tuple[int, ...], Tensor] = {}
    for node in graph:
        if isinstance(node.op, Conv):
            (x,) = graph.values(node)
            steps = 6 if x.steps else 1
            shape = (steps * BATCH, *x.shape)
            if shape not in shared:
                spikes = (torch.rand(shape) < 0.15).to(dtype)
                shared[shape] = spikes.contiguous(memory_format=torch.channels_last).requires_grad_(backward)
            weight = torch.randn(node.op.weights(x)["weight"]).to(dtype).contiguous(memory_format=torch.channels_last)
            upstream = torch.randn(steps * BATCH, *node.value.shape).to(dtype).contiguous(memory_format=torch.channels_last)
            cases.append((shared[shape], weight.requires_grad_(backward), upstream, node.op.stride))

    def run() -> None:
        for x, weight, upstream, stride in cases:
            y = F.conv2d(x, weight, None, stride, weight.shape[-1] // 2)
            if backward:
                torch.autograd.grad(y, (x, weight), upstream)

    return run
