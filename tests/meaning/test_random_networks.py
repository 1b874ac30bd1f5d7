"""Random networks of the campaigns, compiled in all phases and by the reference, which also judges folded norms."""

import sys
from pathlib import Path
from random import Random

import numpy as np
import pytest
import torch
from both_ways import compare, drawn, inputs_of

from spikegraph.backends.torch.fold import load_folded
from spikegraph.backends.torch.model import Model
from spikegraph.meaning.api import reference_of
from spikegraph.reference_of_spec import choices_of

TOOLS = str(Path(__file__).parents[2] / "tools" / "campaigns")
if TOOLS not in sys.path:
    sys.path.append(TOOLS)

from folded_blocks import folding  # noqa: E402 (a module of the campaigns)
from valid_specs import decoded  # noqa: E402


@pytest.mark.parametrize("seed", range(5))
def test_a_random_network(seed):
    _, program = folding(f"reference {seed}")
    bound = decoded(program, program.build("search"), Random(seed))
    for training in (False, True):
        compare(bound, training=training, seed=seed)
        compare(program, "search", training=training, seed=seed)
    folded(bound, seed)


def folded(program, seed):
    """The reference of the spec with trained weights is the judge of the network whose norms are folded."""
    trained, deployed = program.build("retrain"), program.build("deploy")
    model, fast = (Model(built.plain).double().eval() for built in (trained, deployed))
    weights, inputs = drawn(model, seed), inputs_of(trained.space, seed)
    load_folded(fast, model.state_dict())
    trace = reference_of(trained.space, weights, choices_of(trained)).trace(inputs)
    outputs, fires = deployed.plain.outputs, [node.name for node in deployed.plain if node.op.traits.fires]
    with torch.no_grad():
        values, _ = fast.run({name: torch.from_numpy(x) for name, x in inputs.items()}, wanted=[*outputs.values(), *fires])
    for name, node in outputs.items():
        np.testing.assert_allclose(trace.outputs[name], values[node].numpy(), rtol=1e-9, atol=1e-9)
    for name in fires:
        assert np.array_equal(trace.spikes[name], values[name].numpy()), name
