"""Blocks of a module: parts that are used several times, and their uses."""

from collections.abc import Mapping
from dataclasses import dataclass

from spikegraph.foreign.statements import NeuronForm, Number, Operand, Statement, Value

Local = tuple[str, int]
"""An operand inside a part: `("in", k)`, `("own", k)` or `("previous", k)`."""


Step = tuple[str, tuple[Local, ...], tuple[tuple[str, Number | None], ...], NeuronForm | None, tuple[str, ...]]
"""An operation of a part: name, operands, parameters without their numbers, neuron, names of weights."""


def is_number(value: Number) -> bool:
    """Whether a parameter is a number that a block can have as a param."""
    return isinstance(value, int | float) and not isinstance(value, bool)


@dataclass(frozen=True)
class Form:
    """What parts that can be one block have in common: operations and wiring, without numbers.

    Attributes:
        steps: The operations.
        shared: For each operation the first one that has its weights.
        result: The operation whose result others use.
        inputs: The number of values from outside.
    """

    steps: tuple[Step, ...]
    shared: tuple[int, ...]
    result: int
    inputs: int


@dataclass(frozen=True)
class Part:
    """A row of statements with one result that others use.

    Attributes:
        name: What a block of such parts may be called.
        path: The module's path, of which the statements are.
        body: The statements.
        inputs: The values from outside, in the order in which they are used.
        form: What it has in common with others.
    """

    name: str
    path: tuple[str, ...]
    body: tuple[Statement, ...]
    inputs: tuple[Value, ...]
    form: Form

    @property
    def result(self) -> Value:
        """The value that others use."""
        return self.body[self.form.result].result

    @property
    def numbers(self) -> tuple[tuple[int, str, Number], ...]:
        """The numbers that may differ between parts of one form: statement, parameter, value."""
        return tuple((k, n, v) for k, s in enumerate(self.body) for n, v in s.params.items() if is_number(v))


@dataclass(frozen=True)
class Block:
    """A block of the spec.

    Attributes:
        name: Its name.
        first: The part whose numbers are the defaults.
        params: By statement and parameter the name of the block's param that is its value, and a factor.
        defaults: The params' defaults.
        shared: Whether all uses have the same weights.
    """

    name: str
    first: Part
    params: dict[tuple[int, str], tuple[str, int]]
    defaults: dict[str, Number]
    shared: bool = False


@dataclass(frozen=True)
class Use:
    """The use of a block in place of a part."""

    block: Block
    part: Part
    values: dict[str, Number]

    @property
    def operands(self) -> tuple[Operand, ...]:
        """What it is used on."""
        return self.part.inputs

    @property
    def result(self) -> Value:
        """Its result."""
        return self.part.result


Item = Statement | Use


@dataclass(frozen=True)
class Structure:
    """A module's statements, with blocks in place of parts that are used several times.

    Attributes:
        blocks: The blocks whose uses have weights of their own.
        items: The statements and uses of blocks.
        shared: For the tensors of each layer that is called several times its block.
    """

    blocks: tuple[Block, ...]
    items: tuple[Item, ...]
    shared: Mapping[tuple[str, ...], Block]
