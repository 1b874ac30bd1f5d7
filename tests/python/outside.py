"""Runs exported modules where spikegraph can't be imported: `python outside.py DIR...`, a folder for each.

A folder has `net.py`, `net.pt` with weights in float64, and `given.pt`: inputs, and the names of the classes that fire. It gets
`found.pt`: for evaluation and training the results, gradients and statistics by name, and the spikes of each call of neurons.
"""

import importlib.util
import sys
from pathlib import Path

sys.modules["spikegraph"] = None  # an import of it fails

import torch  # noqa: E402
from alike import loss_of, patterned  # noqa: E402

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
torch.Tensor.bernoulli_ = patterned


def run(folder):
    spec = importlib.util.spec_from_file_location(f"net_{folder.name}", folder / "net.py")
    code = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(code)
    given = torch.load(folder / "given.pt")
    found = {}
    for training in (False, True):
        network, spikes = code.load().train(training), []
        for part in network.modules():
            if type(part).__name__ in given["spiking"]:
                part.register_forward_hook(lambda part, xs, y, spikes=spikes: spikes.append(y.detach().abs().sum().item()))
        results = network(*given["inputs"])
        results = results if isinstance(results, dict) else {given["outputs"][0]: results}
        loss = loss_of(results)
        if loss.requires_grad:
            loss.backward()
        gradients = {name: p.grad for name, p in network.named_parameters() if p.grad is not None}
        results = {name: x.detach() for name, x in results.items()}
        state = {name: x for name, x in network.state_dict().items() if "running_" in name}
        found[training] = {"results": results, "gradients": gradients, "state": state, "spikes": sorted(spikes)}
    torch.save(found, folder / "found.pt")


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        run(Path(argument))
