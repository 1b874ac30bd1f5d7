"""What can't be exported: one message with the line of each operation, and no file."""

from pathlib import Path
from typing import Any, ClassVar

import networks
import pytest
import torch
from torch import Tensor

from spikegraph.backends.torch.exporting import files
from spikegraph.backends.torch.exporting.refusals import NotExportableError
from spikegraph.backends.torch.kernels.base import kernel
from spikegraph.backends.torch.kernels.stateful import STEPS, StepKernel
from spikegraph.dsl.schema.neuron_models import NEURON_MODELS, ModelSignature
from spikegraph.errors import UserError
from spikegraph.exports import EXPORTERS
from spikegraph.ir.opdef import Op, register
from spikegraph.ir.traits import Traits
from spikegraph.ir.types import Kind

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


def refused(format: str, model: Any, monkeypatch: pytest.MonkeyPatch, folder: Path) -> UserError:
    """The error of an export of this model, which writes nothing."""
    monkeypatch.setattr(files, "trained", lambda run: (model, ()))
    with pytest.raises(UserError) as caught:
        EXPORTERS[format](folder, folder / "net.out")
    assert list(folder.iterdir()) == []
    return caught.value


@pytest.mark.parametrize("name", CASES)
def test_operations_of_plug_ins(name, monkeypatch, tmp_path):
    function, traits, format, reason, help = CASES[name]
    odd(function, traits, {"weight": (1,)} if name == "learning" else None)
    error = refused(format, networks.of_text(NETWORK), monkeypatch, tmp_path)
    assert isinstance(error, NotExportableError) and error.status == 1
    assert error.summary == f"the network `net` can't be exported to {NAMES[format]}"
    assert error.details == (f"net.sdhs:6:19: `y.odd` (odd) {reason}",)
    assert error.help == help


def test_every_operation_has_its_line(monkeypatch, tmp_path):
    odd(draws)
    twice = NETWORK.replace("conv(3, out = 2) -> lif\n  output", "odd\n  output")
    error = refused("torch", networks.of_text(twice), monkeypatch, tmp_path)
    assert [line.partition(" ")[0] for line in error.details] == ["net.sdhs:5:12:", "net.sdhs:6:19:"]


def test_a_neuron_model_without_equations(monkeypatch, tmp_path):
    NEURON_MODELS.register("mystery", ModelSignature("mystery", (), "a model without equations"))
    text = NETWORK.replace(" -> odd", "").replace("lif { }", "lif { model = mystery }")
    error = refused("torch", networks.of_text(text), monkeypatch, tmp_path)
    reason = "is neurons of the model `mystery`, which has no equations for PyTorch"
    assert error.details == (f"net.sdhs:5:32: `a` (neuron) {reason}", f"net.sdhs:6:39: `y` (neuron) {reason}")
    assert error.help == "register its equations in `DYNAMICS`"


def test_convolutions_in_bfloat16(monkeypatch, tmp_path):
    model = networks.of_text(NETWORK.replace(" -> odd", ""))
    model.bf16 = True
    error = refused("onnx", model, monkeypatch, tmp_path)
    assert error.message == "the network `net` can't be exported to ONNX: its convolutions run in bfloat16"
    assert error.help == "onnxruntime has none on the CPU; train it with `--precision fp32`"


def test_missing_packages(monkeypatch, tmp_path):
    monkeypatch.setitem(__import__("sys").modules, "onnxruntime", None)
    error = refused("onnx", networks.of_text(NETWORK.replace(" -> odd", "")), monkeypatch, tmp_path)
    assert error.message == "an export to ONNX needs the package `onnxruntime`"
    assert error.help == 'run `pip install "spikegraph[onnx]"`'


def test_a_plug_in_can_add_the_step(monkeypatch, tmp_path):
    """With its step the operation with a state is exported, and the file is checked against the network."""
    odd(keeps, STATEFUL)
    STEPS.register("odd", StepKernel(lambda node: {"total": node.value.shape}, lambda call, xs, before: total_of(xs, before)))
    model = networks.of_text(NETWORK)
    monkeypatch.setattr(files, "trained", lambda run: (model, ()))
    assert EXPORTERS["torch"](tmp_path, tmp_path / "net.pt2").written == (tmp_path / "net.pt2",)


def total_of(xs, before):
    total = before[0] + xs[0]
    return xs[0] + total, (total,)
