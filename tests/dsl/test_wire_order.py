"""`network Y like X`: outputs and wires of X can take wires that Y adds."""

import random

import pytest

from spikegraph.program.program import Program

BASE = """sdhs 1
neuron lif { decay = 0.5 }
network base {
  param W = 2
  input image : real[3, 8, 8]
  time = 2
  a = image -> conv(3, out = W) -> lif
  b = a -> conv(3, out = W) -> lif
  output logits = b -> pool -> linear(10) -> mean(time)
}
"""


def wires(tmp_path, more):
    path = tmp_path / "net.sdhs"
    path.write_text(BASE + more)
    program = Program.read(path)
    return [w.name for w in program.spec.networks["more"].wires], program.check()


def test_an_output_takes_a_new_wire(tmp_path):
    more = "network more like base {\n  c = b -> relu\n  output logits = c -> pool -> linear(3) -> mean(time)\n}\n"
    names, found = wires(tmp_path, more + "dataset d { source = mnist }\n")
    assert names == ["a", "b", "c", "logits"]
    assert [d.code for d in found] == ["SG0202"]  # two networks and no run


def test_a_replaced_wire_comes_behind_what_it_uses(tmp_path):
    more = "network more like base {\n  c = image -> relu\n  a = c -> conv(3, out = 4) -> lif\n  extra = logits -> relu\n}\n"
    assert wires(tmp_path, more)[0] == ["c", "a", "b", "logits", "extra"]


def test_what_like_leaves_alone_stays_in_order(tmp_path):
    assert wires(tmp_path, "network more like base { param W = 4 }\n")[0] == ["a", "b", "logits"]


@pytest.mark.parametrize("later", ["b", "logits -> relu", "add(image, b)"])
def test_a_circle_is_an_error(tmp_path, later):
    names, found = wires(tmp_path, f"network more like base {{ a = {later} }}\n")
    assert sorted(names) == ["a", "b", "logits"]
    assert "SG0311" in [d.code for d in found]


def test_any_order_of_added_wires_works(tmp_path):
    """A chain of wires, some in the base and some added, in random order: each comes behind the one that it uses."""
    rng = random.Random(0)
    for _ in range(20):
        added = [f"w{i} = {f'w{i - 1}' if i else 'b'} -> relu" for i in range(6)]
        added += ["output logits = w5 -> pool -> linear(4) -> mean(time)"]
        rng.shuffle(added)
        names, _ = wires(tmp_path, "network more like base {\n" + "\n".join(added) + "\n}\n")
        assert names == ["a", "b", *(f"w{i}" for i in range(6)), "logits"]
