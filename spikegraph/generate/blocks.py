"""Blocks of random networks, and their uses, whose types follow from the block's own statements."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from typing_extensions import override

from spikegraph.generate.expressions import Argument, Pipe, Scope, Stage, small
from spikegraph.ir.types import Value

ROUNDS = 4
"""How often the types of a loop are inferred until they stay the same."""


@dataclass(frozen=True)
class Wire:
    """A statement."""

    name: str
    pipe: Pipe

    @property
    def text(self) -> str:
        """The statement."""
        return f"{self.name} = {self.pipe.text}"

    def follow(self, scope: Scope) -> None:
        """Adds its type, and those of its elements, to a scope; raises what its stages raise."""
        value = self.pipe.infer(scope)
        for number, element in enumerate(self.pipe.elements(scope)):
            scope.values[f"{self.name}[{number}]"] = element
        scope.values[self.name] = value


@dataclass(frozen=True)
class Block:
    """A block.

    Attributes:
        name: Its name.
        operands: The names of its values.
        params: Its params with their defaults.
        wires: Its statements.
        result: What it returns.
        weights: `shared`, `own`, or None where the text doesn't say.
        top: Whether it is beside the network, so that it doesn't see the network's params.
        shapes: The shapes of the values for which it was made; only such values share its weights.
        carried: The types of the values of the step before that it takes, by `previous(a)`.
    """

    name: str
    operands: tuple[str, ...]
    params: Mapping[str, Argument]
    wires: tuple[Wire, ...]
    result: Pipe
    weights: str | None
    top: bool
    shapes: tuple[tuple[int, ...], ...]
    carried: Mapping[str, Value]

    @property
    def text(self) -> str:
        """The declaration."""
        inside = [] if self.weights is None else [f"weights = {self.weights}"]
        inside += [f"param {name} = {a.text}" for name, a in self.params.items()]
        inside += [wire.text for wire in self.wires]
        lines = "".join(f"  {line}\n" for line in (*inside, f"return {self.result.text}"))
        return f"block {self.name}({', '.join(self.operands)}) {{\n{lines}}}"

    @property
    def free(self) -> bool:
        """Whether values of other shapes may be given."""
        return self.weights == "own" and not self.carried

    def infer(self, values: tuple[Value, ...], given: Mapping[str, object], scope: Scope) -> Value:
        """The type of its result for these values and params; raises what its stages raise.

        Raises:
            ValueError: A value has another shape, or the types of its loops don't stay the same.
        """
        if not self.free and tuple(v.shape for v in values) != self.shapes:
            raise ValueError(f"`{self.name}` was made for other shapes")
        params = {} if self.top else scope.params
        inner = {**params, **{name: a.of(params) for name, a in self.params.items()}, **given}
        carried = dict(self.carried)
        for _ in range(ROUNDS):
            inside = replace(scope, values={**dict(zip(self.operands, values, strict=True)), **carried}, params=inner)
            for wire in self.wires:
                wire.follow(inside)
            result = small(self.result.infer(inside))
            found = {name: inside.values[name.removeprefix("previous(").removesuffix(")")] for name in carried}
            if found == carried:
                return result
            carried = found
        raise ValueError(f"the types of the loops of `{self.name}` don't stay the same")


@dataclass(frozen=True)
class BlockUse(Stage):
    """A use of a block, or several in a row: `part(a, k = 3)`, `repeat(part(k = 3), 2)`."""

    block: Block
    operands: tuple[Pipe, ...]
    given: Mapping[str, Argument]
    times: int = 0

    @property
    @override
    def name(self) -> str:  # pyright: ignore[reportIncompatibleVariableOverride]
        return "repeat" if self.times else self.block.name

    @property
    @override
    def inside(self) -> tuple[str, ...]:
        inside = (*(o.text for o in self.operands), *(f"{name} = {a.text}" for name, a in self.given.items()))
        if not self.times:
            return inside
        use = f"{self.block.name}({', '.join(inside)})" if inside else self.block.name
        return use, str(self.times)

    @override
    def infer(self, x: Value, scope: Scope) -> Value:
        return self._results(x, scope)[-1]

    @override
    def elements(self, x: Value, scope: Scope) -> tuple[Value, ...]:
        return self._results(x, scope) if self.times else ()

    def _results(self, x: Value, scope: Scope) -> tuple[Value, ...]:
        """The type of the result of each use."""
        rest = tuple(o.infer(scope) for o in self.operands)
        given = {name: a.of(scope.params) for name, a in self.given.items()}
        found: list[Value] = []
        for _ in range(max(self.times, 1)):
            x = self.block.infer((x, *rest), given, scope)
            found.append(x)
        return tuple(found)
