"""Models on the CPU in a program whose default device is another one."""

import pytest

from ..forked import python

pytestmark = pytest.mark.native

PROGRAM = '''
import copy
from pathlib import Path

import torch
import spikegraph

path = Path("net.sdhs")
path.write_text("""sdhs 1
neuron lif { decay = 0.5 }
neuron other { model = alif }
network net {
  input x : spike[128, 24, 24]
  a = x -> conv(3, out = 64) -> norm -> lif -> conv(3, out = 64) -> norm -> other
  output o = a -> pool(avg) -> flatten -> linear(3) -> norm(per = step, steps = 2) -> mean(time)
}
""")
torch.manual_seed(0)
model = spikegraph.compile(spikegraph.load(path))
x, upstream, found = (torch.rand(2, 1, 128, 24, 24) < 0.02).float(), torch.ones(1, 3, device="cpu"), []
for device in ("cpu", "meta"):
    torch.set_default_device(device)
    one = copy.deepcopy(model)
    y = one(x)
    y.backward(upstream)
    stream = one.eval().stream()
    steps = [stream.step({"x": x[k]})["o"] for k in range(2)]
    found.append([y.detach(), *steps, *(p.grad for p in one.parameters())])
print(all(map(torch.equal, *found)))
'''


def test_the_same_results_and_gradients(tmp_path) -> None:
    """Memory was made on the default device, where compiled code wrote to the address 0."""
    ended = python("-c", PROGRAM, cwd=tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "True\n", "")
