"""Networks that can't be exported as a whole, and operations that can: `test_refused_table.py` has the others."""

import io
import re
from pathlib import Path

import exact_networks as networks
import pytest
import torch
from odd_operations import STATEFUL, keeps, odd
from run_folders import run_folder

import spikegraph
from spikegraph.backends.torch.exporting import decompositions, files, onnx_model
from spikegraph.backends.torch.kernels.stateful import STEPS, StepKernel
from spikegraph.cli.entry import run
from spikegraph.plugins.exports import EXPORTERS

pytestmark = [pytest.mark.unchecked, pytest.mark.usefixtures("registrations")]

NETWORK = """sdhs 1
neuron lif { }
network net {
  input x : real[2, 4, 4]
  a = x -> conv(3, out = 2) -> lif
  output y = a -> conv(3, out = 2) -> lif
}
"""


def refused(format: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What the command prints for a run of the network, of which it writes nothing."""
    path, out = run_folder(folder / "run", NETWORK), folder / "out"
    out.mkdir()
    capsys.readouterr()
    assert run(["export", str(path), "--to", format, "-o", str(out / "net")]) == 1
    assert list(out.iterdir()) == []
    return capsys.readouterr().err


def test_torch_has_convolutions_in_bfloat16(tmp_path):
    """There the states are float32, also the value of the step before."""
    text = NETWORK.replace("a -> conv", "add(a, previous(y)) -> conv")
    model = networks.of_text(text)
    model.low = torch.bfloat16
    content, notes = files.torch_content(model)
    module = torch.export.load(io.BytesIO(content)).module()
    states = [torch.zeros(3, 2, 4, 4)] * 3
    stream = model.stream()
    for given in networks.inputs(model, 3, 4):
        y, *states = module(given["x"], *states)
        assert torch.equal(y, stream.step(given)["y"])
    (note,) = notes  # bfloat16 rounds by more than some numbers are large
    assert re.fullmatch(r"\d+ of 512 numbers were not compared with the trained network's, since rounding decides them", note)
    assert {state.dtype for state in states} == {torch.float32}


def test_a_file_that_is_too_large(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(onnx_model, "LARGEST", 1000)
    assert re.fullmatch(
        r"error: the network `net` can't be exported to ONNX: it takes \d,\d{3} bytes, and a file of ONNX has at most 1,000\n"
        r"help: export it to torch\n",
        refused("onnx", tmp_path, capsys),
    )


def test_a_model_that_onnxruntime_refuses_as_a_whole(monkeypatch, tmp_path, capsys):
    """Its error names no node, so there is no line."""
    monkeypatch.setattr(onnx_model, "_converted", lambda found: (b"no model", {}))
    assert re.fullmatch(
        r"error: the network `net` can't be exported to ONNX: onnxruntime can't load it: .+\nhelp: export it to torch\n",
        refused("onnx", tmp_path, capsys),
    )


def test_a_program_that_computes_something_else(monkeypatch, tmp_path, capsys):
    """What is written is compared with the network first, so a wrong decomposition is an error, not a wrong file."""
    wrong = decompositions.convolve
    monkeypatch.setattr(decompositions, "convolve", lambda *given: 1.01 * wrong(*given))
    assert re.fullmatch(
        r"error: the network `net` can't be exported to torch: what it would compute isn't what the trained network computes: "
        r"neuron \[\d+, \d+, \d+\] of `a` at step 0, whose potential is \S+ from its threshold "
        r"\(rounding explains \S+e-0[678]\): "
        r"its `a:v` is \S+ and not \S+, \S+ apart, where rounding explains \S+e-0[678]\n"
        r"help: please report it with the run's folder, and export it to another format\n",
        refused("torch", tmp_path, capsys),
    )


def test_a_plug_in_can_add_the_step(monkeypatch, tmp_path):
    """With its step the operation with a state is exported, and the file is checked against the network."""
    odd("keeps", keeps, STATEFUL)
    STEPS.register("keeps", StepKernel(lambda node: {"total": node.value.shape}, total_of))
    text = NETWORK.replace("a -> conv", "a -> keeps -> conv")
    model = networks.of_text(text)
    monkeypatch.setattr(files, "trained", lambda run: files.Trained(None, model, model))
    assert EXPORTERS["torch"](tmp_path, tmp_path / "net.pt2").written == (tmp_path / "net.pt2",)


def total_of(call, xs, before):
    total = before[0] + xs[0]
    return xs[0] + total, (total,)


def test_a_model_in_python_is_refused_with_the_line_of_its_spec(tmp_path):
    """Under the name that `save` gives the spec: the folder in which it was written for the export isn't there any more."""
    spec = tmp_path / "mine.sdhs"
    spec.write_text(
        "sdhs 1\nneuron one { reset = soft }\nnetwork net { input x : real[4]  output y = x -> linear(3) -> one }\n"
    )
    model = spikegraph.compile(spec)
    with pytest.raises(spikegraph.SpecError) as caught:
        model.export(tmp_path / "net.nir", to="nir")
    (found,) = caught.value.diagnostics
    saved = (model.save(tmp_path / "saved") / "net.sdhs").read_text().splitlines()
    assert (found.span.file, saved[found.span.line - 1]) == ("net.sdhs", str(caught.value).splitlines()[1][7:])
    assert saved[found.span.line - 1].endswith("-> one")
