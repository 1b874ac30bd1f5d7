"""Neurons by Triton's kernels and by operations of torch: `python program.py DEVICE NAMES...` prints what they differ by.

`tests/torch` must be among the paths of modules. Without a GPU the environment has TRITON_INTERPRET=1, which must be so before
Triton is imported: it runs kernels on the CPU then.
"""

import json
import sys
import warnings
from collections.abc import Callable, Sequence

import torch
from generated_kernels import STRENGTH, drawn, neuron_of, of_library
from torch import Tensor, nn

import spikegraph
from spikegraph.backends.torch.modules import generated_neurons
from spikegraph.backends.torch.modules.neuron_sequences import neurons
from spikegraph.backends.torch.modules.resolved_neurons import resolved
from spikegraph.backends.torch.triton import launch
from spikegraph.backends.torch.triton import library as triton
from spikegraph.dsl.models.library import library, library_model
from spikegraph.ir.neuron import Neuron
from spikegraph.program.program import Program

DEVICE = sys.argv[1] if len(sys.argv) > 1 else "cpu"
ODD, EVEN = (6, 2, 3, 5, 7), (5, 2, 16, 4, 4)
LAUNCHES: list[str] = []
"""The kernels that ran."""
Found = dict[str, list[Tensor]]
"""Results, and gradients of everything that has one, by kind."""


def _counted(self: object, text: str, name: str, *rest: object, **constants: object) -> None:
    LAUNCHES.append(name)
    _run(self, text, name, *rest, **constants)


_run = launch.Launch.run
launch.Launch.run = _counted
generated_neurons.FEWEST_VALUES = 0


def by_both(compute: Callable[[], Found]) -> tuple[Found, Found]:
    """By Triton's kernels, of which some must have run, and by operations of torch alone."""
    LAUNCHES.clear()
    ours = compute()
    assert {"forward", "backward"} <= set(LAUNCHES), LAUNCHES
    usable, missing = triton.usable, generated_neurons.missing
    triton.usable, generated_neurons.missing = (lambda _: False), (lambda: "left out")
    try:
        return ours, compute()
    finally:
        triton.usable, generated_neurons.missing = usable, missing


def sequences(
    n: Neuron,
    dtype: torch.dtype,
    shape: Sequence[int] = ODD,
    *,
    last: bool = False,
    continued: bool = True,
    b: Sequence[float] = (),
) -> Found:
    """What neurons give for random currents, with weights of random numbers."""
    real = torch.float64 if dtype == torch.float64 else torch.float32
    x = ((drawn(1, shape, torch.float64) + 0.4) * STRENGTH.get(n.model, 1)).to(dtype)
    x = x.movedim(2, -1).contiguous().movedim(-1, 2) if last else x
    x, *others = (
        each.to(DEVICE).requires_grad_() for each in (x, *(drawn(9 + k, shape, dtype) for k in range(len(n.inputs) - 1)))
    )
    weights = nn.Module()
    for k, (name, sizes) in enumerate(n.weights(shape[2]).items()):
        value = n.initial()[name] + 0.1 * drawn(k, sizes, torch.float64)
        weights.register_parameter(name, nn.Parameter(value.to(DEVICE, real)))
    count = resolved(n).dynamics.states if continued else 0
    state = tuple(drawn(20 + k, shape[1:], real).to(DEVICE).requires_grad_() for k in range(count))
    result, after = neurons(resolved(n), x, state or None, weights, others, b)
    losses = [(each.to(real) * drawn(30 + k, each.shape, real).to(DEVICE)).sum() for k, each in enumerate((result, *after))]
    sum(losses).backward()
    leaves = (x, *others, *state, *weights.parameters())
    return {"results": [result, *after], "gradients": [torch.zeros_like(x) if x.grad is None else x.grad for x in leaves]}


NETWORK = """sdhs 1
neuron act {{ {keys} }}
network net {{
  input x : real[2, 6, 5]
  neuron = act
  time = 5
  a = x -> conv(3, out = 4) -> norm -> act
  s = add(a -> conv(3, out = 4) -> norm, a -> conv(1, out = 4) -> norm, a) -> act
  t = s -> conv(3, out = 4) -> act
  output o = t -> pool(avg) -> flatten -> linear(3) -> mean(time)
}}
"""


def network(keys: str, dtype: torch.dtype, *, training: bool, last: bool, compiled: bool = False) -> Found:
    """A network whose norms, sums and neurons are joined: results, gradients, running statistics.

    With `compiled` torch.compile makes one graph of its forward and one of its backward pass, where kernels are Triton's.
    """
    program = Program.of_text(NETWORK.format(keys=keys), "net.sdhs").checked("retrain")
    torch.manual_seed(0)
    model = spikegraph.compile(program, phase="retrain").to(DEVICE, dtype).train(training)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(2.5 if parameter.dim() > 1 else 1)
    x = 3 * drawn(1, (3, 2, 6, 5), dtype).to(DEVICE)
    x = x.contiguous(memory_format=torch.channels_last) if last else x
    whole = compiled and triton.usable(x)
    result = torch.compile(model, fullgraph=True, backend="aot_eager")(x) if whole else model(x)
    result.square().sum().backward()
    grads = [p.grad for p in model.parameters() if p.grad is not None]
    return {"results": [result], "gradients": grads, "statistics": [b.clone() for b in model.buffers()]}


def models() -> list[str]:
    """The models of the library that have steps and states."""
    return [name for name in library() if library_model(name).plain.states and not library_model(name).over_time]


def _model(name: str, dtype: torch.dtype, **how: object) -> Callable[[], Found]:
    return lambda: sequences(neuron_of(library_model(name).text), dtype, **how)


def _of(n: Callable[[], Neuron], dtype: torch.dtype, **how: object) -> Callable[[], Found]:
    return lambda: sequences(n(), dtype, **how)


KEYS = {
    "soft": {"reset": "soft"},
    "detached": {"detach_reset": True, "decay_input": True},
    "late": {"reset": "late", "spike_at": "reached"},
    "silent": {"fires": False},
    "reached": {"levels": 3, "reset": "soft", "spike_at": "reached"},
    "hard": {"levels": 4, "reset": "hard"},
    "nearest": {"levels": 4, "reset": "soft", "spike_at": "nearest", "detach_reset": True},
}
SURROGATES = (
    *("dspike", "triangle", "superspike", "arctan", "rectangular", "exponential", "sigmoid", "cauchy", "softsign"),
    *("gaussian", "hat", "open_rectangular"),
)
DOUBLE, SINGLE, BRAIN, HALF = torch.float64, torch.float32, torch.bfloat16, torch.float16
CASES: dict[str, Callable[[], Found]] = {
    **{
        f"{name} {'last' if last else 'first'}": _model(name, DOUBLE, last=last, continued=last)
        for name in models()
        for last in (0, 1)
    },
    **{f"{name} float32": _model(name, SINGLE, shape=EVEN) for name in models()},
    **{f"lif {name}": _of(lambda keys=keys: of_library("lif", **keys), DOUBLE) for name, keys in KEYS.items()},
    **{f"{name}": _of(lambda name=name: of_library("cuba", name), DOUBLE) for name in SURROGATES},
    **{f"{name} by groups": _of(lambda name=name: of_library("lif", name), DOUBLE, b=(2.0, 1.0, 0.5)) for name in SURROGATES},
    "bfloat16": _of(lambda: of_library("alif"), BRAIN, shape=EVEN, last=True),
    "float16": _of(lambda: of_library("cuba"), HALF, shape=EVEN),
    "twenty steps": _of(lambda: of_library("cuba"), DOUBLE, shape=(20, 2, 3, 5, 7)),
    "no pixels": _of(lambda: of_library("alif"), DOUBLE, shape=(4, 3, 10)),
    **{
        f"network {name}, {'training' if training else 'evaluation'}": (
            lambda keys=keys, training=training: network(keys, DOUBLE, training=training, last=training)
        )
        for name, keys in {
            "lif": "decay = 0.5",
            "soft": "decay = 0.3 reset = soft surrogate = triangle(b = 1)",
            "alif": "model = alif",
            "plif": "model = plif",
        }.items()
        for training in (True, False)
    },
    "network compiled, training": lambda: network("decay = 0.5", DOUBLE, training=True, last=False, compiled=True),
}
"""By name: what is computed by both."""


def differences(ours: Found, theirs: Found) -> dict[str, float]:
    """By kind, the largest difference of numbers, relative to 1 and the largest number."""
    found = {"spikes": ours["results"][0].double().abs().sum().item()}
    for kind, ones in ours.items():
        assert [x.shape for x in ones] == [y.shape for y in theirs[kind]]
        assert [x.dtype for x in ones] == [y.dtype for y in theirs[kind]]
        found[kind] = max(
            ((x.double() - y.double()).abs().max() / y.double().abs().max().clamp(min=1)).item()
            for x, y in zip(ones, theirs[kind], strict=True)
        )
    return found


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    for name in sys.argv[2:]:
        print(json.dumps({"case": name, **differences(*by_both(CASES[name]))}), flush=True)
