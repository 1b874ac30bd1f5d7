"""Whether operations with a fixed number of time steps suit the sequences that a network gets."""

from spikegraph.dsl.schema.dataset import Dataset
from spikegraph.dsl.shown import counted
from spikegraph.ir.graph import Graph, GraphError
from spikegraph.ir.type_rules import TypeRuleError


def check_time(graph: Graph, dataset: Dataset | None) -> None:
    """Checks that operations that are for a number of time steps at most are for all that there are.

    Args:
        graph: The graph, with its cells expanded.
        dataset: The data set of its run.

    Raises:
        GraphError: An operation is for fewer steps.
    """
    steps, given = graph.time, "the network's `time` is"
    if steps is None and dataset is not None:
        known = (dataset.training_steps(), dataset.result_steps())
        steps, given = max((n for n in known if n is not None), default=None), f"a sample of data set `{dataset.name}` has"
    if steps is None:
        return
    for node in graph:
        longest = node.op.longest()
        timed = node.value.steps or any(value.steps for value in node.operand_values)
        if longest is not None and longest < steps and timed:
            what = "these neurons are" if node.op.traits.neurons else f"`{node.op.name}` is"
            summary = f"{what} for {counted(longest, 'time step')} at most, but {given} {steps}"
            raise GraphError(TypeRuleError(summary, f"write `steps = {steps}`", "SG0304"), node.name, node.span)
