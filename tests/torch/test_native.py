"""Compiled neurons compared with the same function in torch operations."""

from collections.abc import Sequence

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from spikegraph.backends.torch.kernels.activation import spikes_of
from spikegraph.backends.torch.kernels.fused import summed
from spikegraph.backends.torch.modules import bits
from spikegraph.backends.torch.modules import lif as module
from spikegraph.backends.torch.modules.bits import packable, packed, unpacked
from spikegraph.backends.torch.native import calls
from spikegraph.backends.torch.native.neuron import Constants, fire, usable
from spikegraph.backends.torch.native.norms import Addend, NormOf
from spikegraph.backends.torch.native.surrogates import SURROGATES
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.surrogates import SURROGATES as DEFINED
from spikegraph.ir.surrogates import Surrogate

compiled = pytest.mark.native


def last(x: Tensor) -> Tensor:
    """The same values, channels last in memory."""
    return x.movedim(2, -1).contiguous().movedim(-1, 2)


def case(
    channels: int, terms: int, dtype: torch.dtype, layout: str, *, seed: int = 0
) -> tuple[list[Tensor], list[Tensor], list[NormOf | None]]:
    """Leaf tensors, the terms computed from them, and their norms; the third term has no norm."""
    generator = torch.Generator().manual_seed(seed)
    leaves: list[Tensor] = []
    values: list[Tensor] = []
    for number in range(terms):
        width = 2 * channels if layout == "part" else channels
        x = torch.randn(5, 2, width, 6, 7, generator=generator, dtype=torch.float64).to(dtype)
        x = last(x) if layout != "first" or number else x
        leaves.append(x.requires_grad_())
        values.append(x.narrow(2, channels // 2, channels) if layout == "part" else x)
    norms: list[NormOf | None] = []
    real = torch.float64 if dtype == torch.float64 else torch.float32
    for number in range(terms):
        weight, var = (torch.rand(channels, generator=generator, dtype=real) + 0.5 for _ in range(2))
        bias, mean = (torch.randn(channels, generator=generator, dtype=real) for _ in range(2))
        norms.append(NormOf(weight.requires_grad_(), bias.requires_grad_(), mean, var, 1e-5, 0.1) if number < 2 else None)
    return leaves, values, norms


def results(
    way: str,
    made: tuple[list[Tensor], list[Tensor], list[NormOf | None]],
    n: Constants,
    state: Tensor | None,
    *,
    training: bool,
) -> list[Tensor]:
    """Spikes, state, gradients, and statistics."""
    leaves, values, norms = made
    if way == "compiled":
        spikes, after = fire(values, norms, state, n, training=training)
    else:
        surrogate = Surrogate(name=n.surrogate, b=1.0)
        reset = "hard" if n.hard else "soft"
        neuron = Neuron(decay=n.decay, threshold=n.threshold, reset=reset, surrogate=surrogate, detach_reset=n.detach_reset)
        total = summed([Addend(x, norm) for x, norm in zip(values, norms, strict=True)], training=training)
        spikes, after = spikes_of(neuron, total, state, n.b)
    upstream = torch.randn(spikes.shape, generator=torch.Generator().manual_seed(9), dtype=torch.float64).to(after.dtype)
    ((spikes * upstream).sum() + (after * upstream[0]).sum()).backward()
    given = [norm for norm in norms if norm is not None]
    found: list[Tensor | None] = [spikes, after, *(x.grad for x in leaves)]
    found += [tensor for norm in given for tensor in (norm.weight.grad, norm.bias.grad, norm.mean, norm.var)]
    found += [] if state is None else [state.grad]
    assert all(x is not None for x in found)
    return [x for x in found if x is not None]


@pytest.fixture
def operations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Disables the compiled neuron in the reference too."""
    monkeypatch.setattr(module, "usable", lambda *_: False)


@compiled
@pytest.mark.usefixtures("operations")
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("reset", ["hard", "soft", "detached"])
@pytest.mark.parametrize("surrogate", SURROGATES)
@pytest.mark.parametrize(
    ("channels", "terms", "layout"), [(12, 2, "first"), (5, 1, "last"), (64, 3, "last"), (10, 2, "part"), (7, 3, "first")]
)
def test_the_same_values_and_gradients(channels, terms, layout, surrogate, reset, training) -> None:
    """Equal up to rounding in float64, including the state and its gradient; with one b and with one per channel."""
    for b in ((2.5,), tuple(torch.linspace(1, 4, channels, dtype=torch.float64).tolist())):
        n = Constants(0.2, 0.5, reset != "soft", surrogate, b, reset == "detached")
        pair = []
        for way in ("compiled", "plain"):
            state = torch.randn(2, channels, 6, 7, generator=torch.Generator().manual_seed(4), dtype=torch.float64)
            made = case(channels, terms, torch.float64, layout)
            pair.append(results(way, made, n, state.requires_grad_(), training=training))
        for ours, theirs in zip(*pair, strict=True):
            torch.testing.assert_close(ours, theirs, rtol=1e-11, atol=1e-11)
        assert 0.05 < pair[0][0].mean() < 0.9


@compiled
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_results_past_the_caches(dtype, monkeypatch: pytest.MonkeyPatch) -> None:
    """Large results, which bypass the caches, have the same bits."""
    n, found = Constants(0.2, 0.5, True, "dspike", (3.0,), False), list[list[Tensor]]()
    for most in (1 << 40, 0):
        monkeypatch.setattr(calls, "CACHED", most)
        found.append(results("compiled", case(64, 2, dtype, "last"), n, None, training=True))
    assert all(map(torch.equal, *found)) and 0.05 < found[0][0].float().mean() < 0.9


@compiled
@pytest.mark.usefixtures("operations")
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_fewer_digits(dtype) -> None:
    """Equal to 1e-4 in float32. With bfloat16 terms, only spikes and gradients are rounded."""
    n = Constants(0.2, 0.5, True, "dspike", (3.0,), False)
    ours = results("compiled", case(12, 2, dtype, "last"), n, None, training=True)
    exact = case(12, 2, dtype, "last")
    wide = [x.detach().double().requires_grad_() for x in exact[0]]
    norms = [
        None
        if m is None
        else NormOf(
            m.weight.detach().double().requires_grad_(),
            m.bias.detach().double().requires_grad_(),
            m.mean.double(),
            m.var.double(),
            m.eps,
            m.momentum,
        )
        for m in exact[2]
    ]
    theirs = results("plain", (wide, wide, norms), n, None, training=True)
    assert ours[0].dtype is dtype and ours[1].dtype is torch.float32 and ours[2].dtype is dtype
    differ = (ours[0].double() != theirs[0]).double().mean()
    assert differ < 1e-3
    for a, b in zip(ours[2:], theirs[2:], strict=True):
        scale = b.abs().max()
        assert ((a.double() - b).abs() / scale).mean() < (1e-4 if dtype is torch.float32 else 1e-2)


@compiled
@pytest.mark.parametrize("surrogate", ["dspike", "exponential"])
def test_slopes_with_an_exponential_are_exact_to_a_few_units_in_the_last_place(surrogate: str) -> None:
    """In float32, of the definition's derivative at the same number; b x is rounded before, to half a unit times its size."""
    current = torch.linspace(0.01, 0.99, 3003).reshape(1, 1, 3003).requires_grad_()
    n = Constants(0.0, 0.5, True, surrogate, (3.0,), True)
    fire([current], [None], None, n)[0].sum().backward()
    assert current.grad is not None
    exact = [DEFINED[surrogate].derivative(x, 3.0) for x in (current.detach() - 0.5).flatten().tolist()]
    right = torch.tensor(exact, dtype=torch.float64)
    unit = torch.exp2(torch.floor(torch.log2(right)) - 23)
    assert ((current.grad.flatten().double() - right).abs() / unit).max() < 4


@compiled
@pytest.mark.parametrize(("channels", "lanes"), [(65, 130), (1001, 1001)])
def test_few_rows_of_many_channels(channels: int, lanes: int) -> None:
    """As torch's batch norm and a loop over steps give them, where a group had 64 rows though there are two."""
    generator = torch.Generator().manual_seed(1)
    x, upstream = (torch.randn(3, 2, channels, generator=generator, dtype=torch.float64) for _ in range(2))
    assert calls.cut([x]).lanes == lanes
    found: list[list[Tensor]] = []
    for ours in (True, False):
        current, *parameters = (
            t.clone().requires_grad_() for t in (x, *torch.rand(2, channels, generator=generator.manual_seed(2)).double())
        )
        mean, var = torch.zeros(channels, dtype=torch.float64), torch.ones(channels, dtype=torch.float64)
        if ours:
            spikes, state = fire(
                [current],
                [NormOf(*parameters, mean, var, 1e-5, 0.1)],
                None,
                Constants(0.5, 0.6, False, "triangle", (1.0,), True),
                training=True,
            )
        else:
            normed = F.batch_norm(current.flatten(0, 1), mean, var, *parameters, training=True).view(x.shape)
            state, steps = torch.zeros(2, channels, dtype=torch.float64), []
            for step in normed:
                u = step + 0.5 * state
                slope = (1 - (u - 0.6).abs()).clamp(min=0).detach()
                fired = (u > 0.6).double()
                steps.append(slope * (u - u.detach()) + fired)
                state = u - 0.6 * fired
            spikes = torch.stack(steps)
        (spikes * upstream).sum().backward()
        found.append([spikes, state, mean, var, *(t.grad for t in (current, *parameters) if t.grad is not None)])
    assert len(found[0]) == 7 and 0.1 < float(found[0][0].detach().mean()) < 0.9
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-12)


@compiled
def test_layouts_don_t_matter_and_calls_repeat() -> None:
    """Results don't depend on the memory formats of current and gradient, including expanded tensors."""
    n = Constants(0.2, 0.5, True, "dspike", (3.0,), False)
    x = torch.randn(4, 3, 5, 6, 7, generator=torch.Generator().manual_seed(1))
    upstreams = [torch.ones(()).expand(x.shape), torch.ones(x.shape), last(torch.ones(x.shape))]

    def one(current: Tensor, upstream: Tensor) -> Tensor:
        leaf = current.detach().requires_grad_()
        fire([leaf], [None], None, n, training=False)[0].backward(upstream)
        assert leaf.grad is not None
        return leaf.grad

    first = one(x, upstreams[0])
    assert first.abs().sum() > 0
    for current in (x, last(x), x.transpose(-1, -2).contiguous().transpose(-1, -2)):
        for upstream in upstreams:
            assert torch.equal(one(current, upstream), first)


@compiled
def test_one_number_of_threads_gives_one_result() -> None:
    """The sums of several threads are added in a fixed order."""
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        n = Constants(0.2, 0.5, True, "dspike", (3.0,), False)
        runs: Sequence[list[Tensor]] = [
            results("compiled", case(12, 2, torch.float32, "last"), n, None, training=True) for _ in "abc"
        ]
    finally:
        torch.set_num_threads(threads)
    assert all(torch.equal(a, b) for other in runs[1:] for a, b in zip(runs[0], other, strict=True))


@compiled
@pytest.mark.parametrize("count", [1, 63, 64, 65, 1000])
def test_spikes_as_bits(count) -> None:
    """Packing and unpacking restores spikes; bits need a sixteenth of the memory of bfloat16."""
    for dtype in (torch.bfloat16, torch.float32, torch.float64):
        x = (torch.rand(count, generator=torch.Generator().manual_seed(count)) < 0.4).to(dtype)
        bits = packed(x)
        assert bits.numel() == -(-count // 64) * 8
        assert torch.equal(unpacked(bits, x.shape, dtype), x)
    assert not packable(torch.zeros(4, 4).t()[:2])


@compiled
def test_which_spikes_are_packed_on_which_device(monkeypatch) -> None:
    monkeypatch.setattr(bits.triton, "usable", lambda x: True)
    for device, types in (("cpu", 3), ("meta", 4)):
        each = (torch.float32, torch.float64, torch.bfloat16, torch.float16, torch.int32)
        assert [packable(torch.zeros(4, dtype=dtype, device=device)) for dtype in each] == [k < types for k in range(5)]


@compiled
def test_what_is_left_to_torch() -> None:
    """Surrogates of other packages, other types, other shapes of b, and empty tensors aren't supported."""
    x = torch.zeros(2, 1, 3, 4, 4)
    assert usable(x, "dspike", (3.0,))
    assert usable(x, "dspike", (1.0, 2.0, 3.0))
    assert not usable(x, "dspike", (1.0, 2.0))
    assert not usable(x, "own", (3.0,))
    assert not usable(x.half(), "dspike", (3.0,))
    assert not usable(x[:, :0], "dspike", (3.0,))
    assert not usable(x.to("meta"), "dspike", (3.0,))
