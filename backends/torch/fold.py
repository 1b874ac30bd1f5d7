"""Loads trained weights into a model whose norms are folded."""

from collections.abc import Mapping

from torch import Tensor

from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.modules.fold import fold_norm
from spikegraph.backends.torch.parameters import leaf_at
from spikegraph.ir.ops.convolution import Conv


def load_folded(model: Model, trained: Mapping[str, Tensor]) -> None:
    """Folds the norms of a trained model into its convolutions and loads the result into the folded model.

    Args:
        model: The model of a graph after `fold-norm`; `folded` of its convolutions is the name of the norm.
        trained: The `state_dict()` of the model of the graph before.

    Raises:
        KeyError: `trained` belongs to another graph.
    """
    plain = dict(trained)
    for node in model.graph:
        op = node.op
        leaf = leaf_at(model, node.weights)
        if not isinstance(op, Conv) or op.folded is None or leaf is None:
            continue
        conv, norm = node.weights, op.folded
        weight, bias = fold_norm(
            trained[f"{conv}.weight"],
            trained.get(f"{conv}.bias"),
            trained[f"{norm}.weight"],
            trained[f"{norm}.bias"],
            trained[f"{norm}.running_mean"],
            trained[f"{norm}.running_var"],
            op.eps,
        )
        plain[f"{conv}.weight"], plain[f"{conv}.bias"] = weight, bias
    wanted = model.state_dict()
    model.load_state_dict({k: plain[k] for k in wanted})
