"""A network of convolutions, shapes and products as a whole: forms, streaming, folding, text and JSON, resumable dropout."""

import pytest
import torch

from spikegraph.backends.torch.fold import load_folded
from spikegraph.backends.torch.lowering import lower
from spikegraph.dsl.printer import print_file
from spikegraph.elaborate.operation_defaults import with_operation_defaults
from spikegraph.ir.json import from_json, to_json
from spikegraph.ir.text import print_graph
from spikegraph.ir.text_parser import parse_graph
from spikegraph.program.program import Program

SPEC = """sdhs 1
neuron lif { threshold = 0.5 }
network net {
  input image : real[3, 12, 10]
  a = image -> conv([3, 3], out = 32, stride = [1, 2]) -> norm -> lif -> dropout(0.2)
  b = a -> conv(3, out = 32, bias = false) -> norm -> lif
  c = b -> conv(4, out = 32, stride = 2, groups = 4) -> norm -> lif -> pool(max, kernel = [2, 1], stride = [2, 1])
  d = c -> transposed(4, out = 32, stride = [4, 2], like = b) -> norm -> lif
  e = add(d -> conv(3, out = 32, groups = all, sign = inhibitory) -> norm, b -> pool) -> lif
  f = iand(e, mul(d, b))
  g = attend(f, d, b, heads = 4, scale = 1) -> conv(1, out = 8, dilation = 2) -> norm -> lif
  output logits = g -> reduce(width, by = max) -> flatten -> linear(100, bias = false) -> norm -> lif -> vote(10) -> mean(time)
}
"""


@pytest.fixture
def program(tmp_path):
    path = tmp_path / "net.sdhs"
    path.write_text(SPEC, encoding="utf-8")
    found = Program.read(path)
    assert list(found.check()) == []
    return found


def model_of(built):
    torch.manual_seed(4)
    return lower(built.graph, plain=built.plain).double()


def trained(program):
    """The model after some steps, so that the running statistics and signs of norms aren't those at the start."""
    model = model_of(program.build("retrain")).train()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.3)
    for seed in range(3):
        torch.manual_seed(seed)
        optimizer.zero_grad()
        model(torch.randn(3, 4, 3, 12, 10, dtype=torch.float64)).square().sum().backward()
        optimizer.step()
    assert all(p.grad is not None for p in model.parameters())
    for name, parameter in model.named_parameters():
        if name.endswith("norm.weight"):
            parameter.data *= torch.where(torch.arange(len(parameter)) % 3 == 0, -1, 1)
    return model.eval()


def test_the_deployed_form_has_the_same_outputs(program):
    model = trained(program)
    built = program.build("deploy")
    assert [n.op.name for n in built.plain if "norm" in n.op.name] == []
    deployed = model_of(built).eval()
    load_folded(deployed, model.state_dict())
    x = torch.randn(3, 4, 3, 12, 10, dtype=torch.float64)
    torch.testing.assert_close(deployed(x), model(x), rtol=0, atol=1e-9)


def test_step_by_step_is_the_whole_sequence(program):
    model = trained(program)
    x = torch.randn(3, 4, 3, 12, 10, dtype=torch.float64)
    stream = model.stream()
    *_, last = (stream.step({"image": step}) for step in x)
    torch.testing.assert_close(last["logits"], model(x), rtol=0, atol=1e-12)


def test_the_form_that_runs_is_the_plain_one(program):
    built = program.build("retrain")
    fast, plain = model_of(built), model_of(program.build("retrain"))
    plain.load_state_dict(fast.state_dict())
    plain.b.conv.register_forward_hook(lambda *_: None)  # with a hook the plain graph runs
    x = torch.randn(2, 3, 3, 12, 10, dtype=torch.float64)
    results = []
    for model in (fast, plain):
        torch.manual_seed(9)
        y = model.train()(x)
        y.square().sum().backward()
        results.append((y.detach(), {k: p.grad for k, p in model.named_parameters()}))
    torch.testing.assert_close(*results, rtol=0, atol=1e-8)


@pytest.mark.parametrize(("drop", "marked"), [(" -> dropout(0.2)", set()), ("", {"b.conv"})])
def test_what_is_marked_sparse(tmp_path, drop, marked):
    """Behind a dropout spikes are scaled in training, so a kernel for zeros and ones would be wrong; the others have groups."""
    path = tmp_path / "net.sdhs"
    path.write_text(SPEC.replace(" -> dropout(0.2)", drop), encoding="utf-8")
    assert {n.name for n in Program.read(path).build("retrain").graph if n.notes.get("sparse")} == marked


@pytest.mark.parametrize("phase", ["retrain", "deploy"])
def test_text_and_json(program, phase):
    graph = program.build(phase).plain
    assert parse_graph(print_graph(graph)) == graph
    assert from_json(to_json(graph)) == graph


def test_resolved_and_back(program, tmp_path):
    text = print_file(with_operation_defaults(program.resolved))
    (tmp_path / "again.sdhs").write_text(text, encoding="utf-8")
    again = Program.read(tmp_path / "again.sdhs")
    ops = [(n.name, n.op, n.operands, n.value) for n in again.build("retrain").plain]
    assert ops == [(n.name, n.op, n.operands, n.value) for n in program.build("retrain").plain]


def test_dropout_continues_with_the_random_state(program):
    model = model_of(program.build("retrain")).train()
    x = torch.randn(2, 3, 3, 12, 10, dtype=torch.float64)
    model(x)
    state = torch.get_rng_state()
    first, second = model(x), model(x)
    torch.set_rng_state(state)
    assert torch.equal(model(x), first)
    assert torch.equal(model(x), second)
