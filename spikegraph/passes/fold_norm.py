"""The pass `fold-norm` (Che et al., NeurIPS 2022, section 3.2.2)."""

from typing import ClassVar

from typing_extensions import override

from spikegraph.ir.folding import FOLDED, Uses, with_norm
from spikegraph.ir.graph import Graph, Node, NoteValue
from spikegraph.passes.base import Pass
from spikegraph.passes.properties import LOWERED, UNJOINED


class FoldNorm(Pass):
    """Folds batch norms into the convolutions and linear layers before them (section 3.2.2); exact up to rounding.

    A norm is folded if all uses of the convolution's weights, in all uses of a block, lead to this norm and to nothing else.
    Otherwise it stays at all of them. The convolution's note `folded` names the norm whose statistics, weight and bias go into
    its own weight and bias; `eps` is the norm's. A convolution with a `sign` becomes one of any weights, since a norm may
    change signs; the note `sign` says how its weights were used. Norms with a factor for each time step stay, since a
    convolution has the same weights at all of them; so do instance and layer norms. A norm with a margin goes into a 1 x 1
    convolution without a bias, which then pads its input with zeros. It comes after the passes that expand: a
    norm that is gone would give its name, which is that of its weights, to a norm inside of a composite operation.
    """

    name: ClassVar[str] = "fold-norm"
    refuses: ClassVar[bool] = False
    requires = (LOWERED, UNJOINED)

    @override
    def apply(self, graph: Graph) -> Graph:
        norm_of = Uses.of(graph).folding()
        folded = {norm.name for norm in norm_of.values()}

        def rule(node: Node, operands: tuple[str, ...], out: Graph) -> str:
            if node.name in folded:
                return operands[0]
            norm = norm_of.get(node.name)
            constants = norm.op.normalisation() if norm is not None else None
            if norm is None or constants is None:
                return out.keep(node, operands)
            op = with_norm(node, norm)
            notes: dict[str, NoteValue] = {FOLDED: norm.weights, "eps": constants.eps}
            if node.op.sign_of_weights() != "any":
                notes["sign"] = node.op.sign_of_weights()
            return out.change(node, operands, op, notes)

        return graph.rewrite(rule)
