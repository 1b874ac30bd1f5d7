"""A folder of data that is given for a data set of the package is refused by every command, since nothing would read it."""

from types import SimpleNamespace

import pytest

import spikegraph as package
from spikegraph.base.errors import ArgumentError
from spikegraph.cli.resume import data_of
from spikegraph.program.program import Program
from spikegraph.program.sample_profile import with_sample

SPEC = """sdhs 1
neuron lif { decay = 0.5 }
network net {
  input image : real[1, 28, 28]
  time = 2
  output logits = image -> pool(avg, kernel = 7, stride = 7) -> lif -> flatten -> linear(10) -> mean(time)
}
dataset small { source = fashion_mnist_small }
dataset large { source = fashion_mnist }
search net on small { method = random(2) }
retrain net on small { epochs = 1  batch = 32  weights = adam(lr = 0.01)  loss = cross_entropy(logits) }
"""
ALONE = SPEC.replace("search net on small { method = random(2) }\n", "")
READ = "`small` has `source = fashion_mnist_small`, which comes with the package"
HELP = "leave it out, or give the data set another `source`"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "net.sdhs").write_text(ALONE)
    (tmp_path / "mine").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "command",
    [
        ("compile", "net.sdhs", "--train", "--out", "out"),
        ("sweep", "net.sdhs", "--seeds", "0-1", "--out", "out"),
        ("slurm", "net.sdhs", "--seeds", "0-1", "-o", "out"),
        ("data", "show", "net.sdhs"),
        ("evaluate", "model"),
        ("stats", "model"),
    ],
    ids=lambda command: command[0],
)
def test_commands_refuse_it(spikegraph, folder, command):
    if "model" in command:
        package.compile(Program.read(folder / "net.sdhs")).save(folder / "model")
    done = spikegraph(*command, "--data", "mine")
    assert (done.status, done.out) == (2, "")
    assert done.err.endswith(f"error: --data mine isn't read: {READ}\nhelp: {HELP}\n")
    assert not (folder / "out").exists()


def test_runs_that_are_resumed_or_repeated_refuse_it(folder, monkeypatch):
    run = SimpleNamespace(data_folder=None)
    monkeypatch.setattr("spikegraph.program.run_program.run_program", lambda _: Program.read(folder / "net.sdhs"))
    with pytest.raises(ArgumentError) as raised:
        data_of(run, folder / "mine")
    assert raised.value.help == HELP
    assert data_of(run, None) is None


def test_functions_refuse_it(folder):
    program = Program.read(folder / "net.sdhs")
    for function in (package.data, package.fit):
        with pytest.raises(ArgumentError, match=rf"mine.* isn't read: {READ}"):
            function(program, data="mine")
    with pytest.raises(ArgumentError, match=rf"mine.* isn't read: {READ}"):
        package.compile(program).evaluate(data="mine")


def test_one_that_the_search_reads_is_taken(folder):
    program = Program.of_text(SPEC.replace("search net on small", "search net on large"), "net.sdhs")
    assert with_sample(program, folder / "mine") == (program, None)
    with pytest.raises(ArgumentError, match=f"isn't read: {READ}"):
        with_sample(Program.of_text(SPEC, "net.sdhs"), folder / "mine")
