"""The names that a network's statements see, and the paths of its nodes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from spikegraph.dsl.source import Span
from spikegraph.dsl.spec import Block
from spikegraph.elaborate.context import Context
from spikegraph.elaborate.layers import Wired
from spikegraph.ir.graph import Graph
from spikegraph.ir.path import Path


@dataclass
class Scope:
    """The names visible in a block, and the path of its nodes; `home` is the path of the block itself.

    `context` has the values of the params, and `blocks` the blocks that can be used there. `missing` has the names without a
    value that were reported, `counts` the number after which each path was free last.
    """

    prefix: Path
    home: Path
    context: Context
    blocks: Mapping[str, Block]
    names: dict[str, Wired] = field(default_factory=dict[str, Wired])
    later: Mapping[str, Span] = field(default_factory=dict[str, Span])
    missing: set[str] = field(default_factory=set[str])
    counts: dict[Path, int] = field(default_factory=dict[Path, int])

    def below(self, prefix: Path) -> "Scope":
        """The same names, for nodes whose path is another."""
        return Scope(prefix, self.home, self.context, self.blocks, self.names, self.later, self.missing, self.counts)

    def path(self, graph: Graph, base: Path, op: str, last: bool) -> Path:
        """A free path for a node: the statement's for its last stage, followed by the operation's name for other stages."""
        wanted = self.prefix + base if base.steps and last else (self.prefix + base) / op
        count = self.counts.get(wanted, 1)
        path = wanted if count == 1 else wanted.up() / f"{wanted.label}{count}"
        while str(path) in graph or path.text_at("0") in graph:
            count += 1
            path = wanted.up() / f"{wanted.label}{count}"
        self.counts[wanted] = count
        return path
