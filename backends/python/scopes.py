"""The uses of blocks and cells in a graph, which become calls of classes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.loops import in_loops
from spikegraph.ir.path import Path, Step

ROLES = ("prev2", "prev", "like")
"""What the operands of a cell are."""


@dataclass(frozen=True)
class CellUse:
    """A cell before it is taken apart.

    Attributes:
        name: The name of the cell in the spec.
        operands: The nodes that are `prev2`, `prev` and `like`.
    """

    name: str
    operands: tuple[str, ...]


Cells = Mapping[str, CellUse]
"""The cells of a network by their paths."""


def cells_of(outline: Graph) -> Cells:
    """The cells of a graph whose layers aren't taken apart."""
    found = ((node, node.op.cell_spec()) for node in outline)
    return {node.name: CellUse(cell.name, node.operands) for node, cell in found if cell is not None}


@dataclass
class Loop:
    """Operations of a scope that depend on their own results of earlier time steps, in an executable order."""

    nodes: list[Node]

    @property
    def name(self) -> str:
        """The name of its first operation."""
        return self.nodes[0].name


Member = "Node | Scope | Loop"


@dataclass
class Scope:
    """A use of a block or cell, or the network.

    Attributes:
        path: Where it is; that of the network is empty.
        name: The name of the block or cell.
        step: The step of the block in the path, None for the network and cells.
        cell: The cell.
        members: Operations, uses of blocks inside, and loops, in an executable order.
    """

    path: Path
    name: str
    step: Step | None = None
    cell: CellUse | None = None
    members: list[Node | Scope | Loop] = field(default_factory=list["Node | Scope | Loop"])

    @property
    def depth(self) -> int:
        """How many scopes are inside each other at most."""
        return 1 + max((each.depth for each in self.members if isinstance(each, Scope)), default=0)

    @property
    def scopes(self) -> list[Scope]:
        """The scopes inside."""
        return [each for each in self.members if isinstance(each, Scope)]

    def nodes(self) -> list[Node]:
        """All operations inside."""
        found: list[Node] = []
        for each in self.members:
            found += [each] if isinstance(each, Node) else each.nodes if isinstance(each, Loop) else each.nodes()
        return found


def scopes_of(graph: Graph, cells: Cells, without: Collection[str] = ()) -> Scope:
    """The network as a tree of scopes.

    A use becomes no scope if it isn't one call: if something outside is computed between its operations, as with blocks inside
    that share their weights with other uses, or if only a part of it is in a loop through time; nor if another use of its
    weights is none.

    Args:
        graph: The plain graph.
        cells: The cells by their paths.
        without: The paths of weights of uses that are to be no scopes.
    """
    own = {node.name: _prefixes(node, cells) for node in graph}
    loops = in_loops(graph)
    inside: dict[str, set[str]] = {}
    for name, prefixes in own.items():
        for prefix, _, _ in prefixes:
            inside.setdefault(str(prefix), set()).add(name)
    dissolved = {str(prefix) for each in own.values() for prefix, _, _ in each if prefix.weights in without}
    for prefix, names in inside.items():
        if not _one_call(graph, names) or _cuts_a_loop(names, loops):
            dissolved.add(prefix)
    cut = {prefix.weights for each in own.values() for prefix, _, _ in each if str(prefix) in dissolved}
    dissolved |= {str(prefix) for each in own.values() for prefix, _, _ in each if prefix.weights in cut}
    root = Scope(Path(), graph.name)
    made: dict[str, Scope] = {"": root}
    order = {node.name: k for k, node in enumerate(graph)}
    numbered: dict[int, Loop] = {}
    for node in graph:
        scope = root
        for prefix, name, step in own[node.name]:
            key = str(prefix)
            if key in dissolved:
                continue
            if key not in made:
                made[key] = Scope(prefix, name, step, None if step is not None else cells[key])
                scope.members.append(made[key])
            scope = made[key]
        if node.name not in loops:
            scope.members.append(node)
        elif loops[node.name] in numbered:
            numbered[loops[node.name]].nodes.append(node)
        else:
            numbered[loops[node.name]] = Loop([node])
            scope.members.append(numbered[loops[node.name]])
    for scope in made.values():
        scope.members = _ordered(scope, graph, order)
    return root


def _prefixes(node: Node, cells: Cells) -> list[tuple[Path, str, Step | None]]:
    """The uses of blocks and cells that a node is in, from the outside in."""
    found: list[tuple[Path, str, Step | None]] = []
    for k, step in enumerate(node.path.steps):
        prefix = Path(node.path.steps[: k + 1])
        if step.block:
            found.append((prefix, step.block, step))
        elif str(prefix) in cells and not _adapts(node, k + 1):
            found.append((prefix, cells[str(prefix)].name, None))
    return found


def _adapts(node: Node, depth: int) -> bool:
    """Whether a node makes the size of a cell's operand fit, which is done outside of the cell, so that all have one class."""
    steps = node.path.steps[depth:]
    return len(steps) == 1 and steps[0].label in ROLES and not node.leaves and not node.op.traits.stateful


def _one_call(graph: Graph, names: Collection[str]) -> bool:
    """Whether nothing outside of some nodes is both behind and before them."""
    behind = set[str]()
    for node in graph:
        sources = graph.sources(node.name)
        if node.name in names:
            if any(source in behind for source in sources):
                return False
        elif any(source in behind or source in names for source in sources):
            behind.add(node.name)
    return True


def _cuts_a_loop(names: Collection[str], loops: Mapping[str, int]) -> bool:
    touched = {loops[name] for name in names if name in loops}
    return any(number in touched and name not in names for name, number in loops.items())


def _ordered(scope: Scope, graph: Graph, order: Mapping[str, int]) -> list[Node | Scope | Loop]:
    """The members so that each follows what it takes values from, otherwise in the order of the graph."""
    members = scope.members
    owner = {node.name: k for k, each in enumerate(members) for node in nodes_of(each)}
    needs = [
        {owner[s] for node in nodes_of(each) for s in graph.sources(node.name) if s in owner and owner[s] != k}
        for k, each in enumerate(members)
    ]
    first = [min(order[node.name] for node in nodes_of(each)) for each in members]
    found, waiting = list[int](), sorted(range(len(members)), key=first.__getitem__)
    done = set[int]()
    while waiting:
        k = next(k for k in waiting if needs[k] <= done)
        waiting.remove(k)
        done.add(k)
        found.append(k)
    return [members[k] for k in found]


def nodes_of(member: Node | Scope | Loop) -> list[Node]:
    """The operations of a member."""
    return [member] if isinstance(member, Node) else member.nodes if isinstance(member, Loop) else member.nodes()
