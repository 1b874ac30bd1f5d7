"""Weights that a training leaves as they are (`freeze` of a retraining)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from spikegraph.backends.torch.parameters import leaf_at
from spikegraph.ir.weight_names import chosen, held

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model


def freeze(model: Model, patterns: Sequence[str]) -> None:
    """Takes weights out of the training: they need no gradient.

    Norms whose running statistics are meant keep these, and norm with them in training too, as in evaluation. No operation
    of the model's graph computes such norms together with others (`ir.weight_names.divided`).

    Args:
        model: The model; its architecture parameters stay as they are.
        patterns: Names of weights, or patterns of them.
    """
    parameters = {name: weight for name, weight in model.named_parameters() if name not in model.architecture}
    for name in chosen(patterns, parameters):
        parameters[name].requires_grad_(False)
    for name in held(patterns, model.graph):
        leaf = leaf_at(model, name)
        assert leaf is not None
        leaf.hold()


def frozen_line(model: Model, patterns: Sequence[str]) -> str:
    """What a person reads of it."""
    weights = model.weights()
    frozen = sum(weight.numel() for weight in weights if not weight.requires_grad)
    norms = len(held(patterns, model.graph))
    kept = (
        f"; {norms} norm{'' if norms == 1 else 's'} among them keep{'s' if norms == 1 else ''} the statistics" if norms else ""
    )
    return f"frozen: {frozen:,} of {sum(weight.numel() for weight in weights):,} parameters{kept}"
