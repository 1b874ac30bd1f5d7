"""Every model of neurons of the registry, with random keys and numbers: the reference and torch agree in float64."""

import numpy as np
import pytest
import torch
from one_reference import traced
from torch import nn

from spikegraph.backends.torch.modules.neuron_sequences import neurons
from spikegraph.backends.torch.modules.resolved_neurons import resolved
from spikegraph.dsl.schema.neuron_models import NEURON_MODELS
from spikegraph.elaborate.declared_neurons import default_neuron
from spikegraph.generate import Wanted, seeded
from spikegraph.generate.neurons import declared

SHAPE = (7, 2, 3, 4)
DRAWN = 8


def drawn(name):
    """Neurons of a model: with its defaults, such that never fire, and others."""
    plain = default_neuron(NEURON_MODELS[name])
    silent = [plain.silent] if "fires" in NEURON_MODELS[name].keys else []
    others = [declared(seeded(seed), "a", Wanted(models=(name,))).neuron for seed in range(DRAWN)]
    return [plain, *silent, *others]


def one_step_after_the_other(name):
    """Whether a model computes a step from the one before; those over time are compared in tests/neurons."""
    model = NEURON_MODELS[name].model
    return model is None or not model.over_time


@pytest.mark.parametrize("name", sorted(filter(one_step_after_the_other, NEURON_MODELS)))
def test_the_reference_and_torch_agree(name):
    fired = 0.0
    for seed, n in enumerate(drawn(name)):
        generator = torch.Generator().manual_seed(seed)
        scale = 10.0 ** (seed % 4)  # some models need large currents
        currents = torch.randn(len(n.inputs), *SHAPE, generator=generator, dtype=torch.float64)
        first, *others = (currents + 0.25) * scale
        weights = nn.Module()
        for key, shape in n.weights(SHAPE[2]).items():
            raw = n.initial()[key] + torch.randn(shape, generator=generator, dtype=torch.float64) / 4
            weights.register_parameter(key, nn.Parameter(raw))
        result, _ = neurons(resolved(n), first, None, weights, others)
        given = {key: raw.detach().numpy() for key, raw in weights.named_parameters()}
        op = "neuron" if n.spikes else "graded"
        expected = traced(op, {"neuron": n}, *(x.numpy() for x in (first, *others)), weights=given).outputs["y"]
        found = result.detach().numpy()
        assert np.isfinite(expected).all(), n
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9 * scale, err_msg=str(n))
        fired += float(np.abs(found).sum())
    assert fired > 0
