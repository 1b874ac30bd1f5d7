"""What can't be exported: one message with the line of each operation, and no file."""

import io
import sys
from pathlib import Path
from typing import Any, ClassVar

import exact_networks as networks
import pytest
import torch
from torch import Tensor

from spikegraph.backends.torch.exporting import decompositions, files
from spikegraph.backends.torch.kernels.base import kernel
from spikegraph.backends.torch.kernels.stateful import STEPS, StepKernel
from spikegraph.dsl.diagnostics import SpecError
from spikegraph.dsl.schema.neuron_models import NEURON_MODELS, ModelSignature
from spikegraph.errors import UserError
from spikegraph.exports import EXPORTERS
from spikegraph.ir.opdef import Op, register
from spikegraph.ir.traits import Traits
from spikegraph.ir.types import Kind
from spikegraph.program import Program

pytestmark = [pytest.mark.unchecked, pytest.mark.usefixtures("registrations")]

PLAIN, STATEFUL = Traits(), Traits(stateful=True)

NETWORK = """sdhs 1
neuron lif { }
network net {
  input x : real[2, 4, 4]
  a = x -> conv(3, out = 2) -> lif
  output y = a -> odd -> conv(3, out = 2) -> lif
}
"""


def odd(function, traits: Traits = PLAIN, weights: dict[str, tuple[int, ...]] | None = None) -> None:
    """Registers an operation `odd` whose kernel is this function of operand, state and weights."""

    def infer(self, x):
        return x.with_(kind=Kind.REAL)

    members = {
        "name": "odd",
        "traits": traits,
        "infer": infer,
        "weights": lambda self, *operands: weights or {},
        "__module__": __name__,
        "__annotations__": {"name": ClassVar[str], "traits": ClassVar[Traits]},
        "__doc__": "An operation of a plug-in.",
    }
    register(type("Odd", (Op,), members))
    kernel("odd")(lambda call, xs, state: function(xs[0], state, call.weights))


def keeps(x: Tensor, state: Any, weights: Any) -> Any:
    total = x.sum(0) if state is None else state + x.sum(0)
    return x + total, total


def calls_another_package(x: Tensor, state: Any, weights: Any) -> Any:
    return torch.ops.others.doubled(x), None


def reads_a_value(x: Tensor, state: Any, weights: Any) -> Any:
    return (x if x.sum().item() > 0 else -x), None


def draws(x: Tensor, state: Any, weights: Any) -> Any:
    return x + torch.rand_like(x), None


def selects(x: Tensor, state: Any, weights: Any) -> Any:
    return x * len(torch.nonzero(x)), None


def learns(x: Tensor, state: Any, weights: Any) -> Any:
    weights.weight.data.add_(1)
    return x * weights.weight.sum(), None


def bessel(x: Tensor, state: Any, weights: Any) -> Any:
    return torch.special.bessel_j0(x), None


@pytest.fixture(scope="module", autouse=True)
def other_package():
    """An operator of torch that another package registers."""
    library = torch.library.Library("others", "FRAGMENT")
    library.define("doubled(Tensor x) -> Tensor")
    library.impl("doubled", lambda x: 2 * x, "CompositeExplicitAutograd")
    return library


NO_STEP = "register the step of `odd` in `STEPS` of `spikegraph.backends.torch.kernels.stateful`"
CASES = {
    "state": (keeps, STATEFUL, "torch", "keeps a state between time steps, but has no step that says which", NO_STEP),
    "undeclared": (
        keeps,
        PLAIN,
        "torch",
        "returned a state, but has no step that says what it is before the first step",
        NO_STEP,
    ),
    "operator": (
        *(calls_another_package, PLAIN, "torch"),
        *("calls `others::doubled`, an operator of another package that the file would need", None),
    ),
    "value": (reads_a_value, PLAIN, "torch", "reads values of tensors in Python, which a file can't repeat", None),
    "random": (draws, PLAIN, "torch", "draws random numbers, which a file can't repeat", None),
    "shape": (selects, PLAIN, "onnx", "has a result whose shape depends on values", None),
    "learning": (learns, PLAIN, "torch", "changes its weights or statistics when it runs", None),
    "untranslated": (bessel, PLAIN, "onnx", "needs torch's `special_bessel_j0`, for which ONNX has no operator", None),
}
NAMES = {"torch": "torch", "onnx": "ONNX"}


def refused(format: str, text: str, monkeypatch: pytest.MonkeyPatch, folder: Path, *, bf16: bool = False) -> Any:
    """The error of an export of this spec's network, which writes nothing."""
    model = networks.of_text(text)
    model.bf16 = bf16
    monkeypatch.setattr(files, "trained", lambda run: (Program.of_text(text, "net.sdhs"), model, ()))
    with pytest.raises((SpecError, UserError)) as caught:
        EXPORTERS[format](folder, folder / "net.out")
    assert list(folder.iterdir()) == []
    return caught.value


def places(error: SpecError) -> list[tuple[str, int, int, str, str | None]]:
    """Code, line, column, summary and help of each error."""
    return [(d.code, d.span.line, d.span.column, d.summary, d.help) for d in error.diagnostics]


@pytest.mark.parametrize("name", CASES)
def test_operations_of_plug_ins(name, monkeypatch, tmp_path):
    function, traits, format, reason, help = CASES[name]
    odd(function, traits, {"weight": (1,)} if name == "learning" else None)
    error = refused(format, NETWORK, monkeypatch, tmp_path)
    assert error.status == 1
    assert places(error) == [("SG1101", 6, 19, f"no export to {NAMES[format]}: `odd` {reason} (at y.odd)", help)]


def test_what_the_command_prints(monkeypatch, tmp_path):
    odd(draws)
    assert str(refused("torch", NETWORK, monkeypatch, tmp_path)).splitlines()[:3] == [
        "net.sdhs:6:19: error[SG1101]: no export to torch: `odd` draws random numbers, which a file can't repeat (at y.odd)",
        "   6 |   output y = a -> odd -> conv(3, out = 2) -> lif",
        "     |                   ^^^",
    ]


def test_every_operation_has_its_line(monkeypatch, tmp_path):
    odd(draws)
    twice = NETWORK.replace("conv(3, out = 2) -> lif\n  output", "odd\n  output")
    assert [place[1:3] for place in places(refused("torch", twice, monkeypatch, tmp_path))] == [(5, 12), (6, 19)]


def test_a_neuron_model_without_equations(monkeypatch, tmp_path):
    NEURON_MODELS.register("mystery", ModelSignature("mystery", (), "a model without equations"))
    text = NETWORK.replace(" -> odd", "").replace("lif { }", "lif { model = mystery }")
    reason = "no export to torch: `neuron` has the neuron model `mystery`, which has no equations for PyTorch"
    help = "register its equations in `DYNAMICS`"
    assert places(refused("torch", text, monkeypatch, tmp_path)) == [
        ("SG1101", 5, 32, f"{reason} (at a)", help),
        ("SG1101", 6, 39, f"{reason} (at y)", help),
    ]


def test_convolutions_in_bfloat16(monkeypatch, tmp_path):
    error = refused("onnx", NETWORK.replace(" -> odd", ""), monkeypatch, tmp_path, bf16=True)
    assert error.message == "the network `net` can't be exported to ONNX: its convolutions run in bfloat16"
    assert (error.help, error.status) == ("onnxruntime has none on the CPU; train it with `--precision fp32`", 1)


def test_torch_has_convolutions_in_bfloat16(tmp_path):
    """There the states are float32, also the value of the step before."""
    text = NETWORK.replace("a -> odd", "add(a, previous(y))")
    model = networks.of_text(text)
    model.bf16 = True
    content, notes = files.torch_content(model)
    module = torch.export.load(io.BytesIO(content)).module()
    states = [torch.zeros(3, 2, 4, 4)] * 3
    stream = model.stream()
    for given in networks.inputs(model, 3, 4):
        y, *states = module(given["x"], *states)
        assert torch.equal(y, stream.step(given)["y"])
    assert notes == () and {state.dtype for state in states} == {torch.float32}


def test_missing_packages(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    error = refused("onnx", NETWORK.replace(" -> odd", ""), monkeypatch, tmp_path)
    assert error.message == "ONNX needs the package onnxruntime, which isn't installed"
    assert (error.help, error.status) == ('pip install "spikegraph[onnx]"', 2)


def test_a_program_that_computes_something_else(monkeypatch, tmp_path):
    """What is written is compared with the network first, so a wrong decomposition is an error, not a wrong file."""
    wrong = decompositions.convolve
    monkeypatch.setattr(decompositions, "convolve", lambda x, w, b, stride, line: 1.01 * wrong(x, w, b, stride, line))
    error = refused("torch", NETWORK.replace(" -> odd", ""), monkeypatch, tmp_path)
    assert error.message.startswith("the network `net` can't be exported to torch: ")
    assert error.message.partition(" numbers differ from the network's, by up to ")[1]


def test_a_plug_in_can_add_the_step(monkeypatch, tmp_path):
    """With its step the operation with a state is exported, and the file is checked against the network."""
    odd(keeps, STATEFUL)
    STEPS.register("odd", StepKernel(lambda node: {"total": node.value.shape}, total_of))
    monkeypatch.setattr(files, "trained", lambda run: (None, networks.of_text(NETWORK), ()))
    assert EXPORTERS["torch"](tmp_path, tmp_path / "net.pt2").written == (tmp_path / "net.pt2",)


def total_of(call, xs, before):
    total = before[0] + xs[0]
    return xs[0] + total, (total,)
