"""What can't be exported: the errors, and the checks before a network is traced."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from typing_extensions import override

from spikegraph.backends.torch.exporting.decompositions import table
from spikegraph.backends.torch.exporting.step import StreamingStep, UnknownStateError
from spikegraph.backends.torch.kernels.stateful import STEPS, without_equations
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.errors import WRONG_INPUT, UserError
from spikegraph.ir.graph import Graph, Node

OWN = ("aten", "prims", "prim")
"""The namespaces of torch's own operators."""

VALUES = "reads values of tensors in Python, which a file can't repeat"
RANDOM = "draws random numbers, which a file can't repeat"
NO_EQUATIONS = "which has no equations for PyTorch"
NO_STEP = "keeps a state between time steps, but has no step that says which"
SHAPES = "has a result whose shape depends on values"


CODE = "SG1101"


@dataclass(frozen=True)
class Refusal:
    """An operation that can't be exported, and why: the reason is what follows its name in a sentence."""

    node: Node
    reason: str

    def __str__(self) -> str:
        return f"`{self.node.op.name}` {self.reason} (at {self.node.name})"


class NotExportableError(UserError):
    """A network can't be exported to a format.

    Attributes:
        refusals: The operations that can't, if single ones are the reason.
    """

    status = WRONG_INPUT

    def __init__(
        self, graph: Graph, format: str, why: str, help: str | None = None, refusals: tuple[Refusal, ...] = ()
    ) -> None:
        super().__init__(f"the network `{graph.name}` can't be exported to {format}: {why}", help)
        self.format, self.refusals = format, refusals

    def report(self, diagnostics: Diagnostics) -> None:
        """Adds an error for each operation, with its line in the spec."""
        for refusal in self.refusals:
            diagnostics.error(CODE, refusal.node.span, f"no export to {self.format}: {refusal}", help=self.help)


def refuse(graph: Graph, format: str, refusals: Iterable[Refusal], help: str | None = None) -> None:
    """Raises the error of these refusals, if there are any.

    Raises:
        NotExportableError: There are some.
    """
    order = {node.name: number for number, node in enumerate(graph)}
    found = sorted(dict.fromkeys((refusal.node.name, refusal.reason) for refusal in refusals), key=lambda r: order[r[0]])
    if found:
        refused = tuple(Refusal(graph.node(name), reason) for name, reason in found)
        raise NotExportableError(graph, format, f"{refused[0].node.span.start}: {refused[0]}", help, refused)


def check_states(graph: Graph, format: str) -> None:
    """Refuses neurons without equations, and operations whose state isn't known.

    Raises:
        NotExportableError: There are some.
    """
    models = [(node, without_equations(node)) for node in graph]
    strange = [Refusal(node, f"has the neuron model `{m}`, {NO_EQUATIONS}") for node, m in models if m is not None]
    refuse(graph, format, strange, "register its equations in `DYNAMICS`")
    keeping = [node for node in graph if node.op.traits.stateful and not node.op.traits.carries]
    unknown = [node for node in keeping if node.op.name not in STEPS]
    refuse(graph, format, [Refusal(node, NO_STEP) for node in unknown], _register(unknown))


def _register(nodes: Iterable[Node]) -> str | None:
    names = ", ".join(dict.fromkeys(f"`{node.op.name}`" for node in nodes))
    return f"register the step of {names} in `STEPS` of `spikegraph.backends.torch.kernels.stateful`" if names else None


class Operators(TorchDispatchMode):
    """Records the operators of torch that each operation of a network calls.

    Attributes:
        calls: For each operator the nodes that call it.
    """

    def __init__(self) -> None:
        super().__init__()  # pyright: ignore[reportUnknownMemberType]
        self.calls: dict[Any, dict[str, Node]] = {}
        self._node: Node | None = None

    def visit(self, node: Node) -> None:
        """The calls that follow are those of this node."""
        self._node = node

    @override
    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Mapping[str, Any] | None = None) -> Any:
        if self._node is not None:
            self.calls.setdefault(func, {})[self._node.name] = self._node
        return func(*args, **(kwargs or {}))

    def refusals(self) -> list[Refusal]:
        """The operations that call what a file can't have."""
        allowed, found = table(), list[Refusal]()
        for operator, nodes in self.calls.items():
            reason = None if operator in allowed else _reason(operator)
            found += [Refusal(node, reason) for node in nodes.values() if reason is not None]
        return found


def _reason(operator: Any) -> str | None:
    if operator.namespace not in OWN:
        return f"calls `{operator.name()}`, an operator of another package that the file would need"
    tags = set(operator.tags)
    if torch.Tag.nondeterministic_seeded in tags:
        return RANDOM
    if torch.Tag.data_dependent_output in tags:
        return VALUES
    return SHAPES if torch.Tag.dynamic_output_shape in tags else None


def recorded(step: StreamingStep, arrays: tuple[torch.Tensor, ...], format: str) -> Operators:
    """The operators that a step calls; refuses what a file can't have.

    Raises:
        NotExportableError: There is some.
    """
    operators, before = Operators(), {name: tensor.clone() for name, tensor in step.state_dict().items()}
    step.visit = operators.visit
    try:
        with torch.no_grad(), operators:
            step(*arrays)
    except UnknownStateError as error:
        reason = "returned a state, but has no step that says what it is before the first step"
        refuse(step.graph, format, [Refusal(error.node, reason)], _register([error.node]))
    finally:
        step.visit = None
    refuse(step.graph, format, operators.refusals())
    after = step.state_dict()
    changed = {step.names[name].rpartition(".")[0] for name, old in before.items() if not torch.equal(old, after[name])}
    nodes = [node for node in step.graph if changed & set(node.leaves)]
    refuse(step.graph, format, [Refusal(node, "changes its weights or statistics when it runs") for node in nodes])
    return operators
