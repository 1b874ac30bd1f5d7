"""A network whose norms are folded is compared with the trained one where it is loaded."""

import numpy as np
import pytest
import torch
from both_ways import drawn
from small_networks import program_of

from spikegraph.backends.torch import fold
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.trained import with_weights
from spikegraph.backends.torch.validated import judged, validate_folded
from spikegraph.base.errors import ValidationError
from spikegraph.passes.fold_norm import FoldNorm
from spikegraph.plugins import targets
from spikegraph.program.program import Program


def trained(name):
    """A program, and weights as a training leaves them."""
    program = program_of(name)
    built = program.build("retrain")
    model = targets.lower(built.graph, "torch", plain=built.plain, space=built.space)
    return program, {key: torch.from_numpy(tensor) for key, tensor in drawn(model, 3).items()}


@pytest.mark.parametrize("bf16", [False, True], ids=["float32", "bfloat16"])
@pytest.mark.parametrize("name", ["layers", "blocks", "cells", "sound"])
def test_a_right_one_is_loaded(name, bf16):
    program, weights = trained(name)
    with_weights(program, weights, "deploy", low=torch.bfloat16 if bf16 else None)


def test_one_in_float64_is_judged_in_float64():
    program, weights = trained("blocks")
    weights = {key: tensor.double() if tensor.is_floating_point() else tensor for key, tensor in weights.items()}
    model = with_weights(program, weights, "deploy")
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(1 + 1e-9)
    with pytest.raises(ValidationError, match="doesn't compute what the trained one does"):
        validate_folded(model, program.build("deploy"), weights)


@pytest.mark.parametrize("bf16", [False, True], ids=["float32", "bfloat16"])
def test_a_network_without_weights_is_judged(bf16):
    text = "sdhs 1\nneuron lif { }\nnetwork net {\n  input x : real[2]\n  output y = x -> lif\n}\n"
    graph = Program.of_text(text, "net.sdhs").checked().build("retrain").plain
    found = judged(
        Model(graph, low=torch.bfloat16 if bf16 else None).eval(), graph, {}, {"x": np.linspace(-1, 1, 24).reshape(3, 4, 2)}
    )
    assert found.wrong is None
    assert found.explained.spikes == 24


def test_a_wrong_fold_of_weights_is_refused(monkeypatch):
    """The passes are right, so none is named."""
    right = fold.fold_norm
    monkeypatch.setattr(fold, "fold_norm", lambda weight, bias, scale, shift, mean, var, eps: right(
        weight, bias, scale, shift, mean, var, 0.1))  # fmt: skip
    program, weights = trained("blocks")
    with pytest.raises(ValidationError) as caught:
        with_weights(program, weights, "deploy")
    assert caught.value.summary.startswith("the network with folded norms doesn't compute what the trained one does: neuron ")
    assert caught.value.help == "use the form `retrain`, and report it with the run's folder"


def test_a_wrong_pass_is_named(monkeypatch):
    right = FoldNorm.apply

    def wrong(self, graph):
        def rule(node, operands, out):
            return out.change(node, operands, notes={"eps": 0.1} if "eps" in node.notes else {})

        return right(self, graph).rewrite(rule)

    monkeypatch.setattr(FoldNorm, "apply", wrong)
    program, weights = trained("blocks")
    with pytest.raises(ValidationError, match=r"the pass `fold-norm` changes what the network computes: .* at `.*` "):
        with_weights(program, weights, "deploy")
