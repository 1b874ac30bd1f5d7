"""What neurons and networks give for random numbers, by name: results, and gradients of everything that has one."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn.functional import batch_norm

import spikegraph
from spikegraph.backends.torch.modules.neuron_sequences import neurons, normed_neurons
from spikegraph.backends.torch.modules.resolved_neurons import resolved
from spikegraph.backends.torch.native.norms import Addend, NormOf
from spikegraph.dsl.models.library import library, library_model
from spikegraph.ir.neuron import Neuron
from spikegraph.program.program import Program

from ..torch.generated_kernels import EVERYTHING, STRENGTH, drawn, neuron_of, of_library

ODD, EVEN, TINY = (6, 2, 3, 5, 7), (5, 2, 16, 4, 4), (3, 2, 8, 2, 2)
DOUBLE, SINGLE, BRAIN, HALF = torch.float64, torch.float32, torch.bfloat16, torch.float16
Found = dict[str, list[Tensor]]
"""Results, gradients and statistics, by kind."""
Case = Callable[[str], Found]
"""What a case gives on a device."""


def sequences(
    neuron: Callable[[], Neuron],
    device: str,
    dtype: torch.dtype = DOUBLE,
    shape: Sequence[int] = ODD,
    *,
    last: bool = False,
    sliced: bool = False,
    continued: bool = True,
    b: Sequence[float] = (),
) -> Found:
    """What neurons give for random currents, with weights of random numbers."""
    n, real = neuron(), torch.float64 if dtype == torch.float64 else torch.float32
    x = ((drawn(1, shape, torch.float64) + 0.4) * STRENGTH.get(n.model, 1)).to(dtype)
    x = x.movedim(2, -1).contiguous().movedim(-1, 2) if last else x
    x = torch.stack([x, -x], -1)[..., 0] if sliced else x
    x, *others = (
        each.to(device).requires_grad_() for each in (x, *(drawn(9 + k, shape, dtype) for k in range(len(n.inputs) - 1)))
    )
    own = weights(n, shape[2], device, real)
    count = resolved(n).dynamics.states if continued else 0
    state = tuple(drawn(20 + k, shape[1:], real).to(device).requires_grad_() for k in range(count))
    result, after = neurons(resolved(n), x, state or None, own, others, b)
    losses = [(each.to(real) * drawn(30 + k, each.shape, real).to(device)).sum() for k, each in enumerate((result, *after))]
    sum(losses).backward()
    leaves = (x, *others, *state, *own.parameters())
    return {"results": [result, *after], "gradients": [torch.zeros_like(x) if x.grad is None else x.grad for x in leaves]}


def joined(
    neuron: Callable[[], Neuron], device: str, *, terms: int, steps: int, last: bool, training: bool, far: float = 0
) -> Found:
    """Neurons whose first current is a sum of normed terms, by one operation, or by `batch_norm` of torch and `neurons`.

    The terms are around `far`, which is far from the running means.
    """
    n, shape = neuron(), (steps, 2, 3, 2, 3)

    def of(seed: int, sizes: Sequence[int]) -> Tensor:
        return drawn(seed, sizes, DOUBLE).to(device)

    each = [of(k, shape) + far for k in range(terms + len(n.inputs) - 1)]
    each = [x.movedim(2, -1).contiguous().movedim(-1, 2) for x in each] if last else each
    currents, strength = [x.requires_grad_() for x in each], STRENGTH.get(n.model, 1)
    affine = [(strength * (1 + 0.2 * of(40 + k, [3])), strength * (0.4 + 0.1 * of(50 + k, [3]))) for k in range(terms)]
    learned = [(weight.requires_grad_(), bias.requires_grad_()) for weight, bias in affine]
    running = [(0.1 * of(60 + k, [3]), 1 + 0.1 * of(70 + k, [3]).abs()) for k in range(terms)]
    norms = [NormOf(*a, *r, 1e-5, 0.1) for a, r in zip(learned, running, strict=True)]
    own = weights(n, 3, device, DOUBLE)
    first = [Addend(x, norm) for x, norm in zip(currents, norms, strict=False)]
    others = currents[terms:]
    found = normed_neurons(resolved(n), [first, *([Addend(x)] for x in others)], None, own, (), training=training)
    if found is None:
        normed = (
            batch_norm(x.flatten(0, 1), *r, *a, training, 0.1, 1e-5).view_as(x)
            for x, r, a in zip(currents, running, learned, strict=False)
        )
        found = neurons(resolved(n), sum(normed), None, own, others)
    result, after = found
    sum((x * of(30 + k, x.shape)).sum() for k, x in enumerate((result, *after))).backward()
    leaves = (*currents, *(x for a in learned for x in a), *own.parameters())
    gradients = [torch.zeros_like(x) if x.grad is None else x.grad for x in leaves]
    return {"results": [result, *after], "gradients": gradients, "statistics": [x for r in running for x in r]}


def weights(n: Neuron, channels: int, device: str, real: torch.dtype) -> nn.Module:
    """Parameters near their first values, those of channels different."""
    module = nn.Module()
    for k, (name, sizes) in enumerate(n.weights(channels).items()):
        value = n.initial()[name] + 0.1 * drawn(k, sizes, torch.float64)
        module.register_parameter(name, nn.Parameter(value.to(device, real)))
    return module


DERIVED = """sdhs 1
neuron act {{ {keys} }}
neuron potential {{ fires = false  decay = 0.7 }}
network net {{
  input x : real[2, 6, 5]
  neuron = act
  time = 5
  a = x -> conv(3, out = 4) -> norm -> act
  s = add(a -> conv(3, out = 4) -> norm, a -> conv(1, out = 4) -> norm, a) -> act
  t = add(s -> conv(3, out = 4), a -> conv(1, out = 4)) -> act
  output o = t -> conv(1, out = 4) -> potential -> pool(avg) -> flatten -> linear(3) -> mean(time)
}}
"""
SUPERNET = """sdhs 1
neuron act {{ {keys} }}
candidates choices {{
  c3   = conv(3) -> norm -> act(surrogate = dspike(b = 3))
  c5   = conv(3) -> norm -> act(surrogate = dspike(b = 5))
  skip = identity
}}
cell c {{ inputs = [prev2, prev]  nodes = 2  candidates = choices  neuron = act }}
trellis t {{ cell = c  layers = 2  levels = 1 }}
network net {{
  input x : real[2, 6, 5]
  stem = x -> stem(3, out = 6)
  cells = stem -> t
  output y = cells -> restore(stem)
}}
"""


def network(text: str, keys: str, device: str, dtype: torch.dtype = DOUBLE, *, training: bool, compiled: bool = False) -> Found:
    """A network whose norms, sums and neurons are joined: results, gradients, running statistics.

    With `compiled` torch.compile makes one graph of its forward and one of its backward pass, where kernels are Triton's.
    """
    phase = "search" if text is SUPERNET else "retrain"
    program = Program.of_text(text.format(keys=keys), "net.sdhs").checked(phase)
    torch.manual_seed(0)
    model = spikegraph.compile(program, phase=phase).to(device, dtype).train(training)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(2.5 if parameter.dim() > 1 else 1)
    x = 3 * drawn(1, (4, 3, 2, 6, 5) if text is SUPERNET else (3, 2, 6, 5), dtype).to(device)
    result = torch.compile(model, fullgraph=True, backend="aot_eager")(x) if compiled else model(x)
    result.square().sum().backward()
    grads = [p.grad for p in model.parameters() if p.grad is not None]
    return {"results": [result], "gradients": grads, "statistics": [b.clone() for b in model.buffers()]}


def _text(name: str) -> Neuron:
    return neuron_of(library_model(name).text)


def _learned(surrogate: str, per: str, **keys: object) -> Neuron:
    n = of_library("lif", surrogate, **keys)
    return n.model_copy(update={"surrogate": n.surrogate.model_copy(update={"learned": per})})


def dynamic(name: str) -> bool:
    """Whether a model has states; of others norms aren't joined with neurons."""
    return resolved(_text(name)).dynamics.states > 0


MODELS = [name for name in library() if not library_model(name).over_time]
MEMORY = {name: ("first", "last")[number % 2] for number, name in enumerate(MODELS)}
"""In turn, whether channels are the last axis of the memory."""
KEYS: Mapping[str, Mapping[str, object]] = {
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
EXACT: Mapping[str, Mapping[str, Case]] = {
    "models": {
        f"{name} {'last' if last else 'first'}": partial(sequences, partial(_text, name), last=last, continued=last)
        for name in MODELS
        for last in (False, True)
    },
    "joined": {
        f"{name} with {terms} norm{'s' * (terms > 1)}, {steps} steps": partial(
            joined, partial(_text, name), terms=terms, steps=steps, last=memory == "last", training=steps != 4 * terms
        )
        for name, memory in MEMORY.items()
        if dynamic(name)
        for terms in (1, 2)
        for steps in (4, 8, 16, 32)
    },
    "far": {
        f"lif far from 0, {terms} norm{'s' * (terms > 1)}": partial(
            joined, partial(_text, "lif"), terms=terms, steps=4, last=terms == 1, training=True, far=1e4
        )
        for terms in (1, 2)
    },
    "parts": {
        f"{name} in parts": partial(sequences, partial(_text, name), shape=(11, 2, 3, 5, 7), last=memory == "last")
        for name, memory in MEMORY.items()
    },
    "pairs": {
        f"{name} in pairs, {steps} steps": partial(
            joined, partial(_text, name), terms=1, steps=steps, last=True, training=steps == 7
        )
        for name in ("adlif", "brf", "dendrite", "glif", "sliding_psn", "tclif")
        for steps in (7, 8)
    },
    "keys": {f"lif {name}": partial(sequences, partial(of_library, "lif", **keys)) for name, keys in KEYS.items()},
    "surrogates": {name: partial(sequences, partial(of_library, "cuba", name)) for name in SURROGATES},
    "groups": {
        f"{name} by groups": partial(sequences, partial(of_library, "lif", name), b=(2.0, 1.0, 0.5)) for name in SURROGATES
    },
    "learned": {
        f"{name} learned by {per} of {levels} levels": partial(
            sequences, partial(_learned, name, per, levels=levels), last=True
        )
        for name in SURROGATES
        for per, levels in (("layer", 3), ("channel", 1))
    },
    "everything": {
        f"everything {'last' if last else 'first'}": partial(sequences, partial(neuron_of, EVERYTHING), last=last)
        for last in (False, True)
    },
    "shapes": {
        "forty steps": partial(sequences, partial(of_library, "cuba"), shape=(40, 2, 3, 5, 7)),
        "forty steps last": partial(sequences, partial(_text, "glif"), shape=(40, 2, 3, 5, 7), last=True),
        "no pixels": partial(sequences, partial(of_library, "alif"), shape=(4, 3, 10)),
        "strides": partial(sequences, partial(_text, "plif"), sliced=True),
    },
    "networks": {
        f"network {name}, {'training' if training else 'evaluation'}": partial(network, DERIVED, keys, training=training)
        for name, keys in {
            "lif": "decay = 0.5",
            "soft": "decay = 0.3 reset = soft surrogate = triangle(b = 1)",
            "alif": "model = alif",
            "plif": "model = plif",
        }.items()
        for training in (True, False)
    },
    "supernets": {
        f"supernet {name}": partial(network, SUPERNET, keys, training=True)
        for name, keys in {
            "lif": "decay = 0.5",
            "alif": "model = alif threshold = learn(0.4, per = channel) decay = learn(0.3)",
            "ternary": "model = ternary",
        }.items()
    },
    "compiled": {"network compiled, training": partial(network, DERIVED, "decay = 0.5", training=True, compiled=True)},
}
"""Cases in float64, by group and name."""
SINGLES: Mapping[str, Case] = {
    f"{name} float32": partial(sequences, partial(_text, name), dtype=SINGLE, shape=EVEN) for name in MODELS
}
"""Cases in float32."""
_TINY: Mapping[str, Case] = {
    **{f"{name} {memory}": partial(sequences, partial(_text, name), last=memory == "last") for name, memory in MEMORY.items()},
    "cuba by groups last": partial(sequences, partial(of_library, "cuba"), b=(3.0, 1.0), last=True),
    "lif learned by channel first": partial(sequences, partial(_learned, "arctan", "channel")),
}
LOW: Mapping[str, Case] = {
    f"{name} {str(dtype).removeprefix('torch.')}": partial(case, dtype=dtype, shape=TINY)
    for name, case in _TINY.items()
    for dtype in (BRAIN, HALF)
}
"""Cases in bfloat16 and float16."""
CASES: Mapping[str, Case] = {**{name: case for group in EXACT.values() for name, case in group.items()}, **SINGLES, **LOW}
"""All of them."""
