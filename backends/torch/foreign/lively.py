"""Weights that make silent neurons fire, so that comparing their results says something."""

from dataclasses import replace

import torch
from torch import Tensor

from spikegraph.backends.torch.foreign.example import fresh, whole_copy
from spikegraph.backends.torch.foreign.pairing import Computed, Given, Pairing
from spikegraph.backends.torch.foreign.tensors import ours
from spikegraph.foreign.statements import Statement, Statements

ROUNDS, FACTOR = 16, 3.0
"""How often the weights before silent neurons become larger, and by which factor."""


def silent(computed: Computed) -> set[int]:
    """The neurons whose results are only zeros."""
    return {k for k, result in enumerate(computed.neurons) if not bool(result.detach().any())}


def enliven(pairing: Pairing, given: Given) -> Pairing:
    """The same module and network with larger weights before neurons that are silent in evaluation."""
    module, producers = whole_copy(pairing.module).eval(), _producers(pairing.statements)
    parameters = dict(module.named_parameters())
    for _ in range(ROUNDS):
        with torch.no_grad():
            quiet = silent(pairing.module_computes(fresh(module), given))
            statements = [pairing.neurons[k][1] for k in sorted(quiet)]
            names = {name: None for s in statements for name in producers[s.result.number] if name in parameters}
            if not names:
                break
            for name in names:
                _enlarge(parameters[name], seed=len(name))
    model, tensors = whole_copy(pairing.model), module.state_dict()
    own = model.state_dict()
    model.load_state_dict({n: ours(w, tensors[w.name]).reshape(own[n].shape) for n, w in pairing.names.items()})
    return replace(pairing, module=module, model=model)


def _enlarge(weights: Tensor, seed: int) -> None:
    """Weights grow; a bias, which may be 0, gets numbers of its own."""
    if weights.dim() > 1:
        weights.mul_(FACTOR)
    else:
        generator = torch.Generator().manual_seed(seed)
        weights.add_(torch.rand(weights.shape, generator=generator, dtype=weights.dtype))


def _producers(statements: Statements) -> dict[int, tuple[str, ...]]:
    """For each neuron the weights and biases of the layers right before it: up to the nearest with a matrix, on every way."""
    by_result = {s.result.number: s for s in statements.body}

    def of(statement: Statement) -> tuple[str, ...]:
        own = tuple(w.name for key, w in statement.weights.items() if key in ("weight", "bias"))
        if statement.op in ("conv", "linear", "transposed"):
            return own
        before = [
            by_result[o.number] for o in statement.operands if o.number in by_result and o.number < statement.result.number
        ]
        return (*own, *(name for s in before if s.op != "neuron" for name in of(s)))

    found: dict[int, tuple[str, ...]] = {}
    for s in statements.body:
        if s.op == "neuron":
            before = [by_result[o.number] for o in s.operands if o.number in by_result]
            found[s.result.number] = tuple(name for b in before for name in of(b))
    return found
