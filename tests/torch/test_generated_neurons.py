"""Kernels that are generated from texts of models, compared with operations of torch and with the compiled neuron of Eq. 1."""

import math
import re

import pytest
import torch
from generated_kernels import EVERYTHING, LIBRARY, SHAPE, both, check, drawn, neuron_of, of_library
from torch import Tensor, nn

from spikegraph.backends.torch.modules import generated_neurons
from spikegraph.backends.torch.modules.lif import lif
from spikegraph.backends.torch.modules.neuron_sequences import neurons
from spikegraph.backends.torch.modules.resolved_neurons import resolved
from spikegraph.backends.torch.native.generated import library as compiled
from spikegraph.compiled.compiler import CompilerFailedError
from spikegraph.dsl.models.library import library, library_model

KEYS = [
    {"reset": "soft"},
    {"detach_reset": True, "decay_input": True},
    {"reset": "late", "spike_at": "reached"},
    {"fires": False},
    {"levels": 3, "reset": "soft", "spike_at": "reached"},
    {"levels": 4, "reset": "hard"},
    {"levels": 4, "reset": "soft", "spike_at": "nearest", "detach_reset": True},
]
VARIED = ("clif", "brf", "ternary", "counting")
OTHERS = tuple(
    name
    for name in library()
    if name not in (*VARIED, *LIBRARY) and library_model(name).plain.states and not library_model(name).over_time
)
PARAMETRIC = """model parametric(I) {
  number decay = 0.5 in (0, 1) learned per channel
  number threshold = 1 in (0, inf) learned per layer
  number k = 0.9 in (0, inf) learned per layer
  state v = 0
  u = relu(k * (decay * v[t-1] + I))
  y = fire(u, threshold)
  v = reset(u, y)
  emit y else u
}"""

COUNTING = """model counting(I) {
  number decay = 0.25 in [0, 1]
  number threshold = 0.5 in (0, inf) learned per channel
  state v = 0
  u = decay * v[t-1] + I
  y = fire(u, threshold, levels = 4, at = nearest)
  v = u - threshold * detach(y)
  emit y else u
}"""


@pytest.fixture(autouse=True)
def _of_any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generated_neurons, "FEWEST_VALUES", 0)


@pytest.mark.native
def test_a_generated_lif_has_the_bits_of_the_compiled_one(monkeypatch: pytest.MonkeyPatch) -> None:
    n = of_library("lif", "dspike", decay=0.3)
    x, state = drawn(1, (5, 2, 3, 6, 7), torch.float32), drawn(2, (2, 3, 6, 7), torch.float32)
    found = []
    for way in ("generated", "compiled"):
        leaves = [x.clone().requires_grad_(), state.clone().requires_grad_()]
        if way == "generated":
            spikes, (after,) = neurons(resolved(n), leaves[0], (leaves[1],), None)
        else:
            spikes, after = lif(*leaves, decay=0.3, threshold=0.75, surrogate="dspike", b=n.surrogate.b)
        ((spikes * drawn(3, spikes.shape, torch.float32)).sum() + (after * x[0]).sum()).backward()
        found.append([spikes, after, *(leaf.grad for leaf in leaves)])
    assert 0.1 < found[0][0].mean() < 0.9
    assert torch.equal(found[0][0], found[1][0])
    assert torch.equal(found[0][1], found[1][1])
    for ours, other in zip(found[0][2:], found[1][2:], strict=True):
        torch.testing.assert_close(ours, other, rtol=1e-6, atol=1e-6)


@pytest.mark.native
@pytest.mark.parametrize("continued", [True, False])
def test_all_functions_and_their_gradients(monkeypatch: pytest.MonkeyPatch, continued: bool) -> None:
    check(*both(monkeypatch, neuron_of(EVERYTHING), torch.float64, continued=continued), bits=False, relative=1e-12)


@pytest.mark.native
@pytest.mark.usefixtures("quickly_compiled")
@pytest.mark.parametrize("layout", ["first", "last"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_learned_numbers_in_both_layouts_and_precisions(
    monkeypatch: pytest.MonkeyPatch, dtype: torch.dtype, layout: str
) -> None:
    ours, theirs = both(monkeypatch, neuron_of(PARAMETRIC), dtype, layout)
    check(ours, theirs, bits=True, relative=1e-5 if dtype == torch.float32 else 1e-2)


@pytest.mark.native
@pytest.mark.slow
@pytest.mark.usefixtures("quickly_compiled")
@pytest.mark.parametrize("dtype", [torch.float64, pytest.param(torch.float32, marks=pytest.mark.long)], ids=str)
@pytest.mark.parametrize("name", [*VARIED, *(pytest.param(name, marks=pytest.mark.long) for name in OTHERS)])
def test_models(monkeypatch: pytest.MonkeyPatch, name: str, dtype: torch.dtype) -> None:
    relative = 1e-12 if dtype == torch.float64 else 2e-5
    text = COUNTING if name == "counting" else library_model(name).text
    for layout in ("first", "last"):
        for continued in (True, False):
            ours, theirs = both(monkeypatch, neuron_of(text), dtype, layout, continued=continued)
            check(ours, theirs, bits=not {"exp", "sigmoid", "tanh"} & set(re.findall(r"\w+", text)), relative=relative)


@pytest.mark.native
@pytest.mark.slow
@pytest.mark.usefixtures("quickly_compiled")
@pytest.mark.parametrize("model", ["cuba", *(pytest.param(model, marks=pytest.mark.long) for model in ("lif", "alif"))])
@pytest.mark.parametrize("keys", KEYS, ids=lambda keys: "-".join(map(str, keys.values())))
def test_keys_of_neurons(monkeypatch: pytest.MonkeyPatch, model: str, keys: dict[str, object]) -> None:
    if "levels" in keys and model == "alif":
        pytest.skip("it has no levels")
    check(*both(monkeypatch, of_library(model, **keys), torch.float64), bits=True, relative=1e-12)


@pytest.mark.native
@pytest.mark.slow
@pytest.mark.usefixtures("quickly_compiled")
@pytest.mark.parametrize(
    ("function", "low", "high", "ulps"),
    [
        ("exp", -87, 88, 2),
        ("sigmoid", -80, 80, 4),
        ("tanh", -12, 12, 4),
        ("tanh", -1e-3, 1e-3, 4),
        ("erf", -6, 6, 4),
        ("log", 0.01, 9, 1),
    ],
)
def test_functions_are_exact_to_a_few_units_in_the_last_place(function: str, low: float, high: float, ulps: int) -> None:
    inside = f"max(I, {low})" if function == "log" else "I"
    n = neuron_of(f"model m(I) {{\n  state v = 0\n  v = 0 * v[t-1] + {function}({inside})\n  emit v\n}}")
    x = (
        torch.rand(1, 1, 1, 50_000, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * (high - low) + low
    ).float()
    found, _ = neurons(resolved(n), x, None, None)
    right = getattr(torch, function)(x.double())
    unit = torch.exp2(torch.floor(torch.log2(right.abs())) - 23)
    assert ((found.double() - right).abs() / unit).max() < ulps
    assert not math.isnan(found.sum().item())


def test_a_source_follows_from_the_shape_of_equations_alone() -> None:
    """Names and values of numbers don't change it, and no word of a text gets into it."""
    renamed = PARAMETRIC.replace("k", "system").replace("leasystem", "leak").replace("0.9", "0.125")
    sources = []
    for text, b in ((PARAMETRIC, 3.0), (renamed, 1.5)):
        made = generated_neurons.made_for(neuron_of(text, b=b, decay=0.125 * b), given_width=False)
        assert made is not None
        sources.append(made.kernel.sources[torch.float32])
    assert "system" in renamed
    assert sources[0] == sources[1]
    assert not {"decay", "threshold", "parametric"} & set(re.findall(r"[A-Za-z_]+", sources[0]))


def test_traces_see_operations_of_torch() -> None:
    class Sequence(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return neurons(resolved(of_library("alif")), x, None, None)[0]

    exported = torch.export.export(Sequence(), (drawn(1, SHAPE, torch.float32),))
    names = {str(node.target) for node in exported.graph.nodes if node.op == "call_function"}
    assert "spikegraph.count_spikes.default" in names
    assert not any("generated" in name for name in names)


@pytest.mark.native
def test_without_a_library_neurons_are_operations_of_torch(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    def fails(_: object) -> None:
        raise CompilerFailedError("`g++` failed with status 1")

    compiled.functions.cache_clear()
    monkeypatch.setattr(compiled, "load", fails)
    n, x = of_library("cuba", decay=0.125), drawn(1, SHAPE, torch.float32)
    first, second = (neurons(resolved(n), x, None, None)[0] for _ in range(2))
    compiled.functions.cache_clear()
    assert torch.equal(first, second)
    notice = "note: `g++` failed with status 1; its neurons run as operations of torch, which is slower\n"
    assert capsys.readouterr().err == notice
