"""A node of the typed dataflow graph."""

from collections.abc import Mapping
from dataclasses import InitVar, field
from typing import Generic

from spikegraph.base.record import record
from spikegraph.dsl.shown import few
from spikegraph.dsl.source import Span
from spikegraph.ir.applied import Applied
from spikegraph.ir.arithmetic import Arithmetic, Product
from spikegraph.ir.limits import Leaves
from spikegraph.ir.opdef import AnyOp_co
from spikegraph.ir.path import Path
from spikegraph.ir.types import Value

NoteValue = str | int | float | bool
Notes = Mapping[str, NoteValue]
"""What passes note on a node for others: `dgs`, `folded`, `eps`, `sign`, `sparse`, `synchronised`, `unfolded`.

Notes never change what an operation computes.
"""


@record
class Node(Generic[AnyOp_co]):
    """An operation in a graph. The constructor infers its type, so that the type always follows the operation's rule.

    Code that is registered for an operation takes a `Node[Conv]`, whose `op` is a `Conv`; a `Node` has any operation.

    Attributes:
        path: Its identity: its place in the spec, and which use of its weights it is.
        op: The operation.
        operands: Names of the nodes that it takes as inputs, in order.
        span: Source location in the spec.
        operand_values: The types of its operands.
        notes: What passes note for others.
        name: The path as text, unique in a graph: `features@left.stem0.conv`.
        value: The type of its result.
        applied: What follows from the operation and these types; other nodes may share it.
        known: That of a node with operands of these types, taken if its operation is this very one.

    Raises:
        TypeRuleError: The operands don't fit the operation's type rule.
    """

    path: Path = field(compare=False, repr=False)
    op: AnyOp_co
    operands: tuple[str, ...]
    span: Span
    operand_values: tuple[Value, ...] = field(repr=False, compare=False)
    notes: Notes = field(default_factory=dict[str, NoteValue])
    name: str = field(init=False)
    value: Value = field(init=False)
    applied: Applied = field(init=False, repr=False, compare=False)
    known: InitVar[Applied | None] = None

    def __post_init__(self, known: Applied | None) -> None:
        applied = known if known is not None and known.op is self.op else Applied(self.op, self.operand_values)
        object.__setattr__(self, "name", self.path.text)
        object.__setattr__(self, "applied", applied)
        object.__setattr__(self, "value", applied.value)

    def __repr__(self) -> str:
        return f"<Node {self.name} = {self.op.name}({few(self.operands)}) : {self.value} @ {self.span.start}>"

    @property
    def weights(self) -> str:
        """The name of its weights, the same for every use: `features.stem0.conv`."""
        return self.path.weights

    @property
    def leaves(self) -> Leaves:
        """Shapes of its trainable tensors by the names of the weights that they belong to."""
        return self.applied.leaves(self.weights)

    @property
    def products(self) -> tuple[Product, ...]:
        """What it multiplies, per time step and sample."""
        return self.applied.products

    @property
    def arithmetic(self) -> Arithmetic | None:
        """What it computes with the numbers of its operands; None if the operation doesn't say."""
        return self.applied.arithmetic

    @property
    def additions(self) -> int:
        """Number of multiply-accumulates per time step and sample if computed densely; 0 if negligible."""
        return self.op.additions(*self.operand_values)

    @property
    def populations(self) -> Mapping[str, int]:
        """The neurons of the plain graph whose spikes its result has, with their channels."""
        return self.op.populations(self.name, self.value)
