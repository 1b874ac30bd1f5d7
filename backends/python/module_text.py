"""The text of a module, from its classes."""

from collections.abc import Iterable, Mapping, Sequence

from spikegraph.backends.python.classes import Class
from spikegraph.backends.python.helpers import HELPERS, needed
from spikegraph.backends.python.layout import documented, laid_out
from spikegraph.backends.python.neuron_text import NeuronText
from spikegraph.ir.graph import Graph
from spikegraph.ir.types import Value

STEPS = 4
"""Time steps of the example of a module."""


def module_text(
    graph: Graph,
    spec: str,
    helpers: Mapping[str, None],
    neurons: Sequence[NeuronText],
    classes: Sequence[Class],
    *,
    double: bool = False,
) -> str:
    """The module.

    Args:
        graph: The network.
        spec: Its spec, for the docstring.
        helpers: The helpers that it needs.
        neurons: The classes of its neurons.
        classes: Its other classes, that of the network last.
        double: Whether its weights are float64.
    """
    bodies = [neuron.text for neuron in neurons]
    spikes = dict.fromkeys(spike for neuron in neurons for spike in neuron.spikes)
    parts = [spike.text for spike in spikes]
    parts += [HELPERS[name].text.strip("\n") for name in needed(helpers)]
    parts += [*bodies, *map(_class, classes), _load(classes[-1].name, graph, double=double)]
    code = "\n\n\n".join(parts)
    imports = ["import math"] if "math." in code else []
    imports += ["from pathlib import Path", "", "import torch"]
    imports += ["import torch.nn.functional as F"] if "F." in code else []
    imports += ["from torch import nn"]
    lines = [part for line in [*imports, "", "", *code.split("\n")] for part in laid_out(line)]
    return "\n".join([_docstring(graph.name, spec), "", *lines]) + "\n"


OPENING = "The spiking neural network `{}`, from this spec of spikegraph:"
"""The first line of a module's docstring."""


def _docstring(name: str, spec: str) -> str:
    text = spec.replace("\\", "\\\\").replace('"""', '\\"\\"\\"').rstrip()
    return f'"""{OPENING.format(name)}\n\n{text}\n"""'


def is_written(text: str) -> bool:
    """Whether a file is such a module."""
    return text.startswith('"""') and spec_of(text.removeprefix('"""')) is not None


def spec_of(doc: str) -> str | None:
    """The spec in the docstring of a module; None if there is none."""
    first, _, spec = doc.partition("\n\n")
    begin, end = OPENING.split("{}")
    return f"{spec.rstrip()}\n" if first.startswith(begin) and first.endswith(end) else None


def _class(each: Class) -> str:
    lines = [f"class {each.name}(nn.Module):", *each.doc, ""]
    if each.init:
        lines += [f"    def __init__({', '.join(['self', *each.arguments])}):", "        super().__init__()"]
    elements: list[str] = []
    for k, (name, text) in enumerate(each.init):
        label, bracket, _ = name.partition("[")
        if not bracket:
            lines.append(f"        self.{name} = {text}")
            continue
        elements.append(text)
        if k + 1 == len(each.init) or not each.init[k + 1][0].startswith(f"{label}["):
            lines.append(f"        self.{label} = nn.ModuleList([{', '.join(elements)}])")
            elements = []
    lines += [*([""] if each.init else []), f"    def forward({', '.join(['self', *each.drafts[0].arguments])}):"]
    return "\n".join([*lines, *(f"        {line}" for line in each.forward)])


def network_doc(graph: Graph, arguments: Iterable[str]) -> list[str]:
    """The docstring of the network: what it takes, by these names, and returns, with shapes."""
    lines = [f'    """The network `{graph.name}`.', ""]
    for name, node in zip(arguments, graph.inputs().values(), strict=True):
        same = "" if node.value.steps else f", the same at each of {graph.time} time steps"
        lines.append(f"    {name}: {_shape(node.value)}{same}")
    for name, node in {**graph.outputs, **graph.taps}.items():
        tap = ", in training, for its loss" if name in graph.taps else ""
        lines.append(f"    returns {name}: {_shape(graph.node(node).value)}{tap}")
    return [*lines, '    """']


def _shape(value: Value) -> str:
    return f"[{', '.join([*(['T'] if value.steps else []), 'N', *map(str, value.shape)])}]"


def block_doc(kind: str, name: str) -> list[str]:
    """The docstring of a block or cell."""
    return documented(f"The {kind} `{name}`.")


def steps_of(graph: Graph, most: int) -> int:
    """The number of time steps of an example, at most this many: weights of each step may be fewer."""
    return min([most, *(longest for node in graph if (longest := node.op.longest()))])


def _load(name: str, graph: Graph, *, double: bool) -> str:
    steps = steps_of(graph, STEPS)
    shapes = [(*((steps,) if node.value.steps else ()), 2, *node.value.shape) for node in graph.inputs().values()]
    of = ", dtype=torch.float64" if double else ""
    given = [f"torch.rand({', '.join(map(str, shape))}{of})" for shape in shapes]
    return f'''WEIGHTS = Path(__file__).with_suffix(".pt")


def load(weights=WEIGHTS):
    """The network with its weights, in evaluation mode."""
    network = {name}(){".double()" if double else ""}
    network.load_state_dict(torch.load(weights, weights_only=True))
    return network.eval()


def example():
    """The network, and inputs of the shapes that it takes."""
    return load(), {given[0] if len(given) == 1 else f"[{', '.join(given)}]"}'''
