"""A trained network in both forms, and the comparison of a program with it."""

from collections.abc import Callable

import torch
from torch import Tensor

from spikegraph.backends.torch.exporting.checked import checked
from spikegraph.backends.torch.exporting.step import StreamingStep
from spikegraph.backends.torch.fold import load_folded
from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.model import Model
from spikegraph.program.program import Program

TEXT = """sdhs 1
neuron lif { decay = 0.5 }
neuron soft { decay = 0.7  reset = soft }
neuron slow { model = cuba(current_decay = 0.3) }
network net {
  input x : real[2, 6, 6]
  block tied(v) { weights = shared  return v -> conv(3, out = 4, bias = false) }
  a = x -> conv(3, out = 4) -> norm(eps = 0.001) -> lif
  b = a -> tied -> norm -> soft
  c = b -> tied -> norm -> soft
  d = add(c, previous(d) -> conv(1, out = 4)) -> conv(3, out = 4) -> norm -> slow
  output maps = d
  output logits = d -> pool -> linear(3) -> mean(time)
}
"""


def both(text: str = TEXT) -> tuple[Model, Model]:
    """A trained network with statistics that aren't 0 and 1, deployed and with separate norms."""
    program = Program.of_text(text, "net.sdhs").checked()
    retrain, deploy = program.build("retrain"), program.build("deploy")
    torch.manual_seed(0)
    separate = lower(retrain.graph, plain=retrain.plain).eval()
    with torch.no_grad():
        for name, tensor in separate.state_dict().items():
            tensor.uniform_(0.2, 2) if name.endswith("running_var") else tensor.add_(0.4 * torch.randn_like(tensor))
    deployed = lower(deploy.graph, plain=deploy.plain).eval()
    load_folded(deployed, separate.state_dict())
    return deployed, separate


def compare(deployed: Model, separate: Model, run: Callable[[StreamingStep, list[Tensor]], list[Tensor]] | None = None):
    step = StreamingStep(deployed)

    def program(arrays):
        with torch.no_grad():
            return list(step(*arrays)) if run is None else run(step, list(arrays))

    return checked(step, program, "torch", separate)
