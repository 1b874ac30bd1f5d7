"""Square weights whose diagonal is 0, and whose hook keeps it so."""

import pytest
import torch
from torch import nn

import spikegraph
from spikegraph.foreign.errors import ForeignError

from .examples import example, taken_over


def network(hook, diagonal=0.0):
    torch.manual_seed(0)
    back = nn.Linear(5, 5)
    with torch.no_grad():
        back.weight.fill_diagonal_(diagonal)
    back.weight.register_hook(hook)
    return nn.Sequential(nn.Linear(4, 5), nn.ReLU(), back)


def zeroed(gradient):
    return gradient.clone().fill_diagonal_(0)


def test_they_come_in_with_their_gradients():
    module = network(zeroed)
    found = taken_over(module, example(2, 4))
    assert found.spec.endswith("-> linear(5, autapses = false)\n}\n")
    model = found.model()
    model(example(2, 4)).sum().backward()
    gradients = {name: p.grad for name, p in model.named_parameters()}
    square = next(g for g in gradients.values() if g.shape == (5, 5))
    assert square.any()
    assert not square.diagonal().any()


def test_weights_of_the_diagonal_do_not_count():
    found = taken_over(network(zeroed), example(2, 4))
    model, x = found.model(), example(2, 4)
    before = model(x)
    with torch.no_grad():
        next(p for p in model.parameters() if p.shape == (5, 5)).fill_diagonal_(3)
    assert torch.equal(model(x), before)


@pytest.mark.parametrize(
    ("hook", "diagonal"), [(zeroed, 1.0), (lambda g: 2 * g, 0.0), (lambda g: g.tril(-1), 0.0), (lambda g: None, 0.0)]
)
def test_other_hooks_are_refused(hook, diagonal):
    with pytest.raises(ForeignError) as error:
        spikegraph.from_torch(network(hook, diagonal), example(2, 4))
    assert error.value.summary == "`2.weight` has a hook, which changes its gradient"


def test_a_layer_on_pixels_is_refused():
    class Tokens(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.mix = nn.Conv2d(2, 5, 3), network(zeroed)[2]

        def forward(self, x):
            return self.mix(self.conv(x).flatten(2).transpose(1, 2)).mean(1)

    with pytest.raises(ForeignError, match=r"`mix`, Linear: its weight has a diagonal that stays 0, and it takes each of"):
        spikegraph.from_torch(Tokens(), example(2, 2, 6, 6))
