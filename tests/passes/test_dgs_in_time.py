"""`instrument-dgs` and the passes of its search where values are carried in time, and beside neurons of several currents."""

from pathlib import Path

import pytest

from spikegraph.analysis.dgs import groups, passes_shared
from spikegraph.program.program import Program

pytestmark = pytest.mark.usefixtures("anything")

EARLIER = """sdhs 1
neuron lif { surrogate = dspike(b = 3) }
neuron two { model = two_compartment }
network net { input x : spike[2, 8, 8]
  block tied(v) { weights = shared
    return v -> conv(3, out = 2) -> lif
  }
  BODY
  output y = z -> pool -> linear(10) -> mean(time)
}
dataset d { source = anything }
retrain net on d { epochs = 1  batch = 1  weights = sgd(lr = 0.1)  loss = cross_entropy(y)  dgs at a { every = 1 } }
"""


@pytest.mark.parametrize(
    ("body", "shared"),
    [
        ("c = x -> conv(3, out = 8)  a = c -> lif  p = previous(c) -> lif  z = add(a, p)", False),
        ("b = x -> tied  c = previous(b) -> tied  z = add(b, c)", False),
        ("a = x -> conv(3, out = 8) -> lif  p = previous(a) -> lif  z = add(a, p)", True),
    ],
    ids=["weights that reach the loss a step later", "a use that takes what another one gave", "spikes of the step before"],
)
def test_candidates_share_a_pass_only_if_no_earlier_step_leads_around_them(tmp_path: Path, body: str, shared: bool) -> None:
    path = tmp_path / "net.sdhs"
    text = EARLIER if body.startswith(("a", "c")) else EARLIER.replace("dgs at a", "dgs at tied")
    path.write_text(text.replace("BODY", body.replace("  ", "\n  ")))
    graph = Program.read(path).build("retrain").plain
    assert [passes_shared(graph, group) for group in groups(graph)] == [shared]


def test_a_neuron_of_two_currents_is_no_place_and_disturbs_none(tmp_path: Path) -> None:
    path = tmp_path / "net.sdhs"
    body = "a = x -> conv(3, out = 4) -> lif\n  z = two(dendrite = a -> conv(3, out = 4), soma = a -> conv(3, out = 4))"
    path.write_text(EARLIER.replace("BODY", body))
    program = Program.read(path)
    assert [d.summary for d in program.check()] == []
    assert [group.name for group in groups(program.build("retrain").plain)] == ["a"]
    path.write_text(path.read_text().replace("dgs at a", "dgs at z"))
    (found,) = Program.read(path).check()
    assert found.code == "SG0318"
    assert found.summary == "`z` has no neuron of one current with weights, so there is no surrogate to search"
