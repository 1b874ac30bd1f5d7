"""Other axes for the same numbers, against PyTorch, and what networks of PyTorch write with them."""

import pytest
import torch
from one_operation import inputs_of, model_of, streamed

from spikegraph.backends.torch.model import Model
from spikegraph.base.errors import InputError
from spikegraph.program.program import Program


def result(name, parameters, shape):
    """An operand and the result, the same step by step."""
    model = model_of(name, parameters, shape)
    (x,) = inputs_of(model)
    y = model(x)
    assert torch.equal(streamed(model, [x]), y)
    return x, y


@pytest.mark.parametrize("shape", [(3, 4, 5), (3, 2, 4, 5), (3, 7), (3,)])
def test_tokens(shape):
    x, y = result("tokens", {}, shape)
    assert torch.equal(y, x.reshape(3, 2, shape[0], -1))


def test_reshaping_keeps_the_order():
    x, y = result("reshape", {"size": [2, 5]}, (4, 3, 5))
    assert torch.equal(y, x.view(3, 2, 6, 2, 5))
    assert torch.equal(result("reshape", {"size": []}, (4, 3, 5))[1], x.flatten(2))


@pytest.mark.parametrize(("first", "second", "order"), [("channels", "height", (3, 2, 4)), ("width", "channels", (4, 3, 2))])
def test_exchanged_axes(first, second, order):
    x, y = result("swap_axes", {"first": first, "second": second}, (2, 3, 4))
    assert torch.equal(y, x.permute(0, 1, *order))


@pytest.mark.parametrize("shape", [(6, 3, 2), (12,)])
def test_the_shuffle_is_pytorchs(shape):
    x, y = result("channel_shuffle", {"groups": 3}, shape)
    maps = x.reshape(6, shape[0], -1, 1)
    assert torch.equal(y.reshape(maps.shape), torch.nn.ChannelShuffle(3)(maps))


def model(body, shape):
    """The network of a body whose input x is of this shape."""
    text = f"sdhs 1\nnetwork net {{\n  input x : real[{', '.join(map(str, shape))}]\n  output y = {body}\n}}\n"
    return Model(Program.of_text(text, "net.sdhs").checked().build("deploy").graph).double()


def test_the_shuffle_as_shufflenet_writes_it():
    """View, transpose, view."""
    written = (
        "x -> reshape(channels = 3, size = [2, 4, 5]) -> swap_axes(channels, depth) -> reshape(channels = 6, size = [4, 5])"
    )
    x = torch.randn(2, 1, 6, 4, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    assert torch.equal(model(written, (6, 4, 5))(x), model("x -> channel_shuffle(3)", (6, 4, 5))(x))


def test_patches_as_a_vision_transformer_makes_them():
    """Patches of 2 x 2 pixels as tokens, whose features are the channels and pixels of the patch."""
    x = torch.randn(1, 2, 3, 4, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    rows = "x -> reshape(channels = 3, size = [2, 2, 6]) -> swap_axes(depth, height) -> reshape(channels = 6, size = [2, 3, 2])"
    patches = (
        f"{rows} -> swap_axes(depth, width) -> swap_axes(height, width) -> reshape(channels = 12, size = [2, 3]) -> tokens"
    )
    by_hand = x.reshape(1, 2, 3, 2, 2, 3, 2).permute(0, 1, 2, 4, 6, 3, 5).reshape(1, 2, 12, 6)
    assert torch.equal(model(patches, (3, 4, 6))(x), by_hand)


def test_inputs_of_another_size_are_refused():
    network = model("x -> reshape(size = [10])", (2, 4, 5))
    with pytest.raises(
        InputError, match=r"takes \[2, 4, 5\], not \[2, 5, 4\]: a network that reshapes needs inputs of the size"
    ):
        network(torch.zeros(1, 1, 2, 5, 4, dtype=torch.float64))
