"""Operations of plug-ins whose kernels nobody can compare with anything."""

from spikegraph.base.errors import NoReferenceError
from spikegraph.ir.graph import Graph
from spikegraph.ir.plug_ins import has_samples, is_built_in


def require_samples(graph: Graph) -> None:
    """Refuses operations of plug-ins that random networks can't have.

    Raises:
        NoReferenceError: There is one, named with the node.
    """
    for node in graph:
        if node.op.written and not is_built_in(node.op) and not has_samples(type(node.op)):
            summary = f"the operation `{node.op.name}` of `{node.name}` has no samples, so no random network tests it"
            raise NoReferenceError(summary, "its plug-in gives it a method `sample`")
