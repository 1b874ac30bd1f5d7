"""SNASNet: its spaces, the sizes of its networks, and loops through time compared with a loop written here."""

import math
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from spikegraph.backends.torch.kernels import kernel
from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.model import Model
from spikegraph.ir.ops.activation import Neurons
from spikegraph.program.program import Program
from spikegraph.searches.cell_space import CellSpace

ZOO = Path(__file__).parents[2] / "specs" / "zoo"
OPERATIONS = ("zero", "skip", "c1", "c3", "avg")
SOURCES = {
    "n0": ("prev", "previous(n1)", "previous(n2)", "previous(n3)"),
    "n1": ("n0", "previous(n2)", "previous(n3)"),
    "n2": ("n0", "n1", "previous(n3)"),
    "n3": ("n0", "n1", "n2"),
}
CHOSEN = {
    "n0": ("skip", "c3", "zero", "avg"),
    "n1": ("c1", "skip", "zero"),
    "n2": ("c3", "avg", "c1"),
    "n3": ("skip", "zero", "c3"),
}
"""Every operation on forward and on backward edges."""


def bw(*overrides, chosen=CHOSEN, phase="retrain"):
    """The network of a cell; with `lif.detach_reset = false` all of it is differentiated."""
    lines = [
        f"  {node} = {' + '.join(f'{o}({s})' for o, s in zip(chosen[node], SOURCES[node], strict=True))}" for node in SOURCES
    ]
    genotype = "sdhs 1\ngenotype cell {\n" + "\n".join(lines) + "\n}\n"
    return Program.read(ZOO / "snasnet_bw.sdhs", overrides=overrides).bind(genotype).build(phase)


SMALL = ("snasnet_bw.C = 3", "snasnet_bw.time = 4", "lif.detach_reset = false", "lif.threshold = 0.3")


def small(*, plain=True):
    built = bw(*SMALL)
    torch.manual_seed(5)
    model = (Model(built.plain) if plain else lower(built.graph, plain=built.plain)).double().eval()
    for name, value in model.named_parameters():
        torch.nn.init.normal_(value, 0, 0.2 if "linear" in name else 0.5) if value.dim() > 1 else value.data.uniform_(0.3, 1)
    for name, value in model.named_buffers():
        value.uniform_(0.1, 0.8) if name.endswith("var") else value.normal_(0, 0.2)
    return model


def test_the_forward_space_has_15625_cells_and_the_backward_space_the_choices_of_backward_edges_besides():
    sizes = [CellSpace.of(Program.read(ZOO / f"snasnet_{n}.sdhs").build("search").space).size for n in ("fw", "bw")]
    assert sizes == [15_625, 15_625 * 5**6 * 5]


def size(chosen):
    """The parameters by hand: stem, cells of 256 and 512 channels, reduction, norm, and classifier of 4 x 4 pixels."""
    total = 3 * 9 * 256 + 2 * 256
    total += 2 * 256 + 256 * 512 * 9 + 2 * 512
    total += 2 * 512 + 512 * 4 * 4 * 1024 + 1024 * 100 + 100
    window = {"c1": 1, "c3": 9}
    edges = [o for operations in chosen.values() for o in operations]
    return total + sum(window[o] * w * w + 2 * w for o in edges if o in window for w in (256, 512))


def test_sizes_are_those_by_hand():
    random = np.random.default_rng(3)
    drawn = {node: tuple(random.choice(OPERATIONS, size=len(s))) for node, s in SOURCES.items()}
    for chosen in (CHOSEN, {**drawn, "n0": ("skip", *drawn["n0"][1:]), "n3": ("c3", *drawn["n3"][1:])}):
        weights = {name: of for node in bw(chosen=chosen).plain for name, of in node.leaves.items()}
        found = sum(math.prod(shape) for of in weights.values() for shape in of.values())
        assert found <= size(chosen)
        if chosen is CHOSEN:
            assert found == size(chosen)


class ByHand:
    """The network, one time step after the other; `spike` maps potentials less the threshold to spikes."""

    def __init__(self, model, spike):
        self.w = {**dict(model.named_parameters()), **dict(model.named_buffers())}
        self.spike, self.v, self.before = spike, {}, {}

    def lif(self, name, current):
        u = 0.25 * self.v.get(name, 0) + 0.75 * current
        y = self.spike(u - 0.3)
        self.v[name] = u * (1 - y)
        return y

    def norm(self, name, x):
        w = self.w
        return F.batch_norm(x, w[f"{name}.running_mean"], w[f"{name}.running_var"], w[f"{name}.weight"], w[f"{name}.bias"])

    def edge(self, name, operation, x):
        if operation == "avg":
            ones = F.avg_pool2d(torch.ones_like(x), 3, 1, 1)
            return F.avg_pool2d(x, 3, 1, 1) / ones
        if operation == "skip":
            return x
        name = f"{name}.{operation}"
        y = F.conv2d(self.lif(name, x), self.w[f"{name}.conv.weight"], padding=1 if operation == "c3" else 0)
        return self.norm(f"{name}.norm", y)

    def cell(self, name, x):
        values = {"prev": x}
        for node, sources in SOURCES.items():
            total = 0
            for operation, source in zip(CHOSEN[node], sources, strict=True):
                if operation != "zero":
                    label = source.replace("(", "_").removesuffix(")")
                    given = values[source] if source in values else self.before.get((name, source), torch.zeros_like(x))
                    total = total + self.edge(f"{name}.{node}.{label}", operation, given)
            values[node] = total
        self.before |= {(name, f"previous({node})"): values[node] for node in SOURCES}
        return values["n3"]

    def step(self, image):
        w = self.w
        x = self.norm("s.norm", F.conv2d(image, w["s.conv.weight"], padding=1))
        x = self.cell("s[0]", x)
        x = self.lif("reduce", self.norm("d.halve.norm", x))
        x = F.avg_pool2d(self.norm("d.halve.norm2", F.conv2d(x, w["d.halve.conv.weight"], padding=1)), 2)
        x = self.cell("d[0]", x)
        x = F.avg_pool2d(self.lif("last", self.norm("logits.classify.hidden.norm", x)), 4).flatten(1)
        x = self.lif("hidden", F.linear(x, w["logits.classify.hidden.linear.weight"]))
        x = F.linear(x, w["logits.classify.linear.weight"], w["logits.classify.linear.bias"])
        return x.unflatten(1, (10, 10)).mean(2)


def hard(x):
    return (x >= 0).to(x.dtype)


def smooth(x):
    """The integral of the arctan surrogate with b = 3, 1 / (1 + (pi x)^2)."""
    return torch.atan(math.pi * x) / math.pi + 0.5


@pytest.fixture
def image():
    return torch.randn(2, 3, 32, 32, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("plain", [False, True])
def test_outputs_are_those_of_a_loop_over_time_steps(image, plain):
    model = small(plain=plain)
    with torch.no_grad():
        found, hand = model(image), ByHand(model, hard)
        wanted = torch.stack([hand.step(image) for _ in range(4)]).mean(0)
    assert found.std() > 1e-3
    assert torch.allclose(found, wanted, rtol=0, atol=1e-10)


def test_streamed_equals_the_whole_sequence(image):
    model = small(plain=False)
    names = tuple(n.name for n in model.graph if n.op.traits.fires)
    with torch.no_grad():
        whole, _ = model.run({"image": image}, wanted=(*names, "logits"))
        stream = model.stream((*names, "logits"))
        each = [stream.step({"image": image}) for _ in range(4)]
    assert 0.05 < sum(whole[n].mean() for n in names) / len(names) < 0.95
    for name in names:
        assert torch.equal(torch.stack([values[name] for values in each]), whole[name]), name
    assert torch.allclose(each[-1]["logits"], whole["logits"], rtol=0, atol=1e-12)


@pytest.fixture
def smoothed(registrations):
    """Neurons whose spikes are the integral of the surrogate."""

    def neuron(call, xs, state):
        n, found = call.node.op.neuron, []
        currents = xs[0] if call.operands[0].steps else xs[0].expand(call.steps, *xs[0].shape)
        v = torch.zeros_like(currents[0]) if state is None else state
        for current in currents:
            u = n.decay * v + (1 - n.decay) * current
            y = smooth(u - n.threshold)
            v = u * (1 - y)
            found.append(y)
        return torch.stack(found), v

    kernel(Neurons, replace=True)(neuron)


def test_gradients_are_the_finite_differences_of_the_smoothed_network(image, smoothed):
    model, image = small(), image[:, :, :8, :8].repeat(1, 1, 4, 4)
    with torch.no_grad():
        hand = ByHand(model, smooth)
        wanted = torch.stack([hand.step(image) for _ in range(4)]).mean(0)
        assert torch.allclose(model(image), wanted, rtol=0, atol=1e-10)
    groups: dict[str, list[str]] = {}
    weights = dict(model.named_parameters())
    for name in weights:
        groups.setdefault(".".join(name.split(".")[:2]) if name[1:2] == "[" else name[0], []).append(name)
    assert {"s[0].n0", "s[0].n1", "d[0].n0", "d[0].n2"} <= set(groups)
    assert {"s[0].n0.previous_n1.c3.conv.weight", "d[0].n2.previous_n3.c1.norm.weight"} <= set(weights)
    gradients = dict(zip(weights, torch.autograd.grad(model(image).square().sum(), list(weights.values())), strict=True))
    for group, names in groups.items():
        directions, losses = {name: torch.randn_like(weights[name]) for name in names}, []
        with torch.no_grad():
            for step in (1e-6, -1e-6):
                moved = {name: weights[name] + step * directions[name] for name in names}
                losses.append(torch.func.functional_call(model, moved, (image,)).square().sum())
        wanted = (losses[0] - losses[1]) / 2e-6
        found = sum((gradients[name] * directions[name]).sum() for name in names)
        assert torch.allclose(torch.as_tensor(found), wanted, rtol=1e-5, atol=1e-8), group


def test_every_pair_of_nodes_may_have_both_directions():
    nodes = list(SOURCES)
    pairs = {(a, b) for a, b in product(nodes, nodes) if nodes.index(a) < nodes.index(b)}
    assert {(s, n) for n, of in SOURCES.items() for s in of if s in nodes} == pairs
    back = {(n, s[9:-1]) for n, of in SOURCES.items() for s in of if s.startswith("previous")}
    assert back == pairs
