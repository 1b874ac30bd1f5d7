"""A spec of small images that are in the package, and where the programs are that torchrun starts."""

import subprocess
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]

SPEC = """\
sdhs 1

neuron lif { surrogate = dspike(b = 3) }
candidates both {
  c3   = conv(3) -> norm -> lif
  c1   = conv(1) -> norm -> lif
  skip = identity
}
cell plain { nodes = 1 candidates = both neuron = lif }

network net {
  input image : real[1, 28, 28]
  time = 2
  stem  = image -> stem(3, out = 4, stride = 4)
  output logits = stem -> chain([plain], width = 2) -> pool -> linear(10) -> mean(time)
}
dataset images { source = fashion_mnist_small }

search net on images {
  epochs = 2  warm_up = 1  batch = 20  epoch_samples = 90
  weights      = sgd(lr = 0.05, momentum = 0.9)
  architecture = adam(lr = 0.5)
  loss         = cross_entropy(logits)
}
retrain net on images {
  epochs = 2  batch = 20  epoch_samples = 81  validate = 0.01
  weights = adam(lr = 0.01)
  loss    = cross_entropy(logits)
  dgs at stem { iterations = 3  candidates = 3  every = 1 }
}
"""
STEPS = 10
"""Steps of the search; as many follow in the retraining. The last batch of an epoch has 10 samples, or 1."""

Start = Callable[..., "subprocess.CompletedProcess[str]"]
