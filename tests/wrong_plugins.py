"""Texts of plug-ins whose functions return what can't be used, as their places in braces say; {n} makes names their own."""

from itertools import count
from pathlib import Path

import pytest

import spikegraph

OPERATION = """\
from typing import ClassVar

from spikegraph.ir.opdef import Op, register
from spikegraph.plugins.registry import when_used


@register
class Odd{n}(Op):
    '''An operation.'''

    name: ClassVar[str] = "odd{n}"

    def infer(self, x):
        return {rule}


@when_used("spikegraph.kernels")
def kernels():
    from spikegraph.backends.torch.kernels.base import kernel

    @kernel(Odd{n})
    def odd(call, xs, state):
        return {kernel}
"""
REFERENCE = """

@when_used("spikegraph.references")
def references():
    from spikegraph.meaning.references import reference

    @reference(Odd{n})
    def odd(call, x):
        return {result}
"""
SURROGATE = """\
from spikegraph.ir.surrogates import SurrogateDef, register_surrogate
from spikegraph.plugins.registry import when_used

NAME = "odd{n}"
register_surrogate(SurrogateDef(NAME, "", "b", "an example", lambda x, b: b))


@when_used("spikegraph.kernels")
def gradients():
    from spikegraph.backends.torch.modules.surrogate_gradient import register_gradient

    {gradient}
"""
NEURON = """\
from spikegraph.dsl.schema.neuron_models import NEURON_MODELS, ModelSignature
from spikegraph.plugins.registry import when_used

NEURON_MODELS.register("odd{n}", ModelSignature("odd{n}", (), "", "u = I", "an example"))


@when_used("spikegraph.kernels")
def dynamics():
    from spikegraph.backends.torch.modules.neuron_models import DYNAMICS, Dynamics

    def step(current, states, n):
        return {result}

    DYNAMICS.register("odd{n}", Dynamics(step))
"""
ENERGY = """\
from spikegraph.analysis.energy import ENERGY_MODELS, EnergyModel

ENERGY_MODELS.register("odd{n}", EnergyModel("odd{n}", "", "an example", {{}}, lambda layer, pj: {result}))
"""
PASS = """\
from dataclasses import dataclass
from typing import ClassVar

from spikegraph.passes.base import Pass
from spikegraph.passes.registry import PASSES


@dataclass(frozen=True)
class Odd(Pass):
    '''A pass.'''

    name: ClassVar[str] = "odd{n}"

    def apply(self, graph):
        return {result}


PASSES.register(Odd.name, Odd)
"""
SPEC = """\
sdhs 1
neuron n {{ {neuron} }}
network net {{
  input x : real[2, 6, 6]
  output y = x -> {op} -> n -> pool -> linear(2)
}}
"""
TRAINED = """\
from spikegraph.data.images import ImageArrays
from spikegraph.data.source import Read
from spikegraph.dsl.schema.augmentations import AUGMENTATIONS, Augmentation
from spikegraph.dsl.schema.class_datasets import ImageDataset
from spikegraph.dsl.schema.dataset import SOURCES, Source
from spikegraph.dsl.schema.losses import LOSSES, OF, LossSignature


def read(dataset, folder):
    import numpy as np

    images, labels = np.arange(128, dtype=np.uint8).reshape(8, 4, 4, 1), np.arange(8) % 2
    return {read}


class Step:
    def __call__(self, sample, random, task):
        return {step}


def loss(call, logits):
    return {loss}


SOURCES.register("source{n}", Source(ImageDataset, read, built_in="drawn"))
AUGMENTATIONS.register("step{n}", Augmentation("step{n}", (), "", step=Step, reshape=lambda shape: shape))
LOSSES.register("loss{n}", LossSignature("loss{n}", (OF,), "", takes="{takes}", compute=loss))
"""
TRAINING = """\
sdhs 1
neuron n {{ decay = 0.5 }}
dataset d {{ source = source{n}  augment = [step{n}] }}
network net {{
  input x : real[1, 4, 4]
  time = 2
  output y = x -> conv(3, out = 2) -> n -> pool -> linear(2) -> mean(time)
}}
retrain net on d {{ epochs = 1  batch = 4  weights = adam(lr = 0.01)  loss = loss{n}(y) }}
"""
RIGHT = {
    "read": 'Read(ImageArrays(images, labels, ("a", "b")), ImageArrays(images, labels, ("a", "b")), "drawn")',
    "step": "sample",
    "loss": "logits.square().sum()",
    "takes": "logits",
}
PENALTY = """\
from spikegraph.dsl.schema.losses import LOSSES
from spikegraph.dsl.schema.penalties import Penalty


class Term:
    wants = ()

    def __init__(self, loss):
        self.loss, self.label = loss, loss.name

    def __call__(self, values, batch, architecture):
        return {term}

    def count(self, values, batch):
        return batch.counted.shape[-1]


def bind(loss, graph, plain, supernet):
    return {bind}


LOSSES.register("odd{n}", Penalty("odd{n}", (), "", check=lambda loss, graph: None, bind=bind))
"""
SCORES = """\
from spikegraph.tasks.class_scores import ClassScores


def metrics(scores):
    return {metrics}


ClassScores.metrics = metrics
N = {n}
"""
EVENTS = """\
import numpy as np

from spikegraph.dsl.schema.encodings import EVENT_ENCODINGS, EventEncoding


def encode(events, steps, height, width):
    return {result}


EVENT_ENCODINGS.register(
    "odd{n}", EventEncoding("odd{n}", (), "", encode=encode, channels=lambda: 2, kind="{kind}")
)
"""
SEARCHED = """\
from spikegraph.dsl.schema.methods import METHODS, MethodSignature


def front(search):
    return {front}


METHODS.register("odd{n}", MethodSignature("odd{n}", (), "", search=front, front=front))
"""
EXPORTER = """\
from spikegraph.plugins.exports import EXPORTERS


def write(run, out):
    out.write_text("network")
    return out


EXPORTERS.register("odd{n}", write)
"""
ENCODING = """\
import numpy as np

from spikegraph.dsl.schema.encodings import IMAGE_ENCODINGS, ImageEncoding


def encode(image, random):
    return {result}


IMAGE_ENCODINGS.register("odd{n}", ImageEncoding("odd{n}", (), "", encode=encode, {form}))
"""

NUMBERS = count()


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    """Writes and loads a plug-in, whose names are its own; gives the name."""
    monkeypatch.chdir(tmp_path)

    def write(text, **parts):
        n = next(NUMBERS)
        Path("odd.py").write_text(text.format(n=n, **parts), encoding="utf-8")
        spikegraph.load_plugin("odd.py")
        return f"odd{n}"

    return write


def plain(call, *inputs):
    """Calls a module as the functions of the package do, which name plug-ins."""
    from spikegraph.plugins.notes import naming_plugins

    with naming_plugins():
        return call(*inputs)
