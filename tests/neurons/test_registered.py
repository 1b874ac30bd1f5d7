"""A model that a plug-in registers as text is as good as one of the library."""

import pytest
import torch

import spikegraph
from spikegraph.dsl.schema.neuron_models import NEURON_MODELS, register_model
from spikegraph.plugins.owners import forget, loading
from spikegraph.plugins.registry import RegistrationError

TEXT = """# A neuron that fires at half of its threshold.
# Nobody, Journal of Examples 2026
model eager(I) {
  number decay = 0.5 in [0, 1]
  number threshold = 1 in (0, inf)
  state v = 0
  u = leak(v[t-1], decay) + I
  y = fire(u, 0.5 * threshold)
  v = reset(u, y)
  emit y else u
}
"""

SPEC = """sdhs 1
neuron act { model = eager  decay = 0.25 }
neuron same { decay = 0.25  threshold = 0.5 }
network net {
  input x : real[2, 4, 4]
  time = 3
  neuron = act
  output o = x -> conv(3, out = 4) -> NEURON -> pool -> linear(3) -> mean(time)
}
"""


@pytest.fixture
def eager():
    with loading("eager.py"):
        yield register_model(TEXT)
    forget("eager.py")


def program(tmp_path, neuron):
    path = tmp_path / f"{neuron}.sdhs"
    path.write_text(SPEC.replace("NEURON", neuron), encoding="utf-8")
    return spikegraph.load(path)


def test_it_computes_what_its_text_says(eager, tmp_path):
    assert (eager.doc, eager.source) == ("a neuron that fires at half of its threshold", "Nobody, Journal of Examples 2026")
    own, lif = (program(tmp_path, neuron) for neuron in ("act", "same"))
    torch.manual_seed(0)
    model, other = spikegraph.compile(own), spikegraph.compile(lif)
    other.load_state_dict(model.state_dict())
    x = 2 * torch.rand(2, 2, 4, 4, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        assert torch.equal(model.eval()(x), other.eval()(x))
    assert spikegraph.certify(own).trusted == ()
    counted = [n.update for n in spikegraph.certify(own).neurons]
    assert counted == [n.update for n in spikegraph.certify(lif).neurons]


def test_what_is_no_model_is_refused():
    with pytest.raises(ValueError, match=r"nothing is called `x`"):
        register_model(TEXT.replace("+ I", "+ x + I"))
    with pytest.raises(RegistrationError, match=r"neuron model `klif` is already registered by spikegraph"):
        register_model(TEXT.replace("eager", "klif"))
    assert "eager" not in NEURON_MODELS
