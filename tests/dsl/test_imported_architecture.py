"""A network of a named import, whose blocks take neurons."""

from pathlib import Path

from spikegraph.ir.ops.activation import Lif
from spikegraph.program.program import Program

ARCHITECTURE = """
neuron slow { decay = 0.9 }
neuron lif { decay = 0.3 }
network net { input x : real[3, 8, 8]
  time = 2
  block basic(v) { weights = own
    param act = lif
    return v -> conv(3, out = 4) -> norm -> act }
  output y = x -> basic(act = slow) -> repeat(basic(act = slow), 2) -> basic -> pool }
"""


def wrong(folder: Path, entry: str) -> list[str]:
    """What is wrong with a spec that imports the network, without the warning that a param has a neuron's name."""
    (folder / "given.sdhs").write_text("sdhs 1\n" + ARCHITECTURE)
    (folder / "net.sdhs").write_text("sdhs 1\n" + entry)
    return [d.summary for d in Program.read(folder / "net.sdhs").check() if d.code != "SG0326"]


def test_a_block_of_a_network_is_given_the_neuron_of_its_own_file(tmp_path: Path) -> None:
    entry = 'import "given.sdhs" as lib\nneuron slow { decay = 0.1 }\nnetwork mine like lib_net { }\n'
    assert wrong(tmp_path, entry) == []
    graph = Program.read(tmp_path / "net.sdhs").checked().build("retrain").plain
    assert [op.neuron.decay for op in graph.of(Lif).values()] == [0.9, 0.9, 0.9, 0.3]
    assert wrong(tmp_path, entry.replace("neuron slow { decay = 0.1 }\n", "")) == []
