"""Passes with one mistake each: graphs are changed behind a pass, as a mistake in it would."""

from collections.abc import Callable
from dataclasses import dataclass, field

from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.neuron import Constant
from spikegraph.passes.base import Pass
from spikegraph.passes.phase_pipelines import Phase

Change = Callable[[Graph], Graph]
Names = tuple[str, ...]


@dataclass(frozen=True)
class Wrong(Pass):
    """Makes a mistake."""

    name = "wrong"
    change: Change = field(default=lambda graph: graph, repr=False)

    def apply(self, graph):
        return self.change(graph)


def first(graph: Graph, op: str, where: Callable[[Node], object] = lambda node: True) -> Node:
    """The first operation of this name for which something holds."""
    return next(node for node in graph if node.op.name == op and where(node))


def set_(op: str, where: Callable[[Node], object] = lambda node: True, **fields: object) -> Change:
    """Another argument of an operation."""

    def change(graph: Graph) -> Graph:
        at = first(graph, op, where).name

        def rule(node: Node, operands: tuple[str, ...], out: Graph) -> str:
            return (
                out.change(node, operands, node.op.model_copy(update=fields)) if node.name == at else out.keep(node, operands)
            )

        return graph.rewrite(rule)

    return change


def of(**fields: object) -> Callable[[Node], bool]:
    """An operation with these arguments."""
    return lambda node: all(getattr(node.op, name) == value for name, value in fields.items())


def neuron(model: str = "lif", where: Callable[[Node], object] = lambda node: True, **fields: object) -> Change:
    """Another number of a neuron."""

    def change(graph: Graph) -> Graph:
        at = next(n for n in graph if getattr(getattr(n.op, "neuron", None), "model", None) == model and where(n))
        changed = at.op.neuron.model_copy(update=fields)
        return set_(at.op.name, lambda node: node.name == at.name, neuron=changed)(graph)

    return change


def fires(**fields: object) -> Callable[[Node], bool]:
    """Neurons with these numbers."""
    return lambda node: all(getattr(node.op.neuron, name) == value for name, value in fields.items())


def takes(
    op: str, order: Callable[[tuple[str, ...]], tuple[str, ...]], where: Callable[[Node], object] = lambda n: True
) -> Change:
    """Other operands of an operation."""

    def change(graph: Graph) -> Graph:
        at = first(graph, op, where).name

        def rule(node: Node, operands: tuple[str, ...], out: Graph) -> str:
            return out.keep(node, order(operands) if node.name == at else operands)

        return graph.rewrite(rule)

    return change


def swapped(operands: tuple[str, ...]) -> tuple[str, ...]:
    """The first two operands, exchanged."""
    one, two, *rest = operands
    return (two, one, *rest)


def gone(op: str, where: Callable[[Node], object] = lambda node: True, **notes: str) -> Change:
    """An operation left out; what it took gets notes."""

    def change(graph: Graph) -> Graph:
        at = first(graph, op, where)

        def rule(node: Node, operands: tuple[str, ...], out: Graph) -> str:
            if node.name == at.name:
                return operands[0]
            return (
                out.change(node, operands, notes=notes) if notes and node.name == at.operands[0] else out.keep(node, operands)
            )

        return graph.rewrite(rule)

    return change


def noted(where: Callable[[Node], object], **notes: object) -> Change:
    """Another note of an operation."""

    def change(graph: Graph) -> Graph:
        at = next(node for node in graph if where(node)).name

        def rule(node: Node, operands: tuple[str, ...], out: Graph) -> str:
            return out.change(node, operands, notes=notes if node.name == at else {})

        return graph.rewrite(rule)

    return change


def ends(**outputs: str) -> Change:
    """Other results."""

    def change(graph: Graph) -> Graph:
        made = graph.rewrite(lambda node, operands, out: out.keep(node, operands))
        made.outputs |= outputs
        return made

    return change


def carries(index: int, source: str) -> Change:
    """Another source of a value of the step before."""

    def change(graph: Graph) -> Graph:
        made = graph.rewrite(lambda node, operands, out: out.keep(node, operands))
        made.carried[list(made.carried)[index]] = source
        return made.settled()

    return change


def folded(node: Node) -> bool:
    """A layer that has taken in a norm."""
    return "folded" in node.notes


@dataclass(frozen=True)
class Fault:
    """A mistake.

    Attributes:
        what: The mistake in words.
        network: The network in which it shows.
        behind: The pass that makes it.
        phase: The phase.
        change: What it changes.
    """

    what: str
    network: str
    behind: str
    phase: Phase
    change: Change


ADAPTS_LESS = (Constant(name="adaptation", value=0.1), Constant(name="adaptation_decay", value=0.5))

MISTAKES: dict[tuple[str, str, Phase], dict[str, Change]] = {
    ("layers", "expand-layers", "retrain"): {
        "bilinear resizing becomes nearest": set_("resize", of(mode="bilinear"), mode="nearest"),
        "an epsilon is that of other norms": set_("norm", eps=1e-3),
        "a norm of samples becomes one of batches": set_("norm", of(kind="instance"), kind="batch"),
        "a norm over a layer becomes one of instances": set_("norm", of(kind="layer"), kind="instance"),
    },
    ("blocks", "expand-layers", "retrain"): {
        "the factor of a norm for each step is lost": set_("norm", of(per="step"), per="sequence", steps=None),
        "a norm has no factors": set_("norm", of(per="sequence"), affine=False),
    },
    ("layers", "prune", "retrain"): {
        "operands of a concatenation are exchanged": takes("concat", swapped),
        "a term of a sum is lost": takes("add", lambda o: o[:1]),
        "a dilation is lost": set_("conv", of(dilation=2), dilation=1),
        "groups are lost": set_("conv", of(groups=2), groups=1),
        "the axes of a kernel are exchanged": set_("conv", of(kernel=(3, 2)), kernel=(2, 3)),
        "the sign of weights is lost": set_("conv", of(sign="inhibitory"), sign="any"),
        "a bias is lost": set_("conv", of(bias=True), bias=False),
        "a hard reset becomes a soft one": neuron(reset="soft"),
        "a soft reset comes one step late": neuron(where=fires(reset="soft"), reset="late"),
        "a decay is another": neuron(decay=0.61),
        "a threshold is another": neuron(threshold=0.6),
        "a current isn't scaled by 1 - decay": neuron("cuba", decay_input=False),
        "a level of spikes is lost": neuron(where=fires(levels=3), levels=2),
        "the nearest level becomes the one below": neuron(where=fires(levels=3), spike_at="above"),
        "neurons that never fire leak": set_("potential", decay=0.9),
        "a learned threshold is its initial value": neuron("alif", learned=()),
        "an adaptation is another": neuron(
            "alif", constants=(Constant(name="adaptation", value=0.1), Constant(name="adaptation_decay", value=0.5))
        ),
        "a maximum becomes an average": set_("pool", of(kind="max"), kind="avg"),
        "bilinear upsampling becomes nearest": set_("upsample", mode="nearest"),
        "a maximum over an axis becomes a mean": set_("reduce", of(by="max"), by="mean"),
        "heads of an attention are joined": set_("attend", heads=1),
        "the operand that inhibits is the other one": takes("iand", swapped),
        "a product is a square": takes("mul", lambda o: (o[0], o[0])),
        "a result is that of another output": ends(tops="b"),
    },
    ("loops", "prune", "retrain"): {
        "a term of a sum counts twice": takes("add", lambda o: (o[0], o[0])),
        "a loop carries another value": carries(0, "a"),
    },
    ("trellis", "expand-layers", "retrain"): {
        "left and right are exchanged": takes("cost_volume", swapped),
        "planes are two apart": set_("estimate", step=2),
    },
    ("cells", "bind-genotype", "retrain"): {
        "the inputs of a cell are exchanged": takes("cell", swapped, lambda n: "[1]" in n.name)
    },
    ("cells", "expand-cells", "retrain"): {"an edge is lost": takes("gather", lambda o: o[:1], lambda n: len(n.operands) > 1)},
    ("cells", "expand-cells", "search"): {
        "a row of architecture weights is the next one": set_("mix", of(edge=0), edge=1),
        "candidates of an edge are exchanged": takes("mix", swapped),
    },
    ("trellis", "expand-trellis", "search"): {
        "a position of a trellis is another layer's": set_("route", of(layer=1), layer=0)
    },
    ("choices", "expand-layers", "search"): {"the branch of a choice is another": takes("mix", swapped)},
    ("frames", "expand-layers", "retrain"): {"stacked steps are two instead of three": set_("stack", planes=2)},
    ("blocks", "fold-norm", "deploy"): {
        "a norm is gone without being folded": gone("norm"),
        "a norm is folded and stays": noted(folded, eps=0.0),
    },
    ("layers", "fold-norm", "deploy"): {"the sign of folded weights is lost": noted(lambda n: "sign" in n.notes, sign="any")},
}
"""By network, the pass that makes it and phase: what is wrong, and what it changes."""

FAULTS = [Fault(what, *where, change) for where, mistakes in MISTAKES.items() for what, change in mistakes.items()]
"""Each mistake is found by validation."""
