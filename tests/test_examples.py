"""The plug-ins in `examples/`: the file runs with `--plugin`; `tests/packaging/test_example.py` installs the package."""

import json
import os
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from .forked import python

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "examples" / "adaptive_neuron"
PLUGIN = ("--plugin", "examples/gain.py")


def call(*arguments, status=0):
    environment = {k: v for k, v in os.environ.items() if k != "COLUMNS"}
    done = python("-m", "spikegraph", *arguments, cwd=ROOT, env=environment)
    assert done.returncode == status, done.stderr
    return done


def test_a_file_adds_an_operation():
    assert "note: loaded the plug-in examples/gain.py, which adds operation `gain`" in call("ops", "gain", *PLUGIN).stderr
    counted = json.loads(call("stats", "examples/gain.sdhs", "--json", *PLUGIN).stdout)
    assert counted["parameters_by_role"]["gain"] == 8
    refused = call("check", "examples/gain.sdhs", status=1).stderr
    assert "error[SG0307]: no operation is called `gain`" in refused
    assert "--plugin FILE.py" in refused


def test_its_network_is_trained(tmp_path):
    run = str(tmp_path / "run")
    small = ("--set", "retrain.epochs=1", "--set", "retrain.epoch_samples=40")
    done = call("compile", "examples/gain.sdhs", "--train", "--device", "cpu", "--out", run, *small, *PLUGIN)
    assert "result: the network's accuracy, " in done.stdout
    weights = import_module("safetensors.numpy").load_file(tmp_path / "run" / "weights.safetensors")
    factor = next(value for name, value in weights.items() if name.endswith("factor"))
    assert factor.shape == (8,)
    assert not np.array_equal(factor, np.full(8, 2.0))
    assert np.abs(factor - 2).max() < 0.5


@pytest.fixture
def adaptive(monkeypatch):
    """The kernel of the package's neuron, whose registrations are removed after the test."""
    from spikegraph.plugins.owners import forget, loading

    monkeypatch.syspath_prepend(str(PACKAGE))
    with loading("the example"):
        module = import_module("spikegraph_adaptive.kernel")
    yield module
    forget("the example")
    for name in [name for name in sys.modules if name.startswith("spikegraph_adaptive")]:
        del sys.modules[name]


def test_the_equations_of_the_adaptive_neuron(adaptive):
    import torch

    from spikegraph.plugins.targets import lower
    from spikegraph.program.program import Program

    program = Program.read(PACKAGE / "adaptive.sdhs").checked()
    model = lower(program.build("retrain").graph, "torch").eval()
    (node,) = [n for n in model.graph if n.op.name == "adaptive_lif"]
    op = node.op
    current = torch.from_numpy(np.random.default_rng(0).normal(0.4, 0.6, (6, 2, 3, 4, 4)))
    call = type("Call", (), {"node": node, "operands": (node.value,), "steps": 6})()
    current.requires_grad_()
    spikes, (v, a) = adaptive.adaptive_lif(call, [current], None)
    x = current.detach().numpy()
    u, potential, trace = None, np.zeros_like(x[0]), np.zeros_like(x[0])
    for t in range(6):
        u = op.neuron.decay * potential + x[t]
        y = (u > op.neuron.threshold + op.strength * trace).astype(float)
        potential, trace = u * (1 - y), op.memory * trace + (1 - op.memory) * y
        np.testing.assert_array_equal(spikes[t].detach().numpy(), y)
    np.testing.assert_allclose(v.detach().numpy(), potential)
    np.testing.assert_allclose(a.detach().numpy(), trace)
    # The state goes on where a sequence was cut.
    first, state = adaptive.adaptive_lif(type("Call", (), {**vars(type(call)), "steps": 2})(), [current[:2]], None)
    rest, _ = adaptive.adaptive_lif(type("Call", (), {**vars(type(call)), "steps": 4})(), [current[2:]], state)
    assert torch.equal(torch.cat([first, rest]), spikes)
    spikes.sum().backward()
    assert current.grad is not None and bool(current.grad.isfinite().all()) and bool((current.grad != 0).any())
