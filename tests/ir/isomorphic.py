"""Whether two graphs are one network, by networkx's isomorphism of graphs in which weights are nodes of their own."""

import networkx as nx

from spikegraph.ir.graph import Graph


def judge(graph: Graph) -> "nx.MultiDiGraph[str]":
    """A network for networkx: operations without names, places of operands that don't commute, weights as nodes."""
    needed = {*graph.outputs.values(), *graph.taps.values()}
    for node in reversed(list(graph)):  # no test here has a value of the step before
        if node.name in needed:
            needed |= set(node.operands)
    made: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    ends = {node: name for name, node in graph.outputs.items()}
    for node in graph:
        if node.name not in needed:
            continue
        made.add_node(node.name, what=(node.op, ends.get(node.name)))
        for place, operand in enumerate(node.operands):
            made.add_edge(operand, node.name, place=None if node.op.name in ("add", "gather", "mul") else place)
        if node.op.weights(*node.operand_values):
            made.add_node(f"weights {node.weights}", what="weights")
            made.add_edge(f"weights {node.weights}", node.name, place="weights")
    return made


def one_network(a: Graph, b: Graph) -> bool:
    return nx.is_isomorphic(
        judge(a),
        judge(b),
        node_match=lambda x, y: x["what"] == y["what"],
        edge_match=lambda x, y: (
            sorted(map(repr, (e["place"] for e in x.values()))) == sorted(map(repr, (e["place"] for e in y.values())))
        ),
    )
