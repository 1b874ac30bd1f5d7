"""The settings of a run, by the paths that `--set` uses, from its spec with every default."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from spikegraph.dsl import ast
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.layout import flat
from spikegraph.dsl.parser import parse
from spikegraph.dsl.source import SourceFile

Value = str | int | float

_BLOCK_END = re.compile(r"(?<=^\})\n", re.MULTILINE)
"""The end of a declaration in a spec that was printed: a line with nothing but `}`."""

_SPACE = ("neuron", "candidates", "cell", "trellis", "block")
"""The declarations that say what a genotype's names mean; of blocks only those that candidates and cells name."""

_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Settings:
    """The settings of a spec.

    Attributes:
        values: By path, such as `search.weights.lr`; a call such as `sgd(lr = 0.1)` is `sgd` and its arguments.
        space: The values that say what the names in a genotype mean; genotypes with equal ones can be compared.
    """

    values: Mapping[str, Value]
    space: tuple[tuple[str, Value], ...]


def read_settings(text: str) -> Settings | None:
    """The settings in the text of `resolved.sdhs`; None if it has syntax errors.

    Each declaration is parsed for itself and remembered, since many runs differ in one of them.
    """
    files = [_parsed(part) for part in _BLOCK_END.split(text) if part.strip()]
    if None in files:
        files = [_parsed(text)]  # not as it was printed
    values: dict[str, Value] = {}
    space: dict[str, Value] = {}
    for file in files:
        if file is None:
            return None
        values |= file.values
        space |= file.space
    return Settings(values, tuple(_without_other_blocks(space).items()))


def _without_other_blocks(space: Mapping[str, Value]) -> dict[str, Value]:
    """The values without those of blocks that neither candidates nor cells name, also by other blocks."""
    blocks: dict[str, dict[str, Value]] = {}
    found: dict[str, Value] = {}
    for path, value in space.items():
        kind, _, name = path.partition(" ")
        part = blocks.setdefault(name.partition(".")[0], {}) if kind == "block" else found
        part[path] = value
    words = [str(v) for path, v in found.items() if path.startswith(("candidates ", "cell "))]
    while words:
        for word in _WORD.findall(words.pop()):
            reached = blocks.pop(word, {})
            found |= reached
            words += map(str, reached.values())
    return found


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Settings | None:
    start = "" if text.lstrip().startswith("sdhs") else "sdhs 1\n"
    file = parse(SourceFile("resolved.sdhs", start + text), Diagnostics())
    if file is None:
        return None
    values: dict[str, Value] = {}
    space: dict[str, Value] = {}
    for item in file.items:
        match item:
            case ast.Run(kind=kind, bindings=bindings, body=body):
                for binding in bindings:
                    if binding.name is not None:
                        values |= _value(f"{kind}.{binding.name}", binding.value)
                values |= dict(_statements(kind, body))
            case ast.Block(name=name, body=body):
                found = dict(_statements(name.id, body))
                values |= found
                space |= {f"block {path}": value for path, value in found.items()}
            case ast.Declaration(kind=kind, name=name, body=body) if kind not in ("profile", "genotype"):
                found = dict(_statements(name.id, body))
                values |= found
                if kind in _SPACE:
                    space |= {f"{kind} {path}": value for path, value in found.items()}
            case _:
                pass
    return Settings(values, tuple(space.items()))


def _statements(path: str, body: Sequence[ast.Statement]) -> Iterator[tuple[str, Value]]:
    rounds = 0
    for statement in body:
        match statement:
            case ast.Entry(key=key, value=value):
                yield from _value(f"{path}.{flat(key)}", value).items()
            case ast.Param(name=name, value=value) | ast.Output(name=name, value=value):
                yield from _value(f"{path}.{name.id}", value).items()
            case ast.Input(names=names, type=kind):
                yield from ((f"{path}.{name.id}", flat(kind)) for name in names)
            case ast.Return(value=value):
                yield f"{path}.return", flat(value)
            case ast.Block(name=name, body=inner):
                yield from _statements(f"{path}.{name.id}", inner)
            case ast.Quantity(name=name, value=value) | ast.State(name=name, value=value) | ast.Weights(name=name, value=value):
                yield f"{path}.{name.id}", flat(value)
            case ast.Option(name=name, value=value):
                yield f"{path}.{name.id}", value.id
            case ast.Emit(value=value, instead=instead):
                yield f"{path}.emit", value.id if instead is None else f"{value.id} else {instead.id}"
            case ast.Over(axis=axis):
                yield f"{path}.over", axis.id
            case ast.Dgs(places=places, body=inner):
                rounds += 1
                at = f"{path}.dgs" if rounds == 1 else f"{path}.dgs{rounds}"
                yield at, ", ".join(map(flat, places))
                yield from _statements(at, inner)


def _value(path: str, value: ast.Expr) -> dict[str, Value]:
    match value:
        case ast.Number(value=number, unit=None):
            return {path: number}
        case ast.Negative(operand=ast.Number(value=number, unit=None)):
            return {path: -number}
        case ast.Call(function=function, arguments=arguments) if arguments and all(a.name for a in arguments):
            found: dict[str, Value] = {path: function.id}
            for argument in arguments:
                found |= _value(f"{path}.{argument.name}", argument.value)
            return found
        case _:
            return {path: flat(value)}
