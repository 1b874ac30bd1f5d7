"""The bounds of rounding: float32 stays within them for every operation, and an error of a thousandth doesn't."""

import numpy as np
import pytest
import torch
from compared_networks import both, compare

from spikegraph.backends.torch.exporting.refusals import NotExportableError
from spikegraph.backends.torch.exporting.step import StreamingStep
from spikegraph.backends.torch.judge import judge_of
from spikegraph.meaning.inputs import Inputs
from spikegraph.meaning.rounding.bounded import Bounded

pytestmark = pytest.mark.unchecked

HEAD = (
    "sdhs 1\nneuron lif { }\nneuron wave { model = alpha  fires = false }\n"
    "network net {\n  input x : real[4, 8, 12]\n  a = x -> conv(3, out = 4) -> norm -> lif\n"
)
BODIES = {
    "pools": "b = a -> pool(avg, kernel = 3, padding = even) -> conv(3, out = 4)\n"
    " output y = b -> pool(max, kernel = 3, padding = even)",
    "resizes": "b = a -> conv(3, out = 4) -> resize(x, mode = bilinear)\n output y = b -> upsample(scale = 2, mode = bilinear)",
    "nearest": "b = a -> conv(1, out = 4) -> upsample(scale = 2)\n output y = b -> conv(1, out = 2) -> crop(x)",
    "attention": "q = a -> conv(1, out = 4)\n output y = attend(q, a, q, heads = 2, scale = 0.3)",
    "axes": "b = a -> conv(3, out = 4) -> channel_shuffle(2) -> swap_axes(height, channels)\n"
    " output y = b -> reshape(size = [12, 4]) -> tokens -> conv(3, out = 2)",
    "rates": "b = a -> conv(3, out = 4) -> rate_scale(a, heads = 2)\n output y = b -> lif -> conv(3, out = 2)",
    "a margin": "b = a -> conv(1, out = 4, bias = false) -> norm(margin = 2)\n c = x -> norm(margin = 1) -> conv(3, out = 4)\n"
    " output y = add(b -> conv(3, out = 4, padding = 0), c)",
    "matrices": "q = a -> conv(1, out = 4)\n s = product(q, x -> conv(1, out = 4), heads = 2, transpose = right)\n"
    " output y = product(s, q, heads = 2)",
    "products": "b = a -> conv(3, out = 4) -> relu\n output y = mul(b, a -> conv(3, out = 4)) -> conv(1, out = 2)",
    "inhibition": "b = a -> conv(3, out = 4) -> relu\n output y = iand(b, x -> conv(3, out = 4) -> relu)",
    "instance norm": "b = a -> conv(3, out = 4) -> norm(kind = instance)\n output y = b -> lif -> conv(3, out = 4)",
    "layer norm": "b = a -> conv(3, out = 4) -> norm(kind = layer)\n output y = b -> conv(3, out = 4)",
    "norm of the input": "b = add(x -> norm, a) -> norm(affine = false)\n output y = b -> conv(3, out = 4)",
    "reductions": "b = a -> conv(3, out = 4)\n c = b -> reduce(by = mean, over = channels)\n"
    " output y = add(c, b -> reduce(by = max, over = channels))",
    "votes": "b = a -> pool -> linear(8) -> vote(2)\n output y = b",
    "transposed": "output y = a -> transposed(3, out = 4, stride = 2) -> norm -> lif -> conv(3, out = 2, groups = 2)",
    "signs": "b = a -> conv(3, out = 4, sign = inhibitory) -> norm\n"
    " output y = b -> lif -> conv(3, out = 2, sign = excitatory)",
    "planes": "v = cost_volume(a, a, planes = 4) -> conv(3, out = 1)\n output y = v -> subpixel",
    "all planes": "v = cost_volume(a, a, planes = 4) -> conv(3, out = 1)\n output y = v -> subpixel(support = all)",
    "frames": "t = x -> frame_times\n output y = x -> weigh_frames(t -> conv(1, out = 3) -> relu) -> lif -> conv(3, out = 2)",
    "class tokens": "t = concat(a -> tokens -> swap_axes(channels, width), a -> learned(channels = 1, size = [4], start = 2))\n"
    " output y = add(t, t -> learned(start = -0.25)) -> conv(1, out = 4)",
    "padding": "output y = a -> pad(multiple = 5) -> conv(3, out = 4) -> stack(2) -> conv(3, out = 2)",
    "over time": "output y = a -> conv(3, out = 3) -> mean(time)",
    "reductions over time": "output y = a -> conv(3, out = 3) -> reduce(over = time, by = max)",
    "sums over time": "output y = a -> conv(3, out = 3) -> reduce(over = time, by = sum)",
    "heads": "b = a -> conv(3, out = 4) -> reduce(over = channels, by = sum, heads = 2) -> spread(4)\n"
    " output y = b -> reduce(over = heads, by = mean, heads = 2) -> reduce(over = space, by = sum)",
    "parts": "b = a -> conv(3, out = 4)\n output y = add(b -> split(2, 0), b -> split([1, 2, 1], 1))",
    "differences": "output y = sub(a -> conv(3, out = 4) -> scale(-0.3), x -> pool)",
    "quotients": "output y = div(a -> conv(3, out = 4), x -> conv(1, out = 4) -> sigmoid)",
    "sigmoids": "output y = a -> conv(3, out = 4) -> sigmoid",
    "hyperbolic tangents": "output y = a -> conv(3, out = 4) -> tanh",
    "error function": "output y = a -> conv(3, out = 4) -> erf",
    "exponentials": "output y = a -> conv(3, out = 4) -> scale(3) -> exp",
    "potentials of a text": "output y = x -> wave",
    "concatenation": "b = concat(a -> conv(3, out = 2), x)\n output y = b -> conv(1, out = 2) -> dropout",
}


def text(name):
    return HEAD + "".join(f"  {line.strip()}\n" for line in BODIES[name].splitlines()) + "}\n"


@pytest.mark.parametrize("name", BODIES)
def test_float32_is_within_the_bounds_and_an_error_of_a_thousandth_is_not(name):
    deployed, separate = both(text(name))
    assert [note for note in compare(deployed, separate) if "not compared" not in note] == []

    def wrong(step, arrays):
        return [1.001 * step(*arrays)[0], *step(*arrays)[1:]]

    with pytest.raises(NotExportableError, match=r"number .* of `y` at step [01]"), torch.no_grad():
        compare(deployed, separate, wrong)


def test_the_judge_is_the_trained_network():
    """Its values are those of the network in float64, and bounds of exact numbers are only those of its own rounding."""
    _, separate = both(text("transposed"))
    judge, step = judge_of(separate), StreamingStep(separate.double())
    x = torch.randn(1, 4, 8, 12, generator=torch.Generator().manual_seed(0))
    follow = lambda fired: (Bounded.exact(fired.found.values[0]), {})  # noqa: E731
    with torch.no_grad():
        found, wanted = judge.run(Inputs({"x": x.double().numpy()[None]}, 1, 1), follow), step(x.double(), *step.begin(1))
    y = found.outputs["y"]
    np.testing.assert_allclose(y.value[0], wanted[0].numpy(), rtol=1e-12, atol=1e-12)
    assert 0 < y.error.max() < 1e-5 * np.abs(y.value).max()
