"""Points of a sweep have the network of the single run, whatever their spec imports."""

import pytest

from spikegraph.cli.sweep_point import program_of
from spikegraph.program.program import Program
from spikegraph.program.resolved_text import read_resolved
from spikegraph.sweep.folder import SweepFolder

RUN = "on d { epochs = 1 batch = 64 weights = sgd(lr = 0.1) loss = cross_entropy(y) }\n"
DATA = f"dataset d {{ source = fashion_mnist_small }}\nretrain net {RUN}"
FIRST = (
    "sdhs 1\nneuron lif { decay = 0.5 }\n",
    'sdhs 1\nimport "library.sdhs"\nneuron own { decay = 0.4 }\nnetwork net {\n  input x : real[1, 28, 28]\n  time = 2\n'
    f"  a = x -> stem(3, out = 4, stride = 4)\n  output y = a -> pool -> linear(10) -> mean(time)\n}}\n{DATA}",
)
"""`stem` has the first neuron of the network's file, `own`."""
NAMED = (
    """sdhs 1
import "parts/neurons.sdhs"
candidates ca {
  skip = identity
  c3   = conv(3) -> norm -> lif
}
cell ce { inputs = [prev]  nodes = 1  candidates = ca  neuron = lif }
genotype ce { n0 = c3(prev) }
cell ce2 { inputs = [prev]  nodes = 2  candidates = ca  neuron = lif }
""",
    """sdhs 1
import "library.sdhs" as lib
network net {
  input x : real[1, 28, 28]
  time = 2
  a = x -> conv(3, out = 4, stride = 7) -> norm -> lib.lif -> chain([lib.ce], 4)
  b = a[0] -> chain([lib.ce2], 4)
  output y = b[0] -> pool -> linear(10) -> mean(time)
}
"""
    f"{DATA}search net {RUN}",
)
"""The library decides one cell, the other one is searched."""


def written(folder, library, spec):
    (folder / "parts").mkdir()
    (folder / "parts" / "neurons.sdhs").write_text("sdhs 1\nneuron lif { decay = 0.5 }\n")
    (folder / "library.sdhs").write_text(library)
    (folder / "net.sdhs").write_text(spec)
    (folder / "part.sdhs").write_text("sdhs 1\ngenotype lib_ce2 {\n  n0 = c3(prev)\n  n1 = c3(n0) + c3(prev)\n}\n")


def points(folder):
    plan = folder.read_plan()
    return [program_of(folder, plan, point) for point in plan.points]


@pytest.mark.parametrize(
    ("texts", "genotype"), [(FIRST, None), (NAMED, None), (NAMED, "part.sdhs")], ids=["first neuron", "named", "given genotype"]
)
def test_points_have_the_network_of_the_single_run(spikegraph, tmp_path, monkeypatch, texts, genotype):
    written(tmp_path, *texts)
    monkeypatch.chdir(tmp_path)
    given = () if genotype is None else ("--genotype", genotype)
    sweep = ("slurm", "net.sdhs", "--set", "retrain.batch=8,16", *given, "--device", "cpu", "--out", "out", "-o", "out.sh")
    done = spikegraph(*sweep)
    assert done.status == 0, done.err
    single = [Program.read("net.sdhs", genotype=genotype, overrides=(f"retrain.batch={n}",)) for n in (8, 16)]
    expected = [(program.name, program.source.text, program.phase, program.text) for program in single]
    for path in tmp_path.rglob("*.sdhs"):
        if not path.is_relative_to(tmp_path / "out"):
            path.unlink()
    folder = SweepFolder(tmp_path / "out")
    assert [(p.name, p.source.text, p.phase, p.text) for p in points(folder)] == expected


def test_a_sweep_of_an_older_version_is_continued_as_it_began(spikegraph, tmp_path, monkeypatch):
    """Its folder has `joined.sdhs`, where the first neuron is the import's."""
    written(tmp_path, *FIRST)
    monkeypatch.chdir(tmp_path)
    sweep = ("slurm", "net.sdhs", "--set", "retrain.batch=8,16", "--device", "cpu", "--out", "out", "-o", "out.sh")
    assert spikegraph(*sweep).status == 0
    folder = SweepFolder(tmp_path / "out")
    folder.imports.unlink()
    folder.joined.write_text(FIRST[1].replace('import "library.sdhs"', "neuron lif { decay = 0.5 }"))
    first, second = points(folder)
    assert (first.name, first.source.text, first.spec.retrain.batch, second.spec.retrain.batch) == ("net.sdhs", FIRST[1], 8, 16)
    assert first.text == Program.read(folder.joined, overrides=("retrain.batch=8",)).text


def test_names_of_imports_may_vary_and_be_given_for_a_run(spikegraph, tmp_path, monkeypatch):
    """Also where the run's own text is read, which has the import's declarations in their place."""
    written(tmp_path, NAMED[0], NAMED[1].replace("time = 2", "time = 2\n  param n = lib.lif").replace("-> lib.lif", "-> n"))
    (tmp_path / "parts" / "neurons.sdhs").write_text("sdhs 1\nneuron lif { decay = 0.5 }\nneuron slow { decay = 0.9 }\n")
    monkeypatch.chdir(tmp_path)
    same = ("--genotype", "part.sdhs", "--set", "net.n=lib.slow", "--device", "cpu", "--out", "out", "-o", "out.sh")
    done = spikegraph("slurm", "net.sdhs", "--set", "lib.slow.decay=0.7,0.8", *same)
    assert done.status == 0, done.err
    programs = points(SweepFolder(tmp_path / "out"))
    assert [p.checked().spec.neurons["lib_slow"].decay for p in programs] == [0.7, 0.8]
    assert [p.spec.networks["net"].params["n"].id for p in programs] == ["lib_slow"] * 2
    (tmp_path / "resolved.sdhs").write_text(programs[0].text)
    read = read_resolved(tmp_path / "resolved.sdhs", overrides=("lib.slow.decay=0.6", "net.n=lib.lif")).checked().spec
    assert (read.neurons["lib_slow"].decay, read.networks["net"].params["n"].id) == (0.6, "lib_lif")
