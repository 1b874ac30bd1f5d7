"""Whether one's own numbers may be an input `spike` or `events` is decided by all of them, not by a few samples."""

from pathlib import Path

import numpy as np
import pytest

from spikegraph.cli.entry import run
from spikegraph.data.sets import data_sets
from spikegraph.program.program import Program

SPEC = """\
sdhs 1
neuron lif {{ }}
dataset mine {{ source = {source} }}
network net {{
  input x : {kind}[{size}]
  output o = x -> {first} -> lif -> {last}
}}
retrain net on mine {{ epochs = 1  batch = 8  weights = adam(lr = 0.01)  loss = cross_entropy(o) }}
"""
ENDS = {"3": ("linear(4)", "linear(2) -> mean(time)"), "1, 4, 4": ("conv(3, out = 4)", "conv(1, out = 2) -> mean(time)")}


def values(size: str, odd: float) -> np.ndarray:
    """300 samples with 5 time steps of 0 and 1; one number of one sample is `odd`."""
    found = np.random.default_rng(0).integers(0, 2, (300, 5, *map(int, size.split(", ")))).astype(np.float32)
    found[133, 2, 0] = odd
    return found


def spec(source: str, kind: str, size: str) -> str:
    first, last = ENDS[size]
    return SPEC.format(source=source, kind=kind, size=size, first=first, last=last)


@pytest.mark.parametrize(("odd", "suits"), [(1, ["spike", "events", "real"]), (-1, ["events", "real"]), (0.5, ["real"])])
@pytest.mark.parametrize(("source", "size"), [("arrays", "3"), ("maps", "1, 4, 4")])
def test_arrays(tmp_path, monkeypatch, capsys, source, size, odd, suits):
    monkeypatch.chdir(tmp_path)
    targets = np.arange(300) % 2 if source == "arrays" else np.ones((300, 4, 4), int) * (np.arange(4) % 2)
    Path("data").mkdir()
    np.savez("data/a.npz", inputs=values(size, odd), targets=targets)
    for kind in ("spike", "events", "real"):
        Path("net.sdhs").write_text(spec(f'{source}  file = "a.npz"  time_steps = true', kind, size), encoding="utf-8")
        program = Program.read(Path("net.sdhs")).checked()
        found = data_sets(program.spec.datasets["mine"], Path("data"), 0).sample_type
        assert [found.kind, *found.suits] == [suits[0], *suits]
        assert (run(["data", "check", "data", "--spec", "net.sdhs"]) == 0) == (kind in suits)
        told = f"`x` is {kind}, but `mine` has {'events' if odd == -1 else 'numbers'} ["
        assert (told in capsys.readouterr().out) == (kind not in suits)


@pytest.mark.parametrize(("odd", "kind"), [(1, "spike"), (-1, "events"), (0.5, "real")])
def test_samples_in_python(odd, kind):
    dataset = Program.of_text(spec("python_steps", "real", "3"), "a.sdhs").checked().spec.datasets["mine"]
    pairs = [(x, k % 2) for k, x in enumerate(values("3", odd))]
    plain = [(x, k % 2) for k, x in enumerate(values("3", 1))]
    for given in ((pairs, plain), (plain, pairs)):
        assert data_sets(dataset, None, 0, given=given).sample_type.kind == kind
