"""A module around a network, as frameworks for training have them; hidden states are reset before a loop over the steps."""

import torch
from snntorch import Leaky, surrogate, utils
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        keys = {"beta": 0.5, "spike_grad": surrogate.atan(), "init_hidden": True}
        head = nn.Linear(3 * 3 * 3, 4), Leaky(output=True, **keys)
        self.net = nn.Sequential(nn.Conv2d(2, 3, 3), Leaky(**keys), nn.MaxPool2d(2), nn.Flatten(), *head)
        self.loss = nn.CrossEntropyLoss()

    @property
    def trainer(self):
        raise RuntimeError("there is no trainer before training")

    def forward(self, x):
        utils.reset(self.net)
        return torch.stack([self.net(x[t])[0] for t in range(x.size(0))])

    def training_step(self, batch, number):
        inputs, classes = batch
        return self.trainer.log(self.loss(self(inputs).mean(0), classes), number)

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters())


def made():
    return Net(), torch.rand(4, 2, 2, 8, 8) * 4, {}
