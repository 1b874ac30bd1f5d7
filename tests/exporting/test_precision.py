"""What an export says of a run whose convolutions were computed in bfloat16 or float16."""

import pytest
from run_folders import run_folder

from spikegraph.cli.entry import run

pytestmark = pytest.mark.unchecked

SPEC = """sdhs 1
neuron lif { }
network net {
  input x : real[2, 4, 4]
  output y = x -> conv(3, out = 3) -> norm -> lif
}
"""
NOTE = "the run computed convolutions in {}; here they are in float32, so spikes near a threshold can differ"


@pytest.mark.parametrize(("format", "file"), [("python", "net.py"), ("nir", "net.nir")])
@pytest.mark.parametrize(("precision", "name"), [("bf16", "bfloat16"), ("fp16", "float16"), ("fp32", None)])
def test_formats_in_float32_say_so(format, file, precision, name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    run_folder(tmp_path / "run", SPEC, precision)
    assert run(["export", "run", "--to", format, "-o", file]) == 0
    assert [line for line in capsys.readouterr().err.splitlines() if "float32" in line] == (
        [] if name is None else [f"note: {NOTE.format(name)}"]
    )


@pytest.mark.parametrize(("precision", "name"), [("bf16", "bfloat16"), ("fp16", "float16")])
def test_onnx_is_refused(precision, name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    run_folder(tmp_path / "run", SPEC, precision)
    assert run(["export", "run", "--to", "onnx", "-o", "net.onnx"]) == 1
    assert f"its convolutions run in {name}" in " ".join(capsys.readouterr().err.split())
