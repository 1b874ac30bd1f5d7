"""Which networks run one time step at a time: those whose values don't depend on later steps."""

import re

import pytest
import torch

from spikegraph.backends.torch.exporting.refusals import NotExportableError, check_states
from spikegraph.backends.torch.lowering import lower
from spikegraph.base.errors import NotStreamableError
from spikegraph.program.program import Program

TEXT = """sdhs 1
neuron lif {{ }}
network net {{
  input x : real[2]
  m = x -> mean(time)
  output y = {y}
}}
"""


def model_of(y):
    return lower(Program.of_text(TEXT.format(y=y), "net.sdhs").checked().build("retrain").graph)


@pytest.mark.parametrize(
    ("y", "name"), [("m -> linear(3) -> lif", "y"), ("mul(x, m)", "y"), ("m -> lif -> mean(time)", "y.lif")]
)
def test_a_value_of_each_step_behind_a_mean_over_time(y, name):
    model = model_of(y)
    summary = (
        rf"net\.sdhs:6:\d+: `{re.escape(name)}` takes a mean over time, which is known after the last step, so the network "
    )
    with pytest.raises(NotStreamableError, match=summary) as caught:
        model.stream()
    assert caught.value.help == "run whole sequences, or take the mean at the end"
    _, state = model.run({"x": torch.zeros(3, 1, 2)})
    with pytest.raises(NotStreamableError):
        model.run({"x": torch.zeros(3, 1, 2)}, state)
    with pytest.raises(NotExportableError) as refused:
        check_states(model.graph, "ONNX")
    (refusal,) = refused.value.refusals
    assert refusal.summary.endswith("takes a mean over time, which is known after the last step, and the file runs one")
    assert refusal.help == "take the mean at the end"


@pytest.mark.parametrize("y", ["m -> linear(3)", "x -> lif -> mean(time) -> linear(3)", "add(m, x -> mean(time))"])
def test_a_mean_at_the_end(y):
    model, x = model_of(y).double().eval(), torch.randn(4, 3, 2, dtype=torch.float64)
    stream = model.stream()
    *_, last = (stream.step({"x": step}) for step in x)
    torch.testing.assert_close(last["y"], model(x), rtol=0, atol=1e-12)


@pytest.mark.parametrize("phase", ["retrain", "deploy"])
def test_outputs_have_their_names_where_a_block_computes_them(phase):
    """Their nodes have names of the block, such as `layer@use.norm`, which is gone once norms are folded."""
    text = """sdhs 1
    network net {
      input x : real[2, 4, 4]
      block layer(v) {
        weights = shared
        return v -> conv(3, out = 2) -> norm
      }
      output a = x -> layer
      output y = a -> layer -> pool -> flatten
    }
    """
    model, x = lower(Program.of_text(text, "net.sdhs").checked().build(phase).graph).eval(), torch.rand(3, 1, 2, 4, 4)
    wanted, stream = model(x), model.stream()
    assert wanted.keys() == {"a", "y"}
    assert wanted.keys() <= model.run({"x": x})[0].keys() and wanted.keys() <= model.values({"x": x}).keys()
    for t in range(3):
        step = stream.step({"x": x[t]})
        for name, value in wanted.items():
            torch.testing.assert_close(step[name], value[t])
