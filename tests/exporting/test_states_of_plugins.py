"""States of a plug-in's neurons that have a name or an initial value, but not both."""

import pytest
import torch

import spikegraph
from spikegraph.backends.torch.exporting.program import traced
from spikegraph.backends.torch.modules.neuron_models import DYNAMICS, Dynamics
from spikegraph.dsl.schema.neuron_models import NEURON_MODELS, ModelSignature

SPEC = """sdhs 1
neuron own { model = halving  threshold = 0.6 }
network net {
  input x : real[3]
  output y = x -> own
}
"""


def step(current, before, n):
    u = 0.5 * before[0] + current
    y = n.spikes(u, n["threshold"])
    return u, y, (u * (1 - y),)


@pytest.mark.usefixtures("registrations")
@pytest.mark.parametrize(("options", "first"), [({"names": ("v",)}, 0.0), ({"initial": (0.25,)}, 0.25)])
def test_an_exported_step_begins_where_the_model_does(tmp_path, options, first):
    NEURON_MODELS.register(
        "halving", ModelSignature("halving", (), "", "", "", keys=("decay", "threshold", "surrogate", "fires"))
    )
    DYNAMICS.register("halving", Dynamics(step, 1, **options))
    (tmp_path / "net.sdhs").write_text(SPEC)
    model = spikegraph.compile(tmp_path / "net.sdhs").eval()
    program = traced(model, "torch").program.module()
    x, v = torch.rand(5, 2, 3, generator=torch.Generator().manual_seed(0)), torch.full((2, 3), first)
    state = v
    for current, y in zip(x, model(x), strict=True):
        u = 0.5 * v + current
        v = u * (u <= 0.6)
        found, state = program(current, state)
        assert torch.equal(found, (u > 0.6).float())
        assert torch.equal(y, found)
        assert torch.equal(state, v)
