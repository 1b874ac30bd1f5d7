"""Orders, cycles and what nodes lead to, with networkx as judge."""

import random

import networkx as nx
import pytest

from spikegraph.backends.graphviz.ordering import in_order, on_cycles, reached


@pytest.mark.parametrize("seed", range(40))
def test_random_graphs_agree_with_networkx(seed):
    chance = random.Random(seed)
    nodes = [f"n{i}" for i in range(chance.randint(1, 12))]
    keys = dict(zip(nodes, chance.sample(range(100), len(nodes)), strict=True))
    share = chance.choice((0.05, 0.15, 0.4))
    forward = seed % 2 == 0
    edges = [(a, b) for a in nodes for b in nodes if a != b and (not forward or a < b) and chance.random() < share]
    graph = {node: {b for a, b in edges if a == node} for node in nodes}
    judge = nx.DiGraph(edges)
    judge.add_nodes_from(nodes)
    cycles = {node for part in nx.strongly_connected_components(judge) if len(part) > 1 for node in part}
    assert on_cycles(graph) == cycles
    for node in nodes:
        assert reached(graph, node) - {node} == nx.descendants(judge, node)
        assert (node in reached(graph, node)) == (node in cycles)
    if not cycles:
        assert in_order(graph, keys.__getitem__) == list(nx.lexicographical_topological_sort(judge, keys.__getitem__))
