"""Numbers that training finds: the same for all samples and steps, from their first values on, and with gradients."""

import pytest
import torch
from one_operation import model_of, streamed

from spikegraph.base.errors import InputError


def test_the_numbers_are_those_of_the_weights_for_each_sample_and_step():
    model = model_of("learned", {"channels": 2, "size": [3], "start": 0.25}, (4, 2, 2))
    x = torch.randn(3, 5, 4, 2, 2, dtype=torch.float64)
    assert torch.equal(model(x), torch.full((5, 2, 3), 0.25, dtype=torch.float64))
    (name, value), *others = model.named_parameters()
    assert (name, others) == ("y.value", [])
    numbers = torch.arange(6.0).reshape(2, 3).double()
    with torch.no_grad():
        value.copy_(numbers)
    result = model(x)
    assert torch.equal(result, numbers.expand(5, 2, 3))
    assert torch.equal(streamed(model, [x]), result.expand(3, 5, 2, 3))
    result.sum().backward()
    assert torch.equal(value.grad, torch.full((2, 3), 5.0).double())


def test_results_are_no_view_of_the_weights():
    model = model_of("learned", {}, (4, 2))
    with torch.no_grad():
        model(torch.zeros(1, 1, 4, 2).double()).add_(1)
    assert not next(model.parameters()).any()


def test_without_a_size_inputs_have_the_declared_one():
    model = model_of("learned", {}, (4, 2, 2))
    with pytest.raises(InputError) as caught:
        model(torch.zeros(3, 1, 4, 2, 3).double())
    why = "a network that learns a value needs inputs of the size that its spec declares"
    assert str(caught.value) == f"`y` takes [4, 2, 2], not [4, 2, 3]: {why}"
