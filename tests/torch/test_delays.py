"""Layers whose weights have delays: what training begins with, and delays that are whole numbers."""

import torch

import spikegraph

SPEC = "sdhs 1\nnetwork net {{\n  input x : real[{inside}, 1]\n  output y = x -> flatten -> delayed({out}, {more})\n}}\n"


def made(tmp_path, **text):
    (tmp_path / "net.sdhs").write_text(SPEC.format(**text))
    torch.manual_seed(0)
    return spikegraph.compile(tmp_path / "net.sdhs", phase="retrain").double()


def test_delays_begin_uniformly_between_the_ends(tmp_path):
    found = 24 * torch.sigmoid(made(tmp_path, inside=100, out=200, more="most = 24").y.delay)
    shares = torch.histc(found, 24, 0, 24) / found.numel()
    assert (shares - 1 / 24).abs().max() < 5 * (1 / 24 / found.numel()) ** 0.5


def test_each_weight_sees_its_own_time_step(tmp_path):
    """With delays far from half-way and narrow Gaussians a weight is at one step alone; a stream gives the same."""
    model = made(tmp_path, inside=3, out=2, more="most = 4, sigma = 0.2, bias = false")
    delay = torch.tensor([[1, 3, 2], [2, 1, 3]])
    model.y.delay.data = torch.logit(delay.double() / 4)
    x = torch.randn(9, 2, 3, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    expected = torch.zeros(9, 2, 2, dtype=torch.float64)
    for t in range(9):
        for o in range(2):
            for c in range(3):
                d = int(delay[o, c])
                expected[t, :, o] += model.y.weight[o, c].detach() * (x[t - d, :, c, 0] if t >= d else 0)
    with torch.no_grad():
        found, stream = model(x), model.stream()
        steps = torch.stack([stream.step({"x": step})["y"] for step in x])
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-4)
    torch.testing.assert_close(steps, found, rtol=0, atol=1e-12)
