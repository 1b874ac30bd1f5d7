"""A map that says that it is a disparity: losses of disparities take it, losses of planes don't."""

import pytest

from spikegraph.ir.outputs import disparity_node, loss_target
from spikegraph.program.program import Program

SPEC = """\
sdhs 1
neuron lif {{ }}
network net {{
  input left, right : events[5, 260, 346]
  output map = concat(left, right) -> conv(3, out = 1){end}
}}
dataset sample {{ }}
retrain net on sample {{ epochs = 1  batch = 1  weights = sgd(lr = 0.1)  stems = lif  loss = {loss} }}
"""


@pytest.fixture
def program(tmp_path):
    def read(loss, end=" -> disparity"):
        path = tmp_path / "net.sdhs"
        path.write_text(SPEC.format(loss=loss, end=end), encoding="utf-8")
        return Program.read(path)

    return read


def test_a_loss_of_disparities_takes_it(program):
    sound = program("smooth_l1(map, beta = 2)")
    assert list(sound.check()) == []
    built = sound.build("retrain")
    assert disparity_node(built.plain).name == "map"
    assert built.run is not None
    name, node = loss_target(built.plain, built.run.loss[0])
    assert (name, node.name, node.op.name) == ("map", "map", "disparity")


@pytest.mark.parametrize(
    ("loss", "end", "summary", "help"),
    [
        (
            "subpixel_cross_entropy",
            " -> disparity",
            "`subpixel_cross_entropy` needs an output of `subpixel`, not of `disparity`",
            "end it with `subpixel(...)`",
        ),
        (
            "smooth_l1",
            "",
            "`smooth_l1` needs an output of `subpixel` or `disparity`, not of `conv`",
            "end it with `subpixel(...)` or `disparity`",
        ),
        (
            "smooth_l1",
            " -> mean(time) -> disparity",
            "`smooth_l1` needs a disparity at each time step, and `map` is real[1, 260, 346] once",
            "leave out the mean over time before it",
        ),
    ],
)
def test_other_losses_and_other_maps_are_refused(program, loss, end, summary, help):
    told = [(d.summary, d.help) for d in program(loss, end).check("retrain")]
    assert (summary, help) in told
