"""Places of choices, `stem.basic[1].branch`, as genotypes of networks name them: which of their steps are names of blocks.

A step is the name of a wire, of a branch, or of a block, with a number behind it where a wire uses the block again. A block at
the end of a wire has no step of its own, but one that shares its weights always has.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace

from spikegraph.base.record import record
from spikegraph.dsl import ast
from spikegraph.dsl.numbered import unnumbered

_BRANCHES, _REPEATS = "choose", "repeat"

_Values = Mapping[str, ast.Expr]
_Blocks = Mapping[str, ast.Block]


@record
class _Inside:
    """What the next step can name: a wire or branch by its value, or a block; `later` are wires that come after blocks.

    `seen` are the blocks that can be used there.
    """

    wires: _Values
    blocks: frozenset[str]
    seen: _Blocks
    later: _Values = field(default_factory=dict[str, ast.Expr])


def steps_of(place: ast.Expr) -> list[str]:
    """The steps of a place without the numbers in brackets; empty if it is no place."""
    match place:
        case ast.Name(name):
            return [name]
        case ast.Attribute(base, name):
            return [*before, name] if (before := steps_of(base)) else []
        case ast.Index(base):
            return steps_of(base)
        case _:
            return []


def with_steps(place: ast.Expr, steps: Sequence[str]) -> ast.Expr:
    """A place with other steps."""
    match place:
        case ast.Name():
            return replace(place, id=steps[0])
        case ast.Attribute(base):
            return replace(place, base=with_steps(base, steps[:-1]), name=steps[-1])
        case ast.Index(base):
            return replace(place, base=with_steps(base, steps))
        case _:
            return place


def blocks_of(
    steps: Sequence[str], network: Iterable[ast.Statement], inner: _Blocks, beside: _Blocks
) -> list[ast.Block | None]:
    """The block that each step of a place names; None for other steps.

    Args:
        steps: The steps.
        network: The statements of the network, those of its bases first.
        inner: Its blocks.
        beside: The blocks of the file, which see no others.
    """
    inside, found = _of_body(network, {**beside, **inner}), list[ast.Block | None]()
    for step in steps[:-1]:  # the last one is a wire or the choice itself
        value, block = inside.wires.get(step), _block(step, inside)
        if value is None and block is not None:
            seen = beside if beside.get(block.name.id) is block else inside.seen
            inside = _of_body(block.body, seen)
        else:
            block, value = None, inside.later.get(step) if value is None else value
            inside = inside if value is None else _of_wire(value, inside.seen, beside)
        found.append(block)
    return [*found, None]


def _block(step: str, inside: _Inside) -> ast.Block | None:
    return next((inside.seen[name] for name in unnumbered(step) if name in inside.blocks), None)


def _of_body(body: Iterable[ast.Statement], seen: _Blocks) -> _Inside:
    values = [(s, s.value) for s in body if isinstance(s, ast.Entry | ast.Output | ast.Return)]
    wires = {s.key.id: value for s, value in values if isinstance(s, ast.Entry) and isinstance(s.key, ast.Name)}
    wires |= {s.name.id: value for s, value in values if isinstance(s, ast.Output)}
    return _Inside(wires, _used((value for _, value in values), seen), seen)


def _of_wire(value: ast.Expr, seen: _Blocks, beside: _Blocks) -> _Inside:
    *before, last = value.stages if isinstance(value, ast.Pipe) else (value,)
    if isinstance(last, ast.Call) and last.function.id == _REPEATS and last.arguments:
        before, last = [*before, last], last.arguments[0].value
    name = last.function.id if isinstance(last, ast.Call) else last.id if isinstance(last, ast.Name) else ""
    if isinstance(last, ast.Call) and name == _BRANCHES:
        branches = {a.name: a.value for a in last.arguments if a.name is not None}
        return _Inside(branches, _used((*before, last), seen), seen)
    if name not in seen:
        return _Inside({}, _used((*before, last), seen), seen)
    end = _of_body(seen[name].body, beside if beside.get(name) is seen[name] else seen)
    return _Inside({}, _used(before, seen) | (end.blocks - end.wires.keys()), {**end.seen, **seen}, end.wires)


def _used(values: Iterable[ast.Expr], seen: _Blocks) -> frozenset[str]:
    """The blocks that values use."""
    return frozenset(name for value in values for name in _called(value) if name in seen)


def _called(expr: ast.Expr) -> Iterator[str]:
    """The names that an expression has in the places of functions and values."""
    match expr:
        case ast.Name(name):
            yield name
        case ast.Call(function, arguments):
            yield function.id
            for argument in arguments:
                yield from _called(argument.value)
        case ast.Pipe(parts) | ast.Sequence(parts):
            for part in parts:
                yield from _called(part)
        case _:
            pass
