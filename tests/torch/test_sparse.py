"""Sparse convolutions compared with torch's dense ones."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from spikegraph.backends.torch.memory import memory_format
from spikegraph.backends.torch.modules.convolution import convolve
from spikegraph.backends.torch.native import sparse
from spikegraph.backends.torch.native.sparse import DENSE, SparsePasses, faster_passes, firing_rate, usable

compiled = pytest.mark.native

CASES = {
    "3 x 3": ((2, 20, 9, 11), 24, 3, 1),
    "stride 2": ((2, 20, 9, 12), 33, 3, 2),
    "5 x 5, many channels": ((1, 300, 9, 70), 100, 5, 1),
    "5 x 5, stride 2, more than a word of positions": ((2, 16, 8, 150), 40, 5, 2),
    "3 x 3 x 3": ((2, 9, 4, 5, 7), 10, 3, 1),
    "3 x 3 x 3, stride 2": ((2, 9, 4, 5, 7), 160, 3, 2),
    "more lines than positions": ((3, 8, 90, 5), 7, 3, 1),
    "smaller than the window": ((2, 8, 2, 1), 9, 5, 1),
}


def case(name: str, dtype: torch.dtype, firing: float = 0.3) -> tuple[Tensor, Tensor, Tensor, int]:
    shape, out, window, stride = CASES[name]
    torch.manual_seed(len(name))
    layout = memory_format(len(shape) - 2)
    x = (torch.rand(shape) < firing).to(dtype).contiguous(memory_format=layout)
    weight = torch.randn(out, shape[1], *[window] * (len(shape) - 2), dtype=torch.float64)
    kind = torch.float64 if dtype == torch.float64 else torch.float32
    return x, weight.to(kind).contiguous(memory_format=layout), torch.randn(out, dtype=kind), stride


@pytest.fixture
def skipping(monkeypatch: pytest.MonkeyPatch):
    """Sets the passes that skip silent inputs, whatever their firing rate."""

    def choose(passes: SparsePasses) -> None:
        monkeypatch.setattr(sparse, "faster_passes", lambda *_: passes)

    return choose


def dense(x: Tensor, weight: Tensor, bias: Tensor, stride: int) -> Tensor:
    function = F.conv2d if x.dim() == 4 else F.conv3d
    return function(x, weight, bias, stride, weight.shape[-1] // 2)


@compiled
@pytest.mark.parametrize("chosen", [SparsePasses(True, True), SparsePasses(True, False), SparsePasses(False, True)], ids=str)
@pytest.mark.parametrize("name", list(CASES))
def test_values_and_gradients_in_float64(name: str, chosen: SparsePasses, skipping) -> None:
    skipping(chosen)
    x, weight, bias, stride = case(name, torch.float64)
    found: list[list[Tensor]] = []
    for way in (lambda x, w, b, s: convolve(x, [w], [b], s, 1), dense):
        leaves = [t.clone(memory_format=torch.preserve_format).requires_grad_() for t in (x, weight, bias)]
        y = way(*leaves, stride)
        upstream = torch.randn(y.shape, generator=torch.Generator().manual_seed(3), dtype=y.dtype)
        y.backward(upstream)
        found.append([y.detach(), *(t.grad for t in leaves if t.grad is not None)])
    assert len(found[0]) == 4
    for a, b in zip(*found, strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-11)


@compiled
@pytest.mark.parametrize("name", list(CASES))
def test_values_and_gradients_in_float32_and_bfloat16(name: str, skipping) -> None:
    skipping(SparsePasses(True, True))
    x, weight, bias, stride = case(name, torch.float32)
    exact = dense(x.double(), weight.double(), bias.double(), stride)
    size = float(exact.abs().max())
    upstream = torch.randn(exact.shape, generator=torch.Generator().manual_seed(3))
    upstream = upstream.bfloat16().contiguous(memory_format=memory_format(x.dim() - 2))
    w = weight.double().requires_grad_()
    dense(x.double(), w, bias.double(), stride).backward(upstream.double())
    assert w.grad is not None
    for kind, rounding in ((torch.float32, 2e-6), (torch.bfloat16, 2**-8)):
        leaf = weight.clone(memory_format=torch.preserve_format).requires_grad_()
        y = convolve(x.to(kind), [leaf], [bias], stride, 1)
        assert y.dtype == kind
        torch.testing.assert_close(y.double(), exact, rtol=0, atol=rounding * size)
        y.backward(upstream.to(kind))
        assert leaf.grad is not None
        torch.testing.assert_close(leaf.grad.double(), w.grad, rtol=0, atol=2e-6 * float(w.grad.abs().max()))


@pytest.mark.parametrize("chosen", [DENSE, pytest.param(SparsePasses(True, True), marks=compiled)], ids=str)
@pytest.mark.parametrize("biased", [True, False])
def test_several_convolutions_of_one_input(chosen: SparsePasses, biased: bool, skipping) -> None:
    skipping(chosen)
    found: list[list[Tensor]] = []
    for joined in (True, False):
        x, weight, bias, stride = case("3 x 3", torch.float64)
        leaves = [
            t.clone().requires_grad_() for t in (x, *weight.split([5, 12, 7]), *(bias.split([5, 12, 7]) if biased else ()))
        ]
        weights, biases = leaves[1:4], leaves[4:]
        if joined:
            y = convolve(leaves[0], weights, biases, stride, 1)
        else:
            pairs = zip(weights, biases or [None] * 3, strict=True)
            y = torch.cat([F.conv2d(leaves[0], w, b, stride, 1) for w, b in pairs], 1)
        upstream = torch.randn(y.shape, generator=torch.Generator().manual_seed(3), dtype=y.dtype)
        y.backward(upstream)
        found.append([y.detach(), *(t.grad for t in leaves if t.grad is not None)])
    assert len(found[0]) == (8 if biased else 5)
    for a, b in zip(*found, strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-11)


@compiled
def test_the_same_with_any_number_of_threads(skipping) -> None:
    """The result doesn't depend on the number of threads, because one thread computes each sum."""
    skipping(SparsePasses(True, True))
    x, weight, bias, stride = case("5 x 5, many channels", torch.float32)
    threads, found = torch.get_num_threads(), list[Tensor]()
    try:
        for number in (1, 3):
            torch.set_num_threads(number)
            leaf = weight.clone(memory_format=torch.preserve_format).requires_grad_()
            y = convolve(x, [leaf], [bias], stride, 1)
            y.sum().backward()
            assert leaf.grad is not None
            found += [y.detach(), leaf.grad]
    finally:
        torch.set_num_threads(threads)
    assert torch.equal(found[0], found[2]) and torch.equal(found[1], found[3])


@compiled
def test_all_silent_and_all_firing(skipping) -> None:
    skipping(SparsePasses(True, True))
    for firing in (0.0, 1.0):
        x, weight, bias, stride = case("3 x 3", torch.float64, firing)
        y = convolve(x, [weight], [bias], stride, 1)
        torch.testing.assert_close(y, dense(x, weight, bias, stride), rtol=0, atol=1e-11)
        assert firing_rate(x) == firing


@compiled
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
@pytest.mark.parametrize("channel", [0, 19])
@pytest.mark.parametrize("value", [3.0, -1.0, 0.5, float("nan"), -0.0])
def test_other_values_than_zeros_and_ones(value: float, channel: int, dtype: torch.dtype, skipping) -> None:
    """A single one counts as itself, in values and gradients: it counted as 1."""
    skipping(SparsePasses(True, True))
    x, weight, bias, stride = case("3 x 3", dtype)
    x[1, channel, 4, 5] = value
    upstream, found = torch.ones(2, 24, 9, 11), list[tuple[Tensor, Tensor]]()
    for way, kind in ((lambda x, w, b, s: convolve(x, [w], [b], s, 1), dtype), (dense, torch.float64)):
        leaf = weight.to(weight.dtype if kind == dtype else kind, copy=True).requires_grad_()
        y = way(x.to(kind), leaf, bias.to(leaf.dtype), stride)
        y.backward(upstream.to(y.dtype))
        assert leaf.grad is not None
        found.append((y.detach().double(), leaf.grad.double()))
    for ours, exact in zip(*found, strict=True):
        torch.testing.assert_close(ours, exact, rtol=2**-8, atol=2**-4 if dtype == torch.bfloat16 else 1e-4, equal_nan=True)


@compiled
def test_sums_over_many_positions() -> None:
    """Gradients of weights in float32 beside sums in float64: as one long sum each they were wrong by 1e-5."""
    generator = torch.Generator().manual_seed(1)
    x = (torch.rand(8, 4, 128, 128, generator=generator) < 0.3).float().contiguous(memory_format=torch.channels_last)
    grad = torch.rand(8, 3, 128, 128, generator=generator)
    found = sparse.correlate(x, grad, torch.Size([3, 4, 3, 3]), 1)
    assert found is not None
    windows = F.pad(x.double(), (1, 1, 1, 1)).unfold(2, 128, 1).unfold(3, 128, 1)
    exact = torch.einsum("bckjyx,boyx->ockj", windows, grad.double())
    torch.testing.assert_close(found.double(), exact, rtol=2e-6, atol=0)


@compiled
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_the_rate_of_few_pixels_is_exact(dtype: torch.dtype) -> None:
    x = (torch.rand(3, 7, 5, 17, generator=torch.Generator().manual_seed(1)) < 0.2).to(dtype)
    x = x.contiguous(memory_format=torch.channels_last)
    assert firing_rate(x) == pytest.approx(float(x.double().mean()), abs=1e-12)


def test_when_it_is_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sparse, "processor", lambda: "flags : avx512f avx512_bf16")
    assert faster_passes(0.1, 144, 32, torch.float32) == SparsePasses(True, True)
    assert faster_passes(0.5, 144, 32, torch.float32) == SparsePasses(False, True)
    assert faster_passes(0.9, 144, 32, torch.float32) == SparsePasses(False, False)
    assert faster_passes(0.05, 288, 16, torch.bfloat16) == SparsePasses(True, True)
    assert faster_passes(0.2, 144, 32, torch.bfloat16) == SparsePasses(False, False)
    monkeypatch.setattr(sparse, "processor", lambda: "flags : amx_bf16 avx512_bf16")
    assert faster_passes(0.02, 576, 8, torch.bfloat16) == SparsePasses(True, False)
    assert faster_passes(0.1, 576, 8, torch.bfloat16) == SparsePasses(False, False)


def test_what_compiled_code_does_not_take(monkeypatch: pytest.MonkeyPatch) -> None:
    x, weight = torch.zeros(1, 4, 5, 5), torch.zeros(2, 4, 3, 3)
    assert not usable(x.to("meta"), weight, 1)
    assert not usable(x.half(), weight, 1)
    assert not usable(x[:0], weight, 1)
    assert not usable(x, weight[:, :3], 1)
    assert not usable(x, weight, 3)
    assert not usable(x, torch.zeros(2, 4, 7, 7), 1)
    monkeypatch.setattr(sparse, "missing", lambda: "no compiler")
    assert not usable(x, weight, 1)


@compiled
@pytest.mark.parametrize(
    "shape",
    [(24, 32, 32), (256, 7, 7), (768, 7, 7), (256, 5, 5), (256, 32, 32), (1, 16, 48), (60, 28, 28), (1, 600, 3)],
    ids=str,
)
def test_the_estimated_firing_rate_is_that_of_all_places(shape: tuple[int, int, int]) -> None:
    """Whatever part of the maps fires: lines, columns, the rim, the middle, or single samples."""
    count, height, width = shape
    firing = {
        "column": (..., slice(0, 1)),
        "stripes": (..., slice(1, None, 3)),
        "line": (slice(None), slice(None), slice(0, 1)),
        "half": (slice(None), slice(None), slice(height // 2)),
        "corner": (slice(None), slice(None), slice(0, 1), slice(0, 1)),
        "samples": (slice(0, None, 2),),
    }
    for name, places in firing.items():
        x = torch.zeros(count, 4, height, width).contiguous(memory_format=torch.channels_last)
        x[places] = 1
        assert firing_rate(x) == pytest.approx(float(x.mean()), abs=0.06), name
        assert firing_rate(1 - x) == pytest.approx(1 - float(x.mean()), abs=0.06), name
