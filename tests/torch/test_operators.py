"""The operators as torch sees them: schemas, shapes without values, derivatives; and tensors of every kind as arguments."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.autograd import forward_ad

from spikegraph.backends.torch.modules.bits import packed, unpacked
from spikegraph.backends.torch.modules.convolution import convolve
from spikegraph.backends.torch.modules.leaky import leaky_integrate
from spikegraph.backends.torch.modules.lif import lif
from spikegraph.backends.torch.modules.mixing import add_matmul, mix
from spikegraph.backends.torch.modules.volume import cost_volume
from spikegraph.backends.torch.native import sparse
from spikegraph.backends.torch.native.neuron import Constants, fire
from spikegraph.backends.torch.native.norms import NormOf
from spikegraph.backends.torch.native.surrogates import SURROGATES
from spikegraph.backends.torch.operators import imitated
from spikegraph.backends.torch.triton import library
from spikegraph.backends.torch.triton.library import assumed

from ..sampled import sampled

OPS = torch.ops.spikegraph
DTYPES = [torch.float32, torch.float64, torch.bfloat16]
CONSTANTS = Constants(0.2, 0.5, True, "dspike", (3.0,), False)
HOW = {"decay": 0.2, "threshold": 0.5, "surrogate": "dspike", "b": 3.0}


def tensor(shape: tuple[int, ...], chosen: random.Random, dtype: torch.dtype = torch.float32) -> Tensor:
    """Random values with a random layout: transposed, with gaps, channels last, or expanded along the first axis."""
    number = torch.Generator().manual_seed(chosen.randrange(1 << 30))
    match chosen.randrange(5):
        case 0:
            x = torch.randn(shape[::-1], generator=number).permute(*reversed(range(len(shape))))
        case 1:
            x = torch.randn([n + 2 for n in shape], generator=number)[tuple(slice(1, n + 1) for n in shape)]
        case 2 if len(shape) > 3:
            x = torch.randn(*shape[:-3], *shape[-2:], shape[-3], generator=number).movedim(-1, -3)
        case 3:
            x = torch.randn(1, *shape[1:], generator=number).expand(shape)
        case _:
            x = torch.randn(shape, generator=number)
    return x.to(dtype)


def check(op: Callable[..., object], *args: object, grads: bool = True) -> None:
    """Runs torch's checks of an operator, with gradients of all real tensors."""

    def leaf(x: object) -> object:
        if isinstance(x, list):
            return [leaf(y) for y in x]
        return x.detach().requires_grad_() if grads and isinstance(x, Tensor) and x.is_floating_point() else x

    torch.library.opcheck(op, tuple(leaf(a) for a in args))  # type: ignore[arg-type]


@pytest.mark.native
@pytest.mark.parametrize("seed", sampled(range(6), 3))
def test_neurons(seed: int) -> None:
    chosen = random.Random(seed)
    channels, count = chosen.choice([4, 5, 12]), chosen.choice([1, 2, 3])
    shape = (chosen.choice([1, 3]), 2, channels, *[3] * chosen.choice([0, 2, 2, 3]))
    terms = [tensor(shape, chosen, chosen.choice(DTYPES)) for _ in range(count)]
    normed = [chosen.random() < 0.6 for _ in terms]
    norms = [torch.rand(channels) + 0.5 for _ in range(4 * sum(normed))]
    state = tensor(shape[1:], chosen) if chosen.random() < 0.5 else None
    b = (2.0,) if channels != 12 else (2.0, 3.0, 4.0)
    rest = (0.2, 0.5, chosen.random() < 0.5, chosen.choice(SURROGATES), list(b), False, chosen.random() < 0.5)
    for grads in (True, False):
        check(OPS.fire.default, terms, norms, normed, state, *rest, [1e-5] * count, [0.1] * count, grads=grads)


@pytest.mark.native
@pytest.mark.parametrize("seed", sampled(range(4), 2))
def test_convolutions(seed: int) -> None:
    chosen = random.Random(seed)
    axes, dtype = chosen.choice([2, 2, 3]), chosen.choice([torch.float32, torch.float64])
    x = (tensor((2, 9, *[5] * axes), chosen, dtype) > 0.5).to(dtype)
    weights = [tensor((out, 9, *[3] * axes), chosen, dtype) for out in (4, 3)]
    biases = [tensor((out,), chosen, dtype) for out in (4, 3)] if chosen.random() < 0.5 else []
    check(OPS.convolve.default, x, weights, biases, chosen.choice([1, 2]), chosen.choice([0, 5]), None, False)


@pytest.mark.native
@pytest.mark.parametrize("seed", sampled(range(2), 1))
def test_the_others(seed: int) -> None:
    chosen = random.Random(seed)
    x, y = (tensor((3, 2, 4, 5, 6), chosen) for _ in range(2))
    check(OPS.leaky_integrate.default, x, y[0], 0.2)
    check(OPS.lif.default, x, None, 0.2, 0.5, True, True, "dspike", 3.0, None, False)
    check(OPS.lif.default, x, y[0], 0.0, 0.5, False, True, "triangle", 0.0, torch.ones(4, 1, 1), True)
    check(OPS.weighted_sum.default, torch.randn(2), [x, y])
    check(OPS.cost_volume.default, x, y, 3)
    spikes = (tensor((10, 7), chosen) > 0).float()
    check(OPS.add_matmul.default, torch.randn(10, 3), spikes, torch.randn(7, 3), grads=False)
    check(OPS.pack_bits.default, spikes, grads=False)
    check(OPS.unpack_bits.default, packed(spikes), [10, 7], torch.float32)
    assert torch.equal(unpacked(packed(spikes.t()), (7, 10), torch.float32), spikes.t())


KINDS: dict[str, Callable[[Tensor], Tensor]] = {
    "negated": torch._neg_view,  # pyright: ignore[reportPrivateImportUsage]
    "imaginary": lambda x: torch.complex(torch.zeros_like(x), -x).conj().imag,
    "real part of a conjugate": lambda x: torch.complex(x, x).conj().real,
    "offset": lambda x: torch.cat([x.new_ones(7), x.flatten()])[7:].view(x.shape),
    "expanded": lambda x: x[:1].expand(x.shape),
    "with gaps": lambda x: torch.stack([x, x], -1)[..., 0],
    "transposed": lambda x: x.transpose(-1, -2).contiguous().transpose(-1, -2),
    "reversed": lambda x: x.flip(0, 2).flip(0, 2),
}


@pytest.mark.native
@pytest.mark.parametrize("kind", list(KINDS))
def test_views_give_the_same_as_copies(kind: str) -> None:
    """Spikes, potentials, sums and gradients of views equal those of contiguous copies."""
    x = torch.randn(3, 2, 4, 5, 6, generator=torch.Generator().manual_seed(3))
    view = KINDS[kind](x.requires_grad_())
    found: list[list[Tensor]] = []
    for current in (view, view.detach().clone().contiguous().requires_grad_()):
        weight, parameters = torch.ones(2, 4, 3, 3), [torch.linspace(1, 2, 4).requires_grad_() for _ in range(2)]
        norm = NormOf(*parameters, torch.zeros(4), torch.ones(4), 1e-5, 0.1)
        spikes = fire([current, current], [norm, None], None, CONSTANTS, training=True)
        results = [*spikes, lif(current, current[0], **HOW)[0], leaky_integrate(current, current[0], decay=0.2)[0]]
        results += [mix([current, current], torch.ones(2)), cost_volume(current, current, 2)]
        results += [convolve(current[0], [weight], [], 1), convolve((current[0] > 0).float(), [weight], [], 1, 5)]
        results += [add_matmul(None, (current[0, 0, 0] > 0).float(), torch.eye(6), spikes=True)]
        (grad,) = torch.autograd.grad(sum(r.sum() for r in results[:-2]), current)
        found.append([*results, grad])
    for a, b in zip(*found, strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-5)
    assert all(torch.equal(a, b) for a, b in zip(found[0][:3], found[1][:3], strict=True))


@pytest.mark.native
def test_terms_of_different_types() -> None:
    """Terms are added in the widest type, and each gradient has its term's type; float32 beside float64 was read as float64."""
    generator = torch.Generator().manual_seed(1)
    values = [torch.randn(3, 2, 4, 5, 5, generator=generator).to(dtype) for dtype in DTYPES]
    for number in range(3):
        terms = [v.clone().requires_grad_() for v in values[: number + 1]]
        wide = [v.clone().double().requires_grad_() for v in values[: number + 1]]
        spikes, after = fire(terms, [None] * len(terms), None, CONSTANTS)
        exact, _ = fire(wide, [None] * len(terms), None, CONSTANTS)
        assert after.dtype == (torch.float64 if number else torch.float32)
        assert torch.equal(spikes.double(), exact)
        spikes.sum().backward()
        exact.sum().backward()
        for a, b in zip(terms, wide, strict=True):
            assert a.grad is not None and b.grad is not None and a.grad.dtype == a.dtype
            torch.testing.assert_close(a.grad.double(), b.grad, rtol=1e-2, atol=1e-2 if number == 2 else 1e-5)


@pytest.mark.native
@pytest.mark.parametrize("shape", [(2, 0, 4, 5, 5), (2, 1, 4, 0, 5), (1, 1, 0, 5, 5)])
def test_nothing_to_compute(shape: tuple[int, ...]) -> None:
    x = torch.zeros(shape, requires_grad=True)
    spikes, state = lif(x, None, **HOW)
    (spikes.sum() + state.sum() + leaky_integrate(x, None, decay=0.2)[0].sum() + cost_volume(x, x, 2).sum()).backward()
    assert spikes.shape == shape and x.grad is not None and x.grad.shape == shape


@pytest.mark.native
def test_fake_tensors() -> None:
    """Shapes, types and strides without values, inside and outside the mode; reading their memory ended the process."""
    with FakeTensorMode() as mode:
        x = torch.empty(2, 3, 4, 5, 6, requires_grad=True)
    for inside in (True, False):
        with mode if inside else torch.enable_grad():
            spikes, state = lif(x, None, **HOW)
            y = convolve(spikes[0], [x[0, 0, :, :3, :3].unsqueeze(0)], [], 2, 3)
        (spikes.sum() + y.sum()).backward()
        assert (spikes.shape, state.shape, y.shape) == ((2, 3, 4, 5, 6), (3, 4, 5, 6), (3, 1, 3, 3))
        assert y.stride() == y.contiguous(memory_format=torch.channels_last).stride()


@pytest.mark.native
def test_arguments_that_compiled_code_would_read_beyond() -> None:
    x = torch.zeros(2, 1, 4, 5, 5)
    for terms, state, norms in (([x, x[:1]], None, []), ([x], x[0, :, :3], []), ([x], None, [torch.ones(3)] * 4)):
        with pytest.raises(ValueError, match=r"differ in shape|don't fit 4 channels"):
            numbers = [0.0] * len(terms)
            OPS.fire(terms, norms, [bool(norms)] * len(terms), state, *CONSTANTS, True, numbers, numbers)
    with pytest.raises(ValueError, match=r"can't be torch\.float16"):
        packed(torch.zeros(64, dtype=torch.float16))
    with pytest.raises(ValueError, match="aren't the bits"):
        unpacked(torch.zeros(8, dtype=torch.uint8), (65,), torch.float32)


@pytest.mark.native
def test_gradients_that_compiled_code_would_read_beyond() -> None:
    """A gradient in float32 was read as one in float64."""
    x = (torch.rand(2, 48, 6, 32, dtype=torch.float64) < 0.05).double()
    weight, grad = torch.randn(16, 48, 3, 3, dtype=torch.float64), torch.randn(2, 16, 6, 32)
    for stride, low in ((1, grad), (2, grad[:, :, :3, :16])):
        (mixed,) = OPS.convolve_backward(low, x, [weight], stride, 32, None, [False, True, False])
        (double,) = OPS.convolve_backward(low.double(), x, [weight], stride, 32, None, [False, True, False])
        assert mixed.dtype == torch.float64
        torch.testing.assert_close(mixed, double)
    with pytest.raises(ValueError, match=r"the gradient \[2, 16, 5, 32\] doesn't fit the result \[2, 16, 6, 32\]"):
        sparse.correlate(x, grad[:, :, :5], weight.shape, 1)
    terms = [torch.zeros(2, 1, 4, 5, 5)]
    good, none = torch.zeros(2, 1, 4, 5, 5), torch.empty(0)
    for spikes, affines, normed in ((good[:1], none, [False]), (good, none, [True]), (good, torch.zeros(1, 5, 4), [True])):
        with pytest.raises(ValueError, match="don't fit the terms"):
            OPS.fire_backward(spikes, None, terms, affines, normed, None, *CONSTANTS, True, [True])


def test_gradients_are_of_first_order() -> None:
    x = torch.randn(2, 1, 4, 5, 5, requires_grad=True)
    (grad,) = torch.autograd.grad(leaky_integrate(x, None, decay=0.2)[0].square().sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match=r"once_differentiable|first order"):
        grad.sum().backward()


def _tangent(function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor | None:
    with forward_ad.dual_level():
        return forward_ad.unpack_dual(function(forward_ad.make_dual(x, x))).tangent


TRANSFORMATIONS: dict[str, tuple[Callable[..., object], str]] = {
    "jvp": (lambda f, x: torch.func.jvp(f, (x,), (x,)), "forward-mode derivatives"),
    "dual tensors": (_tangent, "forward-mode derivatives"),
    "grad": (
        lambda f, x: torch.func.grad(lambda x: f(x).sum())(x),
        r"`torch\.func\.grad` and `torch\.func\.vjp` aren't supported",
    ),
    "vmap": (lambda f, x: torch.vmap(f, 1, 1)(x.unsqueeze(1)), r"`torch\.vmap` isn't supported"),
}


@pytest.mark.native
@pytest.mark.filterwarnings("ignore:`torch.jit.script`:DeprecationWarning")  # torch's own forward mode calls it
@pytest.mark.parametrize("name", list(TRANSFORMATIONS))
def test_transformations_of_functions(name: str) -> None:
    """Operators without rules for them refuse them: forward-mode derivatives were silently 0."""
    x = torch.randn(3, 2, 4, 5, 5, generator=torch.Generator().manual_seed(1))
    transform, message = TRANSFORMATIONS[name]
    weight = torch.ones(2, 4, 3, 3)
    for function in (
        lambda x: lif(x, None, **HOW)[0],
        lambda x: leaky_integrate(x, None, decay=0.2)[0],
        lambda x: convolve(x, [weight], [], 1),
    ):
        with pytest.raises(NotImplementedError, match=message):
            transform(function, x)
        fixed = function(x)
        transform(lambda y, function=function, fixed=fixed: y.sum() * fixed * function(x), torch.ones(2, 3))  # x isn't read


@pytest.mark.native
def test_autocast() -> None:
    """Results and gradients are those without it: the forward pass was in bfloat16, where the backward pass failed."""
    generator = torch.Generator().manual_seed(1)
    x, weight = torch.randn(2, 2, 3, 9, 7, generator=generator), torch.randn(8, 3, 3, 3, generator=generator)
    matrix = torch.randn(7, 3, generator=generator)
    found: list[list[Tensor]] = []
    for enabled in (True, False):
        leaves = [t.clone().requires_grad_() for t in (x, weight, matrix)]
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=enabled):
            results = [
                convolve(leaves[0], [leaves[1]], [], 1),
                add_matmul(None, (x[0, 0, 0] > 0).float(), leaves[2], spikes=True),
            ]
        (results[0].sum() + results[1].sum()).backward()
        found.append([*results, *(t.grad for t in leaves if t.grad is not None)])
    assert len(found[0]) == 5 and all(map(torch.equal, *found))


@pytest.mark.native
def test_imitated_calls_are_those_of_one_thread() -> None:
    """What another thread computes meanwhile had the numbers that memory held before."""
    x, seen = torch.ones(2, 1, 4, 5, 5), list[str]()
    wanted = lif(x, None, **HOW)[0]
    with imitated(lambda name, _: seen.append(name)), assumed(), ThreadPoolExecutor(1) as other:
        assert torch.equal(other.submit(lambda: lif(x, None, **HOW)[0]).result(), wanted)
        assert not other.submit(lambda: library.usable(x.to("meta"))).result()
        assert library.usable(x.to("meta")) and not seen
        lif(x, None, **HOW)
    assert seen == ["fire"] and not library.usable(x.to("meta"))
