"""Candidates of a surrogate search: the weights of each from one shared pass, compared with those from separate passes."""

import math

import pytest
import torch
from dgs_networks import settings, used_optimizer

from spikegraph.analysis.dgs import groups
from spikegraph.backends.torch.datasets import Batch
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.train.dgs import iterate
from spikegraph.backends.torch.train.dgs_passes import Passes
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.backends.torch.train.trial import trial_step

BS = (2.6, 2.8, 3.0, 3.2, 3.4)


def assert_as_separate(model: Model, losses: Losses, batch: Batch, tolerance: float) -> None:
    """The weights of every candidate, from one shared pass and from separate passes."""
    own = used_optimizer(model)
    passes = Passes(model, losses, groups(model.graph))
    found = iterate(passes, own, {g.name: BS for g in passes.groups}, settings(), batch)
    for g in passes.groups:
        keys, parameters = zip(*passes.parameters[g.name].items(), strict=True)
        for b, weights, norm in zip(BS, found.weights[g.name], found.norms[g.name], strict=True):
            wanted = passes.whole_gradient(g, b, batch)
            stepped = trial_step(own, parameters, [wanted[k] for k in keys])
            for key, value in zip(keys, stepped, strict=True):
                torch.testing.assert_close(weights[key], value, rtol=0, atol=tolerance)
            expected = math.sqrt(sum(float(v.square().sum()) for v in wanted.values()))
            assert float(norm) == pytest.approx(expected, rel=max(tolerance, 1e-9))
        assert not torch.equal(found.weights[g.name][0][keys[0]], found.weights[g.name][4][keys[0]])
