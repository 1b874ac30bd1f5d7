"""Networks with random weights, exported, for the tests of NIR."""

import h5py
import numpy as np
import torch

from spikegraph.backends.nir.exporting import export_model
from spikegraph.backends.torch.trained import with_weights
from spikegraph.plugins.targets import lower
from spikegraph.program.program import Program

NEURONS = """sdhs 1
neuron lif { decay = 0.5 threshold = 0.5 }
neuron ifn { model = if threshold = 0.75 }
neuron scaled { decay = 0.75 threshold = 0.25 decay_input = true }
neuron channels { decay = learn(0.6, per = channel) threshold = learn(0.7, per = channel) }
neuron layer { decay = learn(0.6) threshold = 0.2 decay_input = true }
neuron cuba { model = cuba(current_decay = 0.5) decay = 0.75 threshold = 0.5 }
neuron reaching { decay = 0.5 threshold = 0.5 spike_at = reached }
neuron quiet { decay = 0.75 fires = false }
neuron summing { model = if fires = false }
neuron quiet_cuba { model = cuba(current_decay = 0.5) decay = 0.75 fires = false }
neuron binary { decay = 0 threshold = 0.25 }
"""


def network(lines, inputs="image : real[2, 8, 8]", time="time = 6"):
    """A program of a network with these lines."""
    body = "\n".join(f"  {line.strip()}" for line in lines.strip().splitlines())
    text = f"{NEURONS}network net {{\n  input {inputs}\n  {time}\n{body}\n}}\n"
    return Program.of_text(text, "net.sdhs").checked()


def trained(program, gain=2.0):
    """Weights as training could leave them: none is at its initial value, and neurons fire."""
    generator = torch.Generator().manual_seed(0)
    built = program.build("retrain")
    torch.manual_seed(0)
    weights = lower(built.graph, "torch", plain=built.plain).state_dict()
    for name, tensor in weights.items():
        if name.endswith("running_var"):
            weights[name] = 0.5 + torch.rand(tensor.shape, generator=generator)
        elif name.endswith("num_batches_tracked"):
            pass
        elif tensor.dim() > 1:
            weights[name] = gain * tensor
        else:
            weights[name] = tensor + 0.2 * torch.randn(tensor.shape, generator=generator)
    return weights


def deployed(program, gain=2.0):
    return with_weights(program, trained(program, gain), "deploy").eval()


def exported(program, folder, gain=2.0, dt=1e-4):
    """The paths of the graph and of the expected spikes."""
    graph, check = export_model(program, deployed(program, gain), folder / "net.nir", dt).written
    return graph, check


def shaped(data, shape):
    """Numbers of NIR's data, [N, T, numbers], as [T, N, *shape] in float64."""
    return np.swapaxes(data.astype(np.float64), 0, 1).reshape(data.shape[1], data.shape[0], *shape)


def spikes_in(path):
    """How many spikes the file has, read without the package."""
    with h5py.File(path) as file:
        found = []
        file.visititems(lambda name, x: found.append(x[()].sum()) if name.endswith("spikes/data") else None)
    return int(sum(found))
