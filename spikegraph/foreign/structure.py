"""Finds blocks: parts of a module that are used several times, as modules of one class or as a repeated row of layers.

A layer that is called several times is a block of its own, whose uses share its weights.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from spikegraph.foreign.blocks import Block, Form, Item, Local, Part, Step, Structure, Use, is_number
from spikegraph.foreign.names import name_of_class, valid
from spikegraph.foreign.statements import CONTAINERS, Number, Statement, Statements, StepBefore, Value

BEGINS = ("conv", "linear")
"""The operations with which a row of layers begins; it ends with a neuron."""


@dataclass(frozen=True)
class _Links:
    """How statements belong together.

    Attributes:
        uses: For each value the statements that use it; an output is -1.
        calls: For the tensors of each layer the statements of its calls.
    """

    uses: Mapping[int, set[int]]
    calls: Mapping[tuple[str, ...], set[int]]


def structured(statements: Statements) -> Structure:
    """The blocks of a module, and its statements with uses of blocks in place of parts."""
    links = _links(statements)
    parts = [*_modules(statements, links), *_rows(statements.body, links)]
    groups: dict[Form, list[Part]] = {}
    for part in parts:
        groups.setdefault(part.form, []).append(part)
    taken: dict[int, Use] = {}
    blocks, names = list[Block](), set[str]()
    covered = set[int]()
    for form, alike in sorted(groups.items(), key=lambda g: (-len(g[0].steps), g[1][0].body[0].result.number)):
        free = [p for p in alike if covered.isdisjoint(s.result.number for s in p.body)]
        if len(free) < 2 or len(form.steps) < 2 or len(free) * len(form.steps) < 6:
            continue
        block, values = _block(free, names)
        blocks.append(block)
        for part, own in zip(free, values, strict=True):
            covered |= {s.result.number for s in part.body}
            taken[part.body[0].result.number] = Use(block, part, own)
    items, inside = list[Item](), set[int]()
    for s in statements.body:
        use = taken.get(s.result.number)
        if use is not None:
            inside |= {t.result.number for t in use.part.body}
            items.append(use)
        elif s.result.number not in inside:
            items.append(s)
    order = [u.block.name for u in sorted(taken.values(), key=lambda u: u.part.body[0].result.number)]
    blocks.sort(key=lambda b: order.index(b.name))
    values = {v.number: v for v in (*statements.inputs.values(), *(s.result for s in statements.body))}
    called = {tensors for tensors, calls in links.calls.items() if len(calls) > 1}
    shared: dict[tuple[str, ...], Block] = {}
    written = [(s, {n for at, n in b.params if at == k}) for b in blocks for k, s in enumerate(b.first.body)]
    for s, params in (*written, *((item, set[str]()) for item in items if isinstance(item, Statement))):
        if s.tensors in called and s.tensors not in shared:
            shared[s.tensors] = _shared(s, params, values, names)
    return Structure(tuple(blocks), tuple(items), shared)


def _links(statements: Statements) -> _Links:
    uses: dict[int, set[int]] = {}
    calls: dict[tuple[str, ...], set[int]] = {}
    for s in statements.body:
        if s.weights:
            calls.setdefault(s.tensors, set()).add(s.result.number)
        for o in s.operands:
            uses.setdefault(o.number, set()).add(s.result.number)
    for value in statements.outputs.values():
        uses.setdefault(value.number, set()).add(-1)
    return _Links(uses, calls)


def _shared(s: Statement, params: set[str], values: Mapping[int, Value], names: set[str]) -> Block:
    """The block of a layer that is called several times, with these params."""
    of = next((name for name in reversed(s.place.path) if not name.isdigit()), s.op)
    inputs = tuple(values[number] for number in dict.fromkeys(o.number for o in s.operands))
    one = replace(s, operands=tuple(values[o.number] for o in s.operands))
    part = Part(of, s.place.path, (one,), inputs, Form((), (), 0, len(inputs)))
    defaults = {name: value for name, value in s.params.items() if name in params}
    return Block(_free(valid(f"shared_{of}"), names), part, {(0, name): (name, 1) for name in defaults}, defaults, shared=True)


def _free(wanted: str, names: set[str]) -> str:
    """A name that no other block has; it is one of the names then."""
    name, count = wanted, 1
    while name in names:
        count += 1
        name = f"{wanted}{count}"
    names.add(name)
    return name


def _part(name: str, path: tuple[str, ...], body: Sequence[Statement], links: _Links) -> Part | None:
    """A row of statements as a part; None if others use more than one of its values, or its weights."""
    own = {s.result.number: k for k, s in enumerate(body)}
    results = [k for n, k in own.items() if not links.uses.get(n, set()) <= own.keys()]
    if len(results) != 1 or any(not links.calls[s.tensors] <= own.keys() for s in body if s.weights):
        return None
    inputs: dict[int, Value] = {}
    steps: list[Step] = []
    for s in body:
        locals_: list[Local] = []
        for o in s.operands:
            if o.number in own:
                locals_.append(("previous" if isinstance(o, StepBefore) else "own", own[o.number]))
            elif isinstance(o, StepBefore):
                return None
            else:
                inputs.setdefault(o.number, o)
                locals_.append(("in", list(inputs).index(o.number)))
        params = tuple((k, None if is_number(v) else v) for k, v in s.params.items())
        steps.append((s.op, tuple(locals_), params, s.neuron, tuple(s.weights)))
    shared = tuple(own[min(links.calls[s.tensors])] if s.weights else k for k, s in enumerate(body))
    return Part(name, path, tuple(body), tuple(inputs.values()), Form(tuple(steps), shared, results[0], len(inputs)))


def _modules(statements: Statements, links: _Links) -> Iterable[Part]:
    """Every module of a class of its own whose statements follow each other, except the whole."""
    rows: dict[tuple[str, ...], list[int]] = {}
    kinds: dict[tuple[str, ...], type] = {}
    for k, s in enumerate(statements.body):
        around = s.place.around
        for depth in range(1, len(around) + 1):
            rows.setdefault(around[:depth], []).append(k)
            kinds[around[:depth]] = s.place.kinds[depth - 1]
    for path, places in rows.items():
        if kinds[path].__name__ in CONTAINERS or places != list(range(places[0], places[-1] + 1)):
            continue
        part = _part(name_of_class(kinds[path]), path, [statements.body[k] for k in places], links)
        if part is not None:
            yield part


def _rows(body: Sequence[Statement], links: _Links) -> Iterable[Part]:
    """Every row of layers from a convolution or linear layer to the next neuron, in which each takes the result before."""
    row: list[Statement] = []
    for s in body:
        follows = bool(row) and [o.number for o in s.operands] == [row[-1].result.number]
        if s.op in BEGINS and len(s.operands) == 1:
            row = [s]
        elif follows and len(links.uses.get(row[-1].result.number, ())) == 1:
            row.append(s)
            if s.op == "neuron":
                part = _part("_".join(_short(r) for r in row), row[0].place.around, row, links)
                row = []
                if part is not None and part.form.inputs == 1:
                    yield part
        else:
            row = []


def _short(s: Statement) -> str:
    if s.op != "neuron":
        return s.op
    keys = dict(() if s.neuron is None else s.neuron.keys)
    return keys.get("model", "lif").partition("(")[0]


def _block(parts: Sequence[Part], names: set[str]) -> tuple[Block, list[dict[str, Number]]]:
    """The block of parts of one form, and the params of each use that aren't the defaults."""
    places = [(k, n) for k, n, _ in parts[0].numbers]
    rows = {place: tuple(part.numbers[i][2] for part in parts) for i, place in enumerate(places)}
    params: dict[tuple[int, str], tuple[str, int]] = {}
    found: dict[str, tuple[Number, ...]] = {}
    for place, values in rows.items():
        if len(set(values)) == 1:
            continue
        known = next(((name, f) for name, of in found.items() if (f := _factor(values, of)) is not None), None)
        if known is None:
            name = place[1]
            while name in found:
                name = f"{place[1]}{int(name.removeprefix(place[1]) or 1) + 1}"
            found[name], known = values, (name, 1)
        params[place] = known
    down = any(s.params.get("stride", 1) != 1 for s in parts[0].body if s.op == "conv")
    name = _free(f"{parts[0].name}_down" if down else parts[0].name, names)
    block = Block(name, parts[0], params, {n: v[0] for n, v in found.items()})
    return block, [{n: v[k] for n, v in found.items() if v[k] != v[0]} for k in range(len(parts))]


def _factor(values: tuple[Number, ...], of: tuple[Number, ...]) -> int | None:
    """The whole factor by which all numbers are those of a param."""
    factors = {
        v // o if isinstance(v, int) and isinstance(o, int) and o and v % o == 0 else None
        for v, o in zip(values, of, strict=True)
    }
    return factors.pop() if len(factors) == 1 else None
