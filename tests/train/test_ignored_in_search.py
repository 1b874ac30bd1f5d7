"""A search and a retraining on one data set: each is scored without the label that its own loss leaves out."""

import pytest

from spikegraph.backends.search import run as phases
from spikegraph.backends.torch.main import search_program
from spikegraph.program.program import Program
from spikegraph.program.run_settings import Settings

SPEC = """sdhs 1
neuron lif {{ }}
candidates both {{ c3 = conv(3) -> norm -> lif  skip = identity }}
cell plain {{ nodes = 1  candidates = both  neuron = lif }}
network net {{
  input image : real[1, 28, 28]
  time = 2
  stem = image -> stem(3, out = 4, stride = 4)
  output logits = stem -> chain([plain], width = 4) -> pool -> linear(10) -> mean(time)
}}
dataset fashion_mnist_small {{ }}
search net on fashion_mnist_small {{
  epochs = 1  warm_up = 0  batch = 5  epoch_samples = 10  validate = 0.1
  weights = sgd(lr = 0.05)  architecture = adam(lr = 0.5)  loss = cross_entropy(logits{search})
}}
retrain net on fashion_mnist_small {{
  epochs = 1  batch = 5  epoch_samples = 10  validate = 0.2
  weights = adam(lr = 0.05)  loss = cross_entropy(logits{retrain})
}}
"""


class SeenError(Exception):
    """Has the search that was about to begin."""


@pytest.mark.parametrize(("search", "retrain"), [("", ", ignore = 0"), (", ignore = 0", ""), (", ignore = 3", ", ignore = 4")])
def test_each_leaves_out_its_own_label(monkeypatch, tmp_path, search, retrain):
    def begun(found):
        raise SeenError(found)

    monkeypatch.setattr(phases, "chosen", begun)
    program = Program.of_text(SPEC.format(search=search, retrain=retrain), "net.sdhs")
    with pytest.raises(SeenError) as seen:
        search_program(program, Settings(device="cpu", threads=1), out=tmp_path / "run")
    (found,) = seen.value.args
    for parts, loss in ((found.data, search), (found.candidates, retrain)):
        wanted = tuple(int(word) for word in loss.split() if word.isdecimal())
        assert [part.about.ignored for part in parts] == [wanted, wanted]
    assert found.data[0].source is found.candidates[0].source  # nothing is read twice
