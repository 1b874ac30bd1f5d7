"""Specs whose data are given in Python, and such data: images that are bright above or below."""

import torch
from torch.utils.data import Dataset

SPEC = """\
sdhs 1
neuron lif {
  decay = 0.5
}
network net {
  input image : real[1, 8, 8]
  time = 2
  output logits = image -> conv(3, out = 8) -> norm -> lif -> pool -> linear(2) -> mean(time)
}
dataset mine {
  source = python
}
retrain net on mine {
  epochs  = 6
  batch   = 16
  weights = adam(lr = 0.02)
  loss    = cross_entropy(logits)
}
"""

VECTORS = """sdhs 1
neuron lif {{ }}
network net {{
  input x : real[3]
  {time}
  output o = x -> linear(8) -> lif -> {end}
}}
dataset mine {{ source = {source}  task = {task} }}
retrain net on mine {{ epochs = 8  batch = 4  weights = adam(lr = 0.05)  loss = {loss} }}
"""


class Bars(Dataset):
    """Bright above or below; a data set as anybody writes it."""

    def __init__(self, count, seed):
        generator = torch.Generator().manual_seed(seed)
        self.noise = torch.rand(count, 1, 8, 8, generator=generator) / 3

    def __len__(self):
        return len(self.noise)

    def __getitem__(self, index):
        label = index % 2
        image = self.noise[index].clone()
        image[:, 4 * label : 4 * label + 4] += 0.6
        return image, label
