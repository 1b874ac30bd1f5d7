"""The way down by resizing, compared with SpikingJelly's network of the paper: the same weights, spikes and gradients."""

from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F

from spikegraph.backends.torch.lowering import lower
from spikegraph.program.program import Program

WIDTH, CLASSES = 4, 10
SIZES = [(12, 12), (11, 9)]
"""SpikingJelly's neurons fire at the threshold, the paper's above it. The mean of 3 x 3 spikes is never exactly 0.5."""

SPEC = """\
sdhs 1
neuron lif { decay = 0.2  threshold = 0.5  detach_reset = true  surrogate = dspike(b = 3) }
candidates ops { c3 = conv(3) -> norm -> lif  c5 = conv(3) -> norm -> lif  skip = identity }
cell normal { nodes = 3  candidates = ops  neuron = lif  mix = membrane }
cell reduction like normal { stride = 2 }
network net {
  input image : real[3, SIZE]
  time = 6
  stem  = image -> stem(3, out = 12, neuron = lif)
  cells = stem -> chain([normal, normal, reduction, normal, normal, reduction, normal, normal], width = 4, down = DOWN)
  output logits = cells -> pool -> lif -> linear(10) -> norm -> mean(time)
}
genotype normal    { n0 = c3(prev2) + c3(prev)  n1 = c3(prev2) + c3(prev)  n2 = c5(n0) + c5(n1) }
genotype reduction { n0 = c3(prev2) + c3(prev)  n1 = c3(prev2) + c3(prev)  n2 = c5(n0) + c5(n1) }
"""
EDGES = {"n0": ("prev2.c3", "prev.c3"), "n1": ("prev2.c3", "prev.c3"), "n2": ("n0.c5", "n1.c5")}


def names():
    """The names of weights here, by those of SpikingJelly's convolution or linear layer and norm."""
    found = {("feature.stem0.conv_m", "feature.stem0.bn_m"): ("stem.conv", "stem.norm")}
    for cell in range(8):
        for node, (label, sources) in enumerate(EDGES.items()):
            for number, source in enumerate(sources, 1):
                theirs = f"feature.cells.{cell}._ops.{node}."
                ours = f"cells[{cell}].{label}.{source}"
                found[f"{theirs}conv{number}_m", f"{theirs}bn{number}_m"] = (f"{ours}.conv", f"{ours}.norm")
    found["classifier.linear", "classifier.bn.0"] = ("logits.linear", "logits.norm")
    return found


def neurons():
    """The names of neurons here, by those of SpikingJelly."""
    cells = {f"feature.cells.{c}._ops.{i}.spike_m": f"cells[{c}].{n}" for c in range(8) for i, n in enumerate(EDGES)}
    return {"feature.stem0.spike_m": "stem", **cells, "global_pooling.spike": "logits.lif"}


@pytest.fixture
def peer():
    """SpikingJelly's network with 4 channels per node instead of 48, 10 classes, and without its auxiliary classifier."""
    from spikingjelly.activation_based import functional
    from spikingjelly.activation_based.model import spike_dhs

    sizes = {"fea_step": 3, "fea_num_layers": 8, "fea_block_multiplier": 3, "fea_filter_multiplier": WIDTH}
    network = spike_dhs.SpikeDHS(3, SimpleNamespace(**sizes))
    network.feature.auxiliary_head = torch.nn.Identity()
    network.classifier = spike_dhs.SpikingLinear(4 * 3 * WIDTH, CLASSES, spiking=False)
    functional.set_step_mode(network, "m")
    for value in network.parameters():  # few neurons of a narrow network fire with the usual weights
        torch.nn.init.normal_(value, 0, 0.3) if value.dim() > 1 else torch.nn.init.uniform_(value, 0.1, 1)
    for name, value in network.named_buffers():
        if name.endswith(("running_mean", "running_var")):
            torch.nn.init.uniform_(value, 0.2, 1.5)
    network.start = lambda: functional.reset_net(network)
    return network.double()


def ours(tmp_path, peer, size, down="resize"):
    """The network of the spec with the other network's weights."""
    path = tmp_path / "net.sdhs"
    path.write_text(SPEC.replace("SIZE", ", ".join(map(str, size))).replace("DOWN", down), encoding="utf-8")
    built = Program.read(path).build("retrain")
    model = lower(built.graph, plain=built.plain).double()
    theirs, weights = peer.state_dict(), dict[str, torch.Tensor]()
    for names_there, names_here in names().items():
        for there, here in zip(names_there, names_here, strict=True):
            for key in ("weight", "bias", "running_mean", "running_var"):
                if f"{there}.{key}" in theirs:
                    weights[f"{here}.{key}"] = theirs[f"{there}.{key}"]
    assert set(weights) == set(model.state_dict())
    model.load_state_dict(weights)
    return model


def spikes_there(peer, image):
    """Logits and the spikes of every neuron."""
    found, modules = dict[str, torch.Tensor](), dict(peer.named_modules())
    handles = [modules[n].register_forward_hook(lambda _, __, y, n=n: found.__setitem__(n, y)) for n in neurons()]
    peer.start()
    logits, _ = peer(image)
    for handle in handles:
        handle.remove()
    return logits, {neurons()[n]: y.flatten(2) for n, y in found.items()}


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("size", SIZES)
def test_no_spike_differs_and_gradients_are_equal(tmp_path, peer, size, training):
    model = ours(tmp_path, peer, size)
    image, labels = torch.randn(4, 3, *size, dtype=torch.float64), torch.arange(4)
    peer.train(training)
    model.train(training)
    logits, wanted = spikes_there(peer, image)
    values, _ = model.run({"image": image}, wanted=("logits", *wanted))
    for name, spikes in wanted.items():
        assert 0.02 < spikes.mean() < 0.98, name  # not all silent
        assert torch.equal(values[name].flatten(2), spikes), name
    assert torch.allclose(values["logits"], logits, rtol=0, atol=1e-12)

    F.cross_entropy(logits, labels).backward()
    F.cross_entropy(values["logits"], labels).backward()
    theirs, mine, compared = dict(peer.named_parameters()), dict(model.named_parameters()), 0
    for names_there, names_here in names().items():
        for there, here in zip(names_there, names_here, strict=True):
            for key in ("weight", "bias"):
                a, b = theirs[f"{there}.{key}"].grad, mine[f"{here}.{key}"].grad
                assert torch.allclose(a, b, rtol=0, atol=1e-10), here
                compared += 1
    assert compared == len(mine)
    assert max(p.grad.abs().max() for p in mine.values()) > 1e-3


def test_a_stride_sees_other_pixels(tmp_path, peer):
    """Even sizes: a stride takes every second pixel, as the nearest halving does, but after the convolution."""
    model = ours(tmp_path, peer, (12, 12), down="stride").eval()
    image = torch.randn(4, 3, 12, 12, dtype=torch.float64)
    _, wanted = spikes_there(peer.eval(), image)
    values, _ = model.run({"image": image}, wanted=tuple(wanted))
    same = [name for name, spikes in wanted.items() if torch.equal(values[name].flatten(2), spikes)]
    assert same == ["stem", *(f"cells[{c}].{n}" for c in (0, 1) for n in EDGES)]
