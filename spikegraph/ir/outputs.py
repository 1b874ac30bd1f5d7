"""Finds the nodes that losses and metrics read."""

from spikegraph.base.errors import OutputError
from spikegraph.base.nearest import did_you_mean, listed
from spikegraph.dsl.schema.forms import FORMS, Form
from spikegraph.dsl.schema.losses import LOSSES
from spikegraph.dsl.spec import Loss
from spikegraph.ir.arithmetic import Copies
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.types import Kind


def loss_target(graph: Graph, loss: Loss, task: str | None = None) -> tuple[str, Node]:
    """The name and node of the output or wire that a loss is computed from; `task` is that of the data.

    Raises:
        OutputError: It is missing, ambiguous or has the wrong type, or there is no such loss.
    """
    outputs = graph.outputs
    if loss.name not in LOSSES or loss.penalty is not None:
        raise OutputError(f"there is no loss `{loss.name}` of an output", f"the losses are {listed(LOSSES, last='and')}")
    if loss.of is None and len(outputs) != 1:
        help = f"write `{loss.name}(OUTPUT)`; the outputs are {listed(outputs, last='and')}"
        raise OutputError(f"`{loss.name}` must name its output", help)
    name = loss.of if loss.of is not None else next(iter(outputs))
    named = {**outputs, **graph.taps}
    if name not in named:
        help = did_you_mean(name, outputs) or f"the outputs are {listed(outputs, last='and')}"
        raise OutputError(f"the network has no output `{name}`", help)
    node, forms = graph.node(named[name]), loss.declared.forms
    if loss.to is not None:
        _require_alike(loss, name, node, loss_other(graph, loss.to))
        return name, node
    forms = tuple(form for form in forms if task in (None, form.task)) or forms
    form = next((form for form in forms if _fits(node, form)), None)
    if form is None:
        made = f"not of `{node.op.name}`" if forms[0].made else f"not {node.value}"
        of = forms[0].made or " or ".join(form.words for form in forms)
        raise OutputError(f"`{loss.name}` needs {of}, {made}", forms[0].help or None)
    if form.timed and not node.value.steps:
        help = "leave out the mean over time before it"
        raise OutputError(f"`{loss.name}` needs {form.words} at each time step, and `{name}` is {node.value}", help)
    if form.alone and task == form.task:
        _require_one_logits(graph, f"`{name}` is {node.value}")
    return name, node


def loss_other(graph: Graph, to: str) -> Node:
    """The node of an input, output or wire that a loss compares another value with.

    Raises:
        OutputError: There is none.
    """
    named = {**{name: name for name in graph.inputs()}, **graph.taps, **graph.outputs}
    if to not in named:
        raise OutputError(f"the network has no value `{to}`", did_you_mean(to, named))
    return graph.node(named[to])


def _require_alike(loss: Loss, name: str, node: Node, other: Node) -> None:
    compared = f"`{loss.name}` compares `{name}`, {node.value}, with `{loss.to}`, {other.value}"
    if node.value.kind is not Kind.REAL:
        raise OutputError(f"{compared}; it needs numbers", f"`{name}` must be real, such as what `conv` gives")
    if node.value.shape != other.value.shape:
        help = f"give `{name}` the same channels and sizes, such as with `resize(like = {loss.to})`"
        raise OutputError(f"{compared}, which has another shape", help)
    if other.value.steps and not node.value.steps:
        raise OutputError(f"{compared}, which has a value at each time step", f"leave out the mean over time before `{name}`")


def _require_one_logits(graph: Graph, what: str) -> None:
    found = _logits(graph)
    if not found:
        summary = f"no output has logits without time steps, so the accuracy can't be measured: {what}"
        raise OutputError(summary, "end the output with `mean(time)`")
    if len(found) > 1:
        names = listed([name for name, node in graph.outputs.items() if graph.node(node) in found], last="and")
        summary = f"{names} have logits without time steps, so it isn't clear whose accuracy is measured"
        raise OutputError(summary, "declare one output with such logits; a loss can also be computed from a wire")


def loss_form(node: Node, loss: Loss, task: str | None = None) -> Form:
    """The form in which a loss takes the value of its node, if it can that of the task; any form to compare it with another.

    Raises:
        IndexError: It takes none; `loss_target` says so.
    """
    if loss.to is not None:
        return FORMS["any"]
    found = [form for form in loss.declared.forms if _fits(node, form)]
    return next((form for form in found if task in (None, form.task)), found[0])


def output_of(graph: Graph, task: str) -> Node:
    """The node of the output that is compared with the targets of a task, such as `labels` or `flow`.

    Raises:
        OutputError: No output fits, or several do.
    """
    forms = [form for form in FORMS.values() if form.task == task]
    found = [node for node in _outputs(graph) if any(_fits(node, form) for form in forms)]
    words, help = (forms[0].words, forms[0].help) if forms else (task, "")
    if len(found) != 1:
        have = "are" if len(found) > 1 else "is"
        summary = f"exactly one output must be {words}, but {len(found)} of {listed(graph.outputs, last='and')} {have}"
        raise OutputError(summary, help or None)
    return found[0]


def _fits(node: Node, form: Form) -> bool:
    return form.fits(node.value.shape, real=node.value.kind is Kind.REAL, gives=node.op.traits.gives, timed=node.value.steps)


def disparity_node(graph: Graph) -> Node:
    """The node of the output that is a disparity, [T, N, 1, H, W] in pixels.

    Raises:
        OutputError: No output is a disparity, or several are.
    """
    return _only(graph, [node for node in _outputs(graph) if _is_disparity(node)], "a disparity", "subpixel")


def logits_node(graph: Graph) -> Node:
    """The node of the output that is logits without time steps, [N, K].

    Raises:
        OutputError: No output is logits, or several are.
    """
    return _only(graph, _logits(graph), "logits", "mean(time)")


def _outputs(graph: Graph) -> list[Node]:
    return [graph.node(name) for name in graph.outputs.values()]


def _is_disparity(node: Node) -> bool:
    return node.op.traits.gives in FORMS["disparity_map"].gives


def _logits(graph: Graph) -> list[Node]:
    """Nodes of outputs that can be logits; not those that another one copies, as `mean(time)` does where there are no steps."""
    found = [node for node in _outputs(graph) if _is_logits(node)]
    copied = {name for node in found if _copies(node) for name in node.operands}
    return [node for node in found if node.name not in copied]


def _copies(node: Node) -> bool:
    computed = node.arithmetic
    whole = [value.shape for value in node.operand_values] == [node.value.shape]
    return whole and isinstance(computed, Copies) and not computed.moves


def _is_logits(node: Node) -> bool:
    """True if a node's value can be the logits of a classifier: [classes], once for all time steps."""
    return not node.value.size and not node.value.steps


def _only(graph: Graph, found: list[Node], what: str, end: str) -> Node:
    if len(found) != 1:
        summary = f"exactly one output must be {what}, but {len(found)} of {listed(graph.outputs, last='and')} are"
        raise OutputError(summary, f"declare one output that ends in `{end}`")
    return found[0]
