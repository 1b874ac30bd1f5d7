"""A small network for each model of neurons."""

from collections.abc import Iterator

import torch

from spikegraph.dsl.schema.neuron_models import NEURON_MODELS

STEPS, SIZE, CLASSES = 4, 6, 3


def spec(model: str, currents: tuple[str, ...]) -> str:
    """A network of two layers of neurons of a model; further currents have their own weights."""
    others = ", ".join(f"{name} = x -> conv(3, out = 4)" for name in currents[1:])
    inner = ", ".join(f"{name} = a" for name in currents[1:])
    return f"""sdhs 1
neuron act {{ model = {model} }}
network net {{
  input x : real[2, {SIZE}, {SIZE}]
  neuron = act
  time = {STEPS}
  a = x -> conv(3, out = 4) -> norm -> act{f"({others})" * bool(others)}
  b = a -> conv(3, out = 4) -> norm -> act{f"({inner})" * bool(inner)}
  output o = b -> pool(avg) -> flatten -> linear({CLASSES}) -> mean(time)
}}
"""


def models() -> Iterator[str]:
    """All models but other spellings of one."""
    return (name for name, signature in NEURON_MODELS.items() if not signature.constants)


def currents(model: str) -> tuple[str, ...]:
    """The names of a model's currents."""
    text = NEURON_MODELS[model].model
    return ("I",) if text is None else text.inputs


def over_time(model: str) -> bool:
    """Whether a model needs all time steps at once."""
    text = NEURON_MODELS[model].model
    return text is not None and text.over_time


def inputs(batch: int = 4, seed: int = 1) -> torch.Tensor:
    """Inputs [N, 2, SIZE, SIZE]."""
    return torch.rand(batch, 2, SIZE, SIZE, generator=torch.Generator().manual_seed(seed)) * 4 - 1
