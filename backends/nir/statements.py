"""The nodes of a graph of NIR as statements of the language, with the tensors that they need."""

from dataclasses import dataclass, field
from typing import Any

import nir
import numpy as np

from spikegraph.backends.nir.neuron_forms import Numbers, form
from spikegraph.backends.nir.reading import Read
from spikegraph.backends.nir.wires import RefusedError
from spikegraph.backends.nir.writer import Array
from spikegraph.foreign.errors import ForeignError
from spikegraph.foreign.names import valid
from spikegraph.foreign.statements import NeuronForm, Number, Operand, Place, Statement, Statements, StepBefore, Value, Weight


@dataclass
class Taken:
    """What was taken over.

    Attributes:
        statements: The computation.
        tensors: Weights by the names that the statements give them.
        inputs: The network's input for each input node of the graph.
        outputs: The network's output for each output node.
    """

    statements: Statements = field(default_factory=Statements)
    tensors: dict[str, Array] = field(default_factory=dict[str, Array])
    inputs: dict[str, str] = field(default_factory=dict[str, str])
    outputs: dict[str, str] = field(default_factory=dict[str, str])


@dataclass
class _Writer:
    read: Read
    taken: Taken = field(default_factory=Taken)
    values: dict[str, Value] = field(default_factory=dict[str, Value])
    numbers: dict[str, int] = field(default_factory=dict[str, int])
    count: int = 0

    def value(self, shape: tuple[int, ...], name: str | None = None) -> Value:
        """A new value; that of a node may have been promised to a statement before it."""
        number = self.numbers.get(name or "", -1)
        if number < 0:
            number, self.count = self.count, self.count + 1
        return Value(number, shape, (), len(shape) - 1)

    def promised(self, name: str) -> StepBefore:
        """The value of a node at the step before."""
        if name not in self.numbers:
            self.numbers[name] = self.values[name].number if name in self.values else self.count
            self.count += name not in self.values
        return StepBefore(self.numbers[name])

    def add(
        self,
        name: str,
        op: str,
        operands: tuple[Operand, ...],
        shape: tuple[int, ...],
        params: dict[str, Number] | None = None,
        weights: dict[str, Array] | None = None,
        neuron: NeuronForm | None = None,
        *,
        last: bool = True,
    ) -> Value:
        """Adds a statement of a node; the last one gives the node's value."""
        node = self.read.nodes[name]
        named = {own: Weight(f"{name}/{op}.{own}") for own in weights or {}}
        self.taken.tensors |= {named[own].name: tensor for own, tensor in (weights or {}).items()}
        place = Place(tuple(name.split(".")), (type(node),) * (name.count(".") + 1), type(node).__name__, layer=True)
        result = self.value(shape, name if last else None)
        self.taken.statements.body.append(Statement(op, operands, result, params or {}, named, place, neuron))
        return result

    def operand(self, name: str) -> Operand:
        """What edges bring to a node: the value of another one, or the sum of several."""
        found = [
            self.promised(a) if (a, name) in self.read.late else self.values[a] for a in dict.fromkeys(self.read.sources[name])
        ]
        if len(found) == 1:
            return found[0]
        return self.add(name, "add", tuple(found), self.shape(name, "input"), last=False)

    def shape(self, name: str, side: str) -> tuple[int, ...]:
        """The shape of what a node takes or gives."""
        node = self.read.nodes[name]
        types = node.input_type if side == "input" else node.output_type
        return tuple(int(n) for n in types[side])


def taken_over(read: Read) -> Taken:
    """The statements for a graph.

    Raises:
        ForeignError: Nodes can't be expressed; each is named.
    """
    writer, refused = _Writer(read), list[tuple[str, RefusedError]]()
    for name in read.order:
        try:
            writer.values[name] = _visit(writer, name, read.nodes[name])
        except RefusedError as error:
            refused.append((f"node `{name}` ({type(read.nodes[name]).__name__}): {error.summary}", error))
            if read.nodes[name].output_type.get("output") is None:
                break
            writer.values[name] = writer.value(writer.shape(name, "output"), name)  # so that the nodes behind it are checked
    if refused:
        (summary, first), *others = refused
        details = tuple(f"{text}; {error.help}" for text, error in others)
        raise ForeignError(summary, first.help, path=read.path, details=details) from first
    return writer.taken


def _visit(writer: _Writer, name: str, node: nir.NIRNode) -> Value:
    """The value of a node."""
    read, statements = writer.read, writer.taken.statements
    if name in read.inputs:
        value = writer.value(writer.shape(name, "output"), name)
        writer.taken.inputs[name] = _outer(name, "input", "x")
        statements.inputs[writer.taken.inputs[name]] = value
        return value
    x = writer.operand(name)
    if name in read.outputs:
        shape = writer.shape(name, "input")
        if name in str(read.metadata.get("mean_over_time", "")).split(", "):
            x = writer.add(name, "mean", (x,), shape, {"over": "time"})
        result = x if isinstance(x, Value) else writer.add(name, "identity", (x,), shape)
        writer.taken.outputs[name] = _outer(name, "output", "y")
        statements.outputs[writer.taken.outputs[name]] = result
        return result
    if isinstance(node, nir.Input | nir.Output):
        return x if isinstance(x, Value) else writer.add(name, "identity", (x,), writer.shape(name, "input"))
    return _layer(writer, name, node, x)


def _outer(name: str, word: str, short: str) -> str:
    """The name of an input or output in the spec: `x` for `input`, `left` for `input_left`."""
    return valid(short if name == word else name.removeprefix(f"{word}_"))


def _layer(writer: _Writer, name: str, node: nir.NIRNode, x: Operand) -> Value:
    into, out = writer.shape(name, "input"), writer.shape(name, "output")
    match node:
        case nir.Linear() | nir.Affine():
            if len(into) != 1:
                raise RefusedError("a linear layer on several axes", "flatten its input")
            return writer.add(name, "linear", (x,), out, *_weights({"out": out[0]}, node))
        case nir.Conv1d() | nir.Conv2d():
            return writer.add(name, "conv", (x,), out, *_convolution(node, len(into) - 1))
        case nir.SumPool2d() | nir.AvgPool2d():
            return _pool(writer, name, node, x)
        case nir.Flatten():
            if len(out) != 1:
                raise RefusedError("it leaves several axes", "use one with `start_dim = 0` and `end_dim = -1`")
            return writer.add(name, "flatten", (x,), out)
        case nir.Scale():
            before = read_source(writer.read, name)
            if before is not None and isinstance(x, Value) and undoes_padding(writer.read, before):
                return x  # the pooling before it doesn't count its padding
            return _scaled(writer, name, x, into, np.asarray(node.scale))
        case nir.LIF() | nir.IF() | nir.LI() | nir.I() | nir.CubaLIF() | nir.CubaLI() | nir.Threshold():
            made, tensors = form(Numbers(node, writer.read.dt))
            return writer.add(name, "neuron", (x,), out, weights=tensors, neuron=made)
        case _:
            raise RefusedError("there is no operation for it", "remove it from the graph")


def _weights(params: dict[str, Number], node: Any) -> tuple[dict[str, Number], dict[str, Array]]:
    """Parameters and tensors of a layer; a bias of zeros is left out."""
    bias = np.asarray(getattr(node, "bias", 0))
    if bias.any():
        return params, {"weight": node.weight, "bias": node.bias}
    return {**params, "bias": False}, {"weight": node.weight}


def _convolution(node: nir.Conv1d | nir.Conv2d, axes: int) -> tuple[dict[str, Number], dict[str, Array]]:
    kernel = tuple(node.weight.shape[2:])
    params: dict[str, Number] = {"kernel": _one(kernel), "out": int(node.weight.shape[0])}
    if (stride := _pair(node.stride, axes)) != (1,) * axes:
        params["stride"] = _one(stride)
    if (dilation := _pair(node.dilation, axes)) != (1,) * axes:
        params["dilation"] = _one(dilation)
    if (groups := int(node.groups)) != 1:
        params["groups"] = groups
    if str(node.padding) == "same" and stride != (1,) * axes:
        raise RefusedError("a padding `same` with a stride", "write the padding as numbers")
    if str(node.padding) != "same":
        padding = (0,) * axes if str(node.padding) == "valid" else _pair(node.padding, axes)
        reach = tuple(d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True))
        if any(p != r // 2 or r % 2 == 0 for p, r in zip(padding, reach, strict=True)):
            params["padding"] = _one(padding)  # otherwise it is what the language does by itself
    return _weights(params, node)


def _pool(writer: _Writer, name: str, node: nir.SumPool2d | nir.AvgPool2d, x: Operand) -> Value:
    """An average without padding is a pooling; sums, and averages that count their padding, are convolutions."""
    kernel, stride, padding = (_pair(n, 2) for n in (node.kernel_size, node.stride, node.padding))
    out = writer.shape(name, "output")
    params: dict[str, Number] = {"kernel": _one(kernel), "stride": _one(stride), "padding": _one(padding)}
    if isinstance(node, nir.AvgPool2d) and (not any(padding) or undoes_padding(writer.read, name)):
        return writer.add(name, "pool", (x,), out, {"kind": "avg", **params})
    if any(p >= k for p, k in zip(padding, kernel, strict=True)):
        raise RefusedError("its padding isn't smaller than its window", "use a smaller padding")
    each = 1 / (kernel[0] * kernel[1]) if isinstance(node, nir.AvgPool2d) else 1
    weight = np.full((out[0], 1, *kernel), each, np.float32)
    params = {"kernel": params["kernel"], "out": out[0], **params, "groups": "all", "bias": False}
    return writer.add(name, "conv", (x,), out, params, {"weight": weight})


def read_source(read: Read, name: str) -> str | None:
    """The node that alone leads to a node."""
    return read.sources[name][0] if len(read.sources[name]) == 1 else None


def undoes_padding(read: Read, name: str) -> bool:
    """Whether a node is an average pooling whose counted padding a `Scale`, its only user, takes out again."""
    node, users = read.nodes[name], [user for user, sources in read.sources.items() if name in sources]
    if not isinstance(node, nir.AvgPool2d) or len(users) != 1 or read.sources[users[0]] != [name]:
        return False
    scale = read.nodes[users[0]]
    if not isinstance(scale, nir.Scale):
        return False
    counts = np.ones((), np.int64)
    axes = zip(node.input_type["input"][1:], node.output_type["output"][1:], strict=True)
    window = zip(*(_pair(n, 2) for n in (node.kernel_size, node.stride, node.padding)), strict=True)
    for (n, m), (k, s, p) in zip(axes, window, strict=True):
        first = np.arange(int(m)) * s - p
        counts = np.multiply.outer(counts, np.minimum(first + k, int(n)) - np.maximum(first, 0))
    factors = (int(np.prod(_pair(node.kernel_size, 2))) / counts).astype(np.float32)
    return bool(np.array_equal(np.asarray(scale.scale), np.broadcast_to(factors, scale.scale.shape)))


def _scaled(writer: _Writer, name: str, x: Operand, shape: tuple[int, ...], scale: Array) -> Value:
    """A factor for each channel."""
    channels = scale.reshape(shape[0], -1)
    if (channels != channels[:, :1]).any():
        raise RefusedError("its factors differ within a channel", "use one for each channel")
    if (channels == 1).all() and isinstance(x, Value):
        return x
    if len(shape) == 1:
        weight = np.diag(channels[:, 0])
        return writer.add(name, "linear", (x,), shape, {"out": shape[0], "bias": False}, {"weight": weight})
    weight = channels[:, :1].reshape(shape[0], 1, *(1,) * (len(shape) - 1))
    params: dict[str, Number] = {"kernel": 1, "out": shape[0], "groups": "all", "bias": False}
    return writer.add(name, "conv", (x,), shape, params, {"weight": weight})


def _pair(given: Any, axes: int) -> tuple[int, ...]:
    return tuple(int(n) for n in np.broadcast_to(np.asarray(given), axes))


def _one(given: tuple[int, ...]) -> int | tuple[int, ...]:
    """One number if all are equal."""
    return given[0] if len(set(given)) == 1 else given
