"""The inputs of a model: sizes, and messages if inputs don't fit."""

import pytest
import torch

from spikegraph.backends.torch.model import InputError, Model


def change(name, new):
    def changed(inputs):
        return {**inputs, name: new(inputs[name])}

    return changed


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (lambda i: {"left": i["left"]}, "the input `right` is missing"),
        (change("left", lambda v: v[0]), "the input `left` needs the axes [T, N, C, H, W], not the shape [2, 2, 8, 12]"),
        (change("right", lambda v: v[:, :, :1]), "the input `right` needs 2 channels (axis C), not 1"),
        (change("right", lambda v: v[:, :1]), "`left` and `right` differ in axis N: 2 and 1"),
        (change("right", lambda v: v[:3]), "the inputs differ in axis T: 5 and 3 (`right`)"),
        (change("left", lambda v: v[:0]), "the input `left` has no time step (axis T)"),
    ],
)
def test_inputs_that_dont_fit(stereo, changed, message, events):
    with pytest.raises(InputError) as caught:
        stereo.run(changed(events(1)))
    assert str(caught.value) == message


def test_the_number_of_inputs(stereo, small):
    with pytest.raises(InputError) as caught:
        stereo(torch.zeros(1))
    assert str(caught.value) == "the network needs 2 inputs (left, right), not 1"
    flat = Model(small("network net {\n  input x : real[3]\n  output y = x -> linear(2)\n}\n").build("search").plain)
    assert flat(torch.zeros(4, 2, 3)).shape == (4, 2, 2)
    with pytest.raises(InputError) as caught:
        flat(torch.zeros(4, 3))
    assert str(caught.value) == "the input `x` needs the axes [T, N, C], not the shape [4, 3]"


def test_what_is_not_in_the_graph(stereo, events):
    with pytest.raises(KeyError, match="nothing"):
        stereo.run(events(1), wanted=("nothing",))


def test_inputs_of_another_size_than_declared(stereo, events):
    assert stereo(*events(1, steps=2, samples=1, size=(11, 9)).values()).shape == (2, 1, 1, 3, 11, 9)
