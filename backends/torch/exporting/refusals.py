"""What can't be exported: the errors, and the checks before a network is traced."""

from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from typing_extensions import override

from spikegraph.backends.torch.exporting.decompositions import table
from spikegraph.backends.torch.exporting.step import StreamingStep, UnknownStateError
from spikegraph.backends.torch.kernels.stateful import STEPS, without_equations
from spikegraph.base.errors import WRONG_INPUT, UserError
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.stepwise import AT_ONCE, AT_THE_END, not_stepwise
from spikegraph.program.refusals import Refusal

OWN = ("aten", "prims", "prim")
"""The namespaces of torch's own operators."""

VALUES = "reads values of tensors in Python, which a file can't repeat"
RANDOM = "draws random numbers, which a file can't repeat"
SHAPES = "has a result whose shape depends on values"
CHANGES = "changes its weights or statistics when it runs"
HELPS = {
    VALUES: "compute it in operations of torch, such as `torch.where`",
    RANDOM: "draw them in training alone (`call.training`)",
    SHAPES: "write its kernel so that shapes depend on shapes alone",
    CHANGES: "change them in training alone (`call.training`)",
}
"""How to change the kernel of an operation that does something."""

IN_TORCH = "write its kernel in operations of torch"
NO_EQUATIONS = "which has no equations for PyTorch"
NO_STEP = "keeps a state between time steps, but has no step that says which"
ONE_STEP = {AT_ONCE: "use an operation with a state in its place", **AT_THE_END}
"""How to change what can't run one time step at a time."""

UNKNOWN_STATE = "returned a state, but has no step that says what it is before the first step"


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


def first_line(error: BaseException | str) -> str:
    """The first line of an error of someone else's code."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)


def refused(format: str, node: Node, reason: str, help: str | None = None, *, declared: bool = False) -> Refusal:
    """The refusal of an operation; the reason is what follows its name in a sentence."""
    summary = f"no export to {format}: `{node.op.name}` {reason}"
    return Refusal(node.name, node.span, summary, HELPS.get(reason, help), declared)


def refuse(graph: Graph, format: str, refusals: Iterable[Refusal]) -> None:
    """Raises the error of these refusals, if there are any.

    Raises:
        NotExportableError: There are some.
    """
    order = {node.name: number for number, node in enumerate(graph)}
    found = tuple(sorted(dict.fromkeys(refusals), key=lambda refusal: order[refusal.node]))
    if found:
        first = found[0]
        raise NotExportableError(graph, format, f"{first.span.start}: {first.summary}", first.help, found)


def check_states(graph: Graph, format: str) -> None:
    """Refuses neurons without equations, and operations whose state isn't known.

    Raises:
        NotExportableError: There are some.
    """
    whole = [refused(format, node, f"{why}, and the file runs one", ONE_STEP[why]) for node, why in not_stepwise(graph)]
    models = [(node, without_equations(node)) for node in graph]
    help = "register its equations in `DYNAMICS`"
    strange = [
        refused(format, node, f"has the neuron model `{model}`, {NO_EQUATIONS}", help, declared=True)
        for node, model in models
        if model is not None
    ]
    keeping = [node for node in graph if node.op.traits.stateful and not node.op.traits.carries]
    named = {refusal.node for refusal in (*strange, *whole)}
    unknown = [node for node in keeping if node.op.name not in STEPS and node.name not in named]
    refuse(graph, format, [*strange, *whole, *(refused(format, node, NO_STEP, _register(node)) for node in unknown)])


def _register(node: Node) -> str:
    return f"register the step of `{node.op.name}` in `STEPS` of `spikegraph.backends.torch.kernels.stateful`"


class Operators(TorchDispatchMode):
    """Records the operators of torch that each operation of a network calls.

    Attributes:
        calls: For each operator the nodes that call it.
    """

    def __init__(self) -> None:
        super().__init__()  # pyright: ignore[reportUnknownMemberType]
        self.calls: dict[Any, dict[str, Node]] = {}
        self._node: Node | None = None

    @contextmanager
    def visit(self, node: Node) -> Generator[None]:
        """The calls inside are those of this node."""
        self._node = node
        yield
        self._node = None

    @override
    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Mapping[str, Any] | None = None) -> Any:
        if self._node is not None:
            self.calls.setdefault(func, {})[self._node.name] = self._node
        return func(*args, **(kwargs or {}))

    def refusals(self, format: str) -> list[Refusal]:
        """The operations that call what a file can't have."""
        allowed, found = table(), list[Refusal]()
        for operator, nodes in self.calls.items():
            reason = None if operator in allowed else _reason(operator)
            found += [refused(format, node, reason, IN_TORCH) for node in nodes.values() if reason is not None]
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
        refuse(step.graph, format, [refused(format, error.node, UNKNOWN_STATE, _register(error.node))])
    finally:
        step.visit = None
    refuse(step.graph, format, operators.refusals(format))
    after = step.state_dict()
    changed = {step.names[name].rpartition(".")[0] for name, old in before.items() if not torch.equal(old, after[name])}
    nodes = [node for node in step.graph if changed & set(node.leaves)]
    refuse(step.graph, format, [refused(format, node, CHANGES) for node in nodes])
    return operators
