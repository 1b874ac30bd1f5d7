"""The text of a spec for a module's statements, as a person would write it, and the order of its operations."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.parser import parse
from spikegraph.dsl.printer import print_file
from spikegraph.dsl.source import SourceFile
from spikegraph.foreign.blocks import Block, Item, Use
from spikegraph.foreign.names import valid
from spikegraph.foreign.numbers import number as written_number
from spikegraph.foreign.statements import NeuronForm, Number, Operand, Statement, Statements, StepBefore, Value
from spikegraph.foreign.structure import structured

WIDTH = 100
"""The longest pipeline on one line."""


@dataclass(frozen=True)
class Written:
    """A spec.

    Attributes:
        text: Its text.
        order: The statements, in the order in which the spec's operations are made.
    """

    text: str
    order: tuple[Statement, ...]


@dataclass
class _Scope:
    """Names of values inside a network or block."""

    taken: set[str]
    names: dict[int, str] = field(default_factory=dict[int, str])

    def name(self, value: Value, wanted: str) -> str:
        """A free name for a value."""
        base = valid(wanted)
        name, count = base, 1
        while name in self.taken:
            count += 1
            name = f"{base}{count}"
        self.taken.add(name)
        self.names[value.number] = name
        return name


def write(statements: Statements, name: str, kind: str, source: str, time: int | None) -> Written:
    """A spec of a module.

    Args:
        statements: What it computes.
        name: The name of the network.
        kind: The kind of its inputs, such as `real`.
        source: What the first line says it is from.
        time: Time steps for which the inputs are repeated; None if they have steps.
    """
    structure = structured(statements)
    blocks = (*structure.shared.values(), *structure.blocks)
    neurons = _neurons(s for s in statements.body)
    models = dict.fromkeys(form.model for form in neurons if form.model)
    names = {b.name for b in blocks} | set(neurons.values())
    order: list[Statement] = []
    parts = [f"# {source}\nsdhs 1\n"]
    parts += models
    parts += [_neuron(name, form) for form, name in neurons.items()]
    parts += [_block(b, neurons, names, {} if b.shared else structure.shared) for b in blocks]
    scope = _Scope({*names, *statements.outputs})
    lines = [f"network {name} {{"]
    for input_, value in statements.inputs.items():
        scope.taken.add(input_)
        scope.names[value.number] = input_
        lines.append(f"  input {input_} : {kind}[{', '.join(map(str, (value.channels, *value.size)))}]")
    if time is not None:
        lines.append(f"  time = {time}")
    writer = _Writer(scope, neurons, order, structure.shared)
    lines += writer.lines(structure.items, statements.outputs)
    return Written(_canonical("\n".join(["\n".join(parts), *lines, "}", ""])), tuple(order))


def _canonical(text: str) -> str:
    """A text as `spikegraph fmt` writes it; one that isn't sound stays, and is refused where it is read."""
    file = parse(SourceFile("imported", text), Diagnostics())
    return text if file is None else print_file(file)


def _neurons(body: Iterable[Statement]) -> dict[NeuronForm, str]:
    """A name for each neuron that a declaration is needed for."""
    found: dict[NeuronForm, str] = {}
    for s in body:
        if s.neuron is not None and s.neuron not in found:
            model = dict(s.neuron.keys).get("model", "lif").partition("(")[0].partition("_model")[0]
            base = {"relu": "act", "if": "ifn"}.get(model, model)
            same = sum(n.rstrip("0123456789") == base for n in found.values())
            found[s.neuron] = base if not same else f"{base}{same + 1}"
    return found


def _neuron(name: str, form: NeuronForm) -> str:
    width = max(len(k) for k, _ in form.keys)
    keys = "\n".join(f"  {k:{width}} = {v}" for k, v in form.keys)
    return f"neuron {name} {{\n{keys}\n}}\n"


def _block(block: Block, neurons: Mapping[NeuronForm, str], names: set[str], shared: Mapping[tuple[str, ...], Block]) -> str:
    part = block.first
    scope = _Scope({*names, *block.defaults})
    inputs = ["x", "y", "z"][: part.form.inputs] if part.form.inputs <= 3 else [f"x{k}" for k in range(part.form.inputs)]
    for value, name in zip(part.inputs, inputs, strict=True):
        scope.taken.add(name)
        scope.names[value.number] = name
    lines = [f"block {block.name}({', '.join(inputs)}) {{", f"  weights = {'shared' if block.shared else 'own'}"]
    lines += [f"  param {name} = {_value(value)}" for name, value in block.defaults.items()]
    writer = _Writer(scope, neurons, [], shared, block)
    return "\n".join([*lines, *writer.lines(part.body, {None: part.result}), "}", ""])


def _value(value: Number) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int() | str():
            return str(value)
        case float():
            return written_number(value)
        case _:
            return f"[{', '.join(map(str, value))}]"


FIRST = {
    "conv": ("kernel",),
    "transposed": ("kernel",),
    "pool": ("kind",),
    "linear": ("out",),
    "dropout": ("probability",),
    "mean": ("over",),
    "vote": ("voters",),
    "scale": ("by",),
    "split": ("parts", "part"),
    "swap_axes": ("first", "second"),
}
"""Parameters that are written without their name."""


@dataclass
class _Writer:
    """Writes items as pipelines; `order` gets the statements in the order in which they are made.

    `shared` are the blocks of layers that are called several times, by their tensors.
    """

    scope: _Scope
    neurons: Mapping[NeuronForm, str]
    order: list[Statement]
    shared: Mapping[tuple[str, ...], Block]
    block: Block | None = None

    def lines(self, items: Sequence[Item], outputs: Mapping[str | None, Value] | Mapping[str, Value]) -> list[str]:
        uses: dict[int, int] = {}
        for item in items:
            for o in item.operands:
                uses[o.number] = uses.get(o.number, 0) + (2 if isinstance(o, StepBefore) else 1)
        later = {o.number for item in items for o in item.operands if isinstance(o, StepBefore)}
        for item in items:
            if item.result.number in later:
                self.scope.name(item.result, _label(item))
        ends = {value.number for value in outputs.values()}
        made = {item.result.number for item in items}  # an output may be an input, which no line makes
        inline = ends if len(outputs) == 1 and ends.isdisjoint(uses) and ends <= made else set[int]()
        found = list[str]()
        for row in self._rows(items, uses, ends):
            for item in row:
                self.order.extend(item.part.body if isinstance(item, Use) else (item,))
            text, result = self._pipeline(row), row[-1].result
            if result.number in inline:
                found += [f"  {_output(name)} {text}" for name in outputs]
            else:
                known = self.scope.names.get(result.number)
                found.append(f"  {known or self.scope.name(result, _label(row[-1]))} = {text}")
        if not inline:
            found += [f"  {_output(name)} {self.scope.names[value.number]}" for name, value in outputs.items()]
        return found

    def _rows(self, items: Sequence[Item], uses: Mapping[int, int], ends: Collection[int]) -> list[list[Item]]:
        """Rows of items in which each takes the result before and nobody else does, short enough for a line."""
        rows: list[list[Item]] = []
        index = {id(item): k for k, item in enumerate(items)}
        for item in items:
            last = rows[-1][-1] if rows else None
            joins = (
                last is not None
                and last.result.number not in ends
                and last.result.number not in self.scope.names
                and uses.get(last.result.number) == 1
                and len(item.operands) == 1
                and item.operands[0].number == last.result.number
                and not isinstance(item.operands[0], StepBefore)
                and index[id(item)] == index[id(last)] + 1
                and not self._apart(last, item)
                and len(" -> ".join(self._call(i) for i in (*rows[-1], item))) <= WIDTH
            )
            if joins:
                rows[-1].append(item)
            else:
                rows.append([item])
        return rows

    def _apart(self, before: Item, after: Item) -> bool:
        """Whether a new line begins: at another stage of the module, where one of the two is more than a layer."""
        if self.block is not None:
            return False
        one, other = (_stage(item) for item in (before, after))
        return one != other and (one[1] or other[1])

    def _pipeline(self, row: Sequence[Item]) -> str:
        stages = list[str]()
        k = 0
        while k < len(row):
            n = 1
            item = row[k]
            while isinstance(item, Use) and k + n < len(row) and _same_use(item, row[k + n]):
                n += 1
            call = self._call(item)
            stages.append(f"repeat({call}, {n})" if n > 1 else call)
            k += n
        operands = list(map(self._operand, row[0].operands))
        if len(operands) > 1:
            name, _, rest = stages[0].partition("(")
            stages[0] = f"{name}({', '.join(operands)}{', ' + rest if rest else ')'}"
            operands = []
        return " -> ".join([*operands, *stages])

    def _operand(self, operand: Operand) -> str:
        if isinstance(operand, StepBefore):
            return f"previous({self.scope.names[operand.number]})"
        return self.scope.names[operand.number]

    def _call(self, item: Item) -> str:
        if isinstance(item, Use):
            return _used(item.block, {name: _value(value) for name, value in item.values.items()})
        shared = self.shared.get(item.tensors)
        if shared is not None:
            return _used(shared, {name: self._param(item, name, item.params[name]) for name in shared.defaults})
        if item.op == "neuron" and item.neuron is not None:
            return self.neurons[item.neuron]
        params = {name: self._param(item, name, value) for name, value in item.params.items()}
        written = ", ".join(text if name in FIRST.get(item.op, ()) else f"{name} = {text}" for name, text in params.items())
        return f"{item.op}({written})" if written else item.op

    def _param(self, item: Statement, name: str, value: Number) -> str:
        if self.block is not None:
            place = next(k for k, s in enumerate(self.block.first.body) if s is item)
            found = self.block.params.get((place, name))
            if found is not None:
                return found[0] if found[1] == 1 else f"{found[1]} * {found[0]}"
        return _value(value)


def _used(block: Block, values: Mapping[str, str]) -> str:
    given = ", ".join(f"{name} = {value}" for name, value in values.items())
    return f"{block.name}({given})" if given else block.name


def _output(name: str | None) -> str:
    """The beginning of an output of a network, or of the result of a block."""
    return "return" if name is None else f"output {name} ="


def _same_use(one: Use, other: Item) -> bool:
    return isinstance(other, Use) and other.block is one.block and other.values == one.values and len(other.operands) == 1


def _stage(item: Item) -> tuple[str, bool]:
    """The module of the root that an item is from, and whether this is more than a layer."""
    path = item.part.body[0].place.path if isinstance(item, Use) else item.place.path
    around = item.part.body[0].place.around if isinstance(item, Use) else item.place.around
    return (path[0] if path else "", bool(around))


def _label(item: Item) -> str:
    """What a value may be called: the name of its tensor, layer or nearest module that has one; else `h`, for hidden."""
    if isinstance(item, Statement) and item.op == "learned":
        return item.tensors[0].rpartition(".")[2]
    place = (item.part.body[-1] if isinstance(item, Use) else item).place
    path = item.part.path if isinstance(item, Use) else place.path
    return next((name for name in reversed(path) if not name.isdigit()), "h")
