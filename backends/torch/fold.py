"""Loads trained weights into a model whose norms are folded."""

from collections.abc import Mapping

import torch
from torch import Tensor

from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.modules.fold import fold_norm
from spikegraph.backends.torch.modules.sign import signed
from spikegraph.ir.folding import FOLDED, check_folded


def load_folded(model: Model, trained: Mapping[str, Tensor]) -> None:
    """Folds the norms of a trained model into its convolutions and loads the result into the folded model.

    Args:
        model: The model of a graph after `fold-norm`, and of the passes that make it faster if it has the graph before them as
            `plain`; there the note `folded` of a convolution is the name of the norm.
        trained: The `state_dict()` of the model of the graph before.

    Raises:
        KeyError: `trained` belongs to another graph.
        ValueError: Weights have taken in a norm in some of their uses alone.
    """
    check_folded(model.plain)
    plain = dict(trained)
    for node in model.plain:
        if FOLDED not in node.notes:
            continue
        conv, norm = node.weights, node.notes[FOLDED]
        weight, bias = fold_norm(
            signed(trained[f"{conv}.weight"], str(node.notes.get("sign", "any"))),
            trained.get(f"{conv}.bias"),
            trained.get(f"{norm}.weight", torch.ones_like(trained[f"{norm}.running_mean"])),
            trained.get(f"{norm}.bias", torch.zeros_like(trained[f"{norm}.running_mean"])),
            trained[f"{norm}.running_mean"],
            trained[f"{norm}.running_var"],
            float(node.notes["eps"]),
        )
        plain[f"{conv}.weight"], plain[f"{conv}.bias"] = weight, bias
    wanted = model.state_dict()
    model.load_state_dict({k: plain[k] for k in wanted})
