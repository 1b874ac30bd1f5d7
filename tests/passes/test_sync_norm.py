"""The pass `sync-norm`."""

from spikegraph.ir.text import print_graph
from spikegraph.passes.sync_norm import SyncNorm

NETWORK = """
network net {
  input x : real[2, 4, 4]
  time = 2
  output y = x -> conv(3, out = 2) -> norm -> lif -> mean(time)
}
"""


def test_norms_are_marked_and_nothing_else_changes(small) -> None:
    before = small(NETWORK).build("search").graph
    after = SyncNorm().apply(before)
    marked = {node.name: node.notes["synchronised"] for node in after if "synchronised" in node.notes}
    assert marked == {node.name: True for node in after if node.op.traits.statistics}
    assert len(marked) == 1
    lines = zip(print_graph(before).splitlines(), print_graph(after).splitlines(), strict=True)
    (changed,) = [(a, b) for a, b in lines if a != b]
    assert changed[1].replace(" with {synchronised=true}", "") == changed[0]
