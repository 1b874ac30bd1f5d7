"""The open choice on a wire, among whole branches."""

from collections.abc import Mapping
from typing import ClassVar

from typing_extensions import override

from spikegraph.ir.cellspec import CandidateSpec, CellSpec
from spikegraph.ir.opdef import Op, register
from spikegraph.ir.ops.wiring import Mix
from spikegraph.ir.parts import Parts
from spikegraph.ir.stage import Stage
from spikegraph.ir.traits import ArchitectureParameter, Traits
from spikegraph.ir.type_rules import TypeRuleError, closed
from spikegraph.ir.types import Kind, Value, total

SOURCE = ""
"""The source of the one edge as which a choice on a wire is searched; a genotype doesn't write it."""


@register
class Choose(Op):
    """Open choice among branches, such as `x -> choose(skip = identity, c3 = conv(3, out = 8))`; a genotype decides it.

    xs: the results of the branches, [C, *size] each  ->  real, [C, *size], while the choice is open.

    A branch is an operation, a block, a neuron or a pipeline of these, and takes the value before `choose`. While the choice
    is open, the result is the sum of the branches weighted by a softmax over the architecture parameter `NETWORK.PLACE.alpha`
    [1, branches]. Once it is decided, by `genotype NETWORK { PLACE = BRANCH }`, the result is the chosen branch's, with its
    type, and the other branches are gone.
    """

    name: ClassVar[str] = "choose"
    hidden: ClassVar[tuple[str, ...]] = ("network", "place", "branches")
    form: ClassVar[str | None] = "x -> choose(NAME = BRANCH, NAME = BRANCH, ...)"
    traits: ClassVar[Traits] = Traits(expanded_by="expand-layers", stages=(Stage.SPACE,))
    network: str
    place: str
    branches: tuple[str, ...]

    @override
    def infer(self, *xs: Value) -> Value:
        if len(xs) != len(self.branches):
            raise TypeRuleError(f"`choose` has {len(self.branches)} branches and {len(xs)} operands")
        for branch, x in zip(self.branches, xs, strict=True):
            closed(self.name, x)
            if x.shape != xs[0].shape:
                summary = f"the branches of `choose` have different shapes: `{self.branches[0]}` gives {xs[0]}, `{branch}` {x}"
                raise TypeRuleError(summary, "give all branches the same channels and the same stride", "SG0302")
        return total(xs).with_(kind=Kind.REAL)

    @property
    def parameter(self) -> str:
        """The name of its architecture parameter, without `.alpha`."""
        return f"{self.network}.{self.place}"

    @override
    def architecture(self, *operands: Value) -> Mapping[str, ArchitectureParameter]:
        return {f"{self.parameter}.alpha": ArchitectureParameter((1, len(self.branches)))}

    @override
    def searched(self) -> CellSpec:
        branches = tuple(CandidateSpec(name=branch, stages=()) for branch in self.branches)
        edges = ((self.place, (SOURCE,)),)
        return CellSpec(name=self.parameter, inputs=(SOURCE,), nodes=1, candidates=branches, neuron=None, keep=1, edges=edges)

    @override
    def places(self, name: str) -> tuple[str, ...]:
        return ()

    @override
    def expand(self, parts: Parts, operands: tuple[str, ...]) -> str:
        return parts.end(Mix(cell=self.parameter, edge=0), *operands)

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        return f"choice of {', '.join(self.branches)}"
