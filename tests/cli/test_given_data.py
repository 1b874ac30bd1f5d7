"""Training on data that only Python has: the message says how, and names no folder, which wouldn't help."""

import pytest

SPEC = """\
sdhs 1
neuron lif { }
network net {
  input x : real[1, 8, 8]
  %s
  output y = x -> stem(3, out = 2) -> pool -> linear(2) -> mean(time)
}
dataset own {
  source = %s
}
retrain net on own { batch = 4  epochs = 1  weights = sgd(lr = 0.1)  loss = cross_entropy }
"""


@pytest.mark.parametrize("source", ["python", "python_steps"])
@pytest.mark.parametrize("given", [(), ("--data", ".")], ids=["no folder", "a folder"])
def test_samples_in_python(spikegraph, tmp_path, monkeypatch, source, given):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.sdhs").write_text(SPEC % ("time = 2" if source == "python" else "", source))
    done = spikegraph("compile", "net.sdhs", "--train", *given)
    assert done.status == 1
    assert done.err.endswith(
        "error: net.sdhs:8:1: the samples of `own` are given in Python, not in a folder\n"
        'help: train on them with `spikegraph.fit("net.sdhs", train=..., test=...)`; '
        "evaluate with `spikegraph.evaluate(run, samples)`\n"
    )
    assert not list(tmp_path.glob("runs/*"))
    shown = spikegraph("data", "show", "net.sdhs")
    assert (shown.status, "are given in Python, not in a folder" in shown.err, "--data" in shown.err) == (1, True, False)
