"""Graphs that the language can't express are refused with the node's name, and damaged files with what is wrong."""

from itertools import pairwise
from pathlib import Path

import h5py
import nir
import numpy as np
import pytest

from spikegraph.backends.nir.importing import import_graph
from spikegraph.base.errors import NotFoundError
from spikegraph.cli.entry import run

GRAPHS = Path(__file__).parent / "graphs"


def full(value, *shape):
    return np.full(shape or (3,), value, dtype=np.float64)


def lif(**changed):
    given = {"tau": full(2e-4), "r": full(2), "v_leak": full(0), "v_threshold": full(1), "v_reset": full(0), **changed}
    return nir.LIF(**given)


def chain(*nodes, shape=(3,)):
    """A graph of nodes after each other, called `a`, `b` and so on."""
    names = ["input", *"abcdef"[: len(nodes)], "output"]
    end = nodes[-1].output_type["output"]
    ends = nir.Input({"input": np.array(shape)}), nir.Output({"output": None if end is None else np.array(end)})
    made = dict(zip(names, (ends[0], *nodes, ends[1]), strict=True))
    return nir.NIRGraph(made, list(pairwise(names)))


def linear(out=3, into=3):
    return nir.Linear(np.ones((out, into), np.float32))


def loop(*nodes):
    """A loop of nodes, called `a`, `b` and so on, from the input to the output through the first."""
    names = list("abcdef"[: len(nodes)])
    ends = {"input": nir.Input({"input": np.array([3])}), "output": nir.Output({"output": np.array([3])})}
    edges = [("input", "a"), ("a", "output"), *zip(names, [*names[1:], "a"], strict=True)]
    return nir.NIRGraph({**ends, **dict(zip(names, nodes, strict=True))}, edges)


def loops_side_by_side():
    made = loop(linear(), linear(), lif())
    return nir.NIRGraph(made.nodes, [*made.edges, ("b", "a")])


def pool(kind=nir.AvgPool2d, kernel=2, padding=2):
    return kind(kernel_size=np.array([kernel] * 2), stride=np.array([2, 2]), padding=np.array([padding] * 2))


def conv(**changed):
    given = {"input_shape": (6, 6), "stride": 1, "padding": 1, "dilation": 1, "groups": 1, "bias": np.zeros(2)}
    return nir.Conv2d(**{**given, "weight": np.ones((2, 2, 3, 3), np.float32), **changed})


REFUSED = {
    "leak": (
        chain(lif(v_leak=full(0.1))),
        "node `a` (LIF): its `v_leak` isn't 0",
        "shift its potentials, so that they rest at 0",
    ),
    "reset": (
        chain(lif(v_reset=full(-0.5))),
        "node `a` (LIF): its `v_reset` isn't 0",
        "shift its potentials, so that they rest at 0",
    ),
    "threshold": (
        chain(lif(v_threshold=full(-1))),
        "node `a` (LIF): its threshold isn't above 0, the potential after a spike",
        "use a higher threshold",
    ),
    "tau": (
        chain(linear(), lif(tau=full(5e-5), r=full(1))),
        "node `b` (LIF): its `tau` is shorter than the time step of 0.0001 s",
        "give a shorter time step with --dt",
    ),
    "gain": (
        chain(lif(r=full(-2))),
        "node `a` (LIF): its input has a gain that isn't 1",
        "give the time step with --dt, or scale the layer before it",
    ),
    "integrator": (
        chain(nir.LI(tau=full(3e-4), r=full(2), v_leak=full(0)), nir.IF(r=full(1e4), v_threshold=full(1))),
        "node `b`: its input is that of a time step of 0.0001 s, but that of `a` of 0.00015 s",
        "give the time step with --dt",
    ),
    "within a channel": (
        chain(
            lif(
                **{k: full(v, 2, 2) for k, v in {"tau": 2e-4, "r": 2, "v_leak": 0, "v_reset": 0}.items()},
                v_threshold=np.array([[1.0, 2], [1, 1]]),
            ),
            shape=(2, 2),
        ),
        "node `a` (LIF): its threshold differs within a channel",
        "use one number for each channel",
    ),
    "synapse": (
        chain(
            nir.CubaLIF(
                tau_syn=np.array([2e-4, 3e-4]), tau_mem=full(2e-4, 2), r=full(2, 2), v_leak=full(0, 2), v_threshold=full(1, 2)
            ),
            shape=(2,),
        ),
        "node `a` (CubaLIF): its `tau_syn` differs within the layer",
        "use one number",
    ),
    "delay": (
        chain(linear(), nir.Delay(full(1e-4))),
        "node `b` (Delay): there is no operation for it",
        "remove it from the graph",
    ),
    "flatten": (
        chain(nir.Flatten({"input": np.array([2, 3, 4])}, 1, -1), shape=(2, 3, 4)),
        "node `a` (Flatten): it leaves several axes",
        "use one with `start_dim = 0` and `end_dim = -1`",
    ),
    "pool": (
        chain(pool(padding=3), shape=(1, 6, 6)),
        "node `a` (AvgPool2d): its padding isn't smaller than its window",
        "use a smaller padding",
    ),
    "scale": (
        chain(nir.Scale(np.arange(8.0).reshape(2, 4)), shape=(2, 4)),
        "node `a` (Scale): its factors differ within a channel",
        "use one for each channel",
    ),
    "two neurons in a loop": (
        loop(lif(), linear(), lif(), linear()),
        "node `a`: its loop has `a` and `c`, and NIR doesn't say which edge is a time step late",
        "use loops with one layer of neurons each",
    ),
    "a loop without neurons beside one with them": (
        loops_side_by_side(),
        "node `a`: its loop has no neurons, and NIR doesn't say which edge is a time step late",
        "use loops with one layer of neurons each",
    ),
    "a loop without neurons": (
        loop(linear(), linear()),
        "node `a`: its loop has no neurons, and NIR doesn't say which edge is a time step late",
        "use loops with one layer of neurons each",
    ),
}


@pytest.fixture
def command(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments):
        capsys.readouterr()
        status = run(["import", *map(str, arguments)])
        return status, capsys.readouterr().err

    return call


@pytest.mark.parametrize("name", REFUSED)
def test_the_node_is_named(name, command, tmp_path):
    graph, message, help = REFUSED[name]
    nir.write(tmp_path / "net.nir", graph)
    assert command("net.nir", "--from", "nir", "-o", "net.sdhs") == (1, f"error: net.nir: {message}\nhelp: {help}\n")
    assert [path.name for path in tmp_path.iterdir()] == ["net.nir"]


def test_all_nodes_are_named(command, tmp_path):
    nir.write(tmp_path / "net.nir", chain(lif(v_leak=full(0.1)), linear(), nir.Delay(full(1e-4)), linear(), lif(r=full(-2))))
    text = (
        "error: net.nir: node `a` (LIF): its `v_leak` isn't 0\n"
        "  node `c` (Delay): there is no operation for it; remove it from the graph\n"
        "  node `e` (LIF): its input has a gain that isn't 1; give the time step with --dt, or scale the layer before it\n"
        "help: shift its potentials, so that they rest at 0\n"
    )
    assert command("net.nir", "--from", "nir", "-o", "net.sdhs") == (1, text)
    assert [path.name for path in tmp_path.iterdir()] == ["net.nir"]


def test_weights_of_a_run_are_not_replaced(tmp_path):
    for name in ("manifest.json", "resolved.sdhs", "weights.safetensors"):
        (tmp_path / name).write_text("{}")
    found = import_graph(GRAPHS / "lif_norse.nir")
    with pytest.raises(NotFoundError, match=r"weights\.safetensors is a file of"):
        found.save(tmp_path / "weights.sdhs")
    assert (tmp_path / "weights.safetensors").read_text() == "{}"
    assert not (tmp_path / "weights.sdhs").exists()


def test_the_command(command, tmp_path):
    status, text = command(GRAPHS / "braille_noDelay_bias_zero.nir", "--from", "nir", "-o", "braille.sdhs")
    assert (status, text) == (
        0,
        "note: the time step is 0.0001 s, as `lif1.lif` says\nwrote braille.sdhs (22 lines) and braille.safetensors\n",
    )
    assert run(["check", "braille.sdhs"]) == 0
    assert command(GRAPHS / "braille_noDelay_bias_zero.nir", "--from", "nir", "-o", "braille.sdhs")[0] == 0
    (tmp_path / "braille.sdhs").write_text("sdhs 1\n")
    status, text = command(GRAPHS / "braille_noDelay_bias_zero.nir", "--from", "nir", "-o", "braille.sdhs")
    assert status == 1
    assert text == "error: braille.sdhs: there is another spec\nhelp: choose another path, or delete this file\n"


def test_the_time_step(command, tmp_path):
    path = GRAPHS / "lif_norse.nir"
    assert command(path, "--from", "nir", "-o", "a.sdhs")[1].startswith(
        "note: the graph doesn't say its time step; it is taken as 0.0001 s\n"
    )
    assert "decay       = 0.9599999991059303" in (tmp_path / "a.sdhs").read_text()
    assert command(path, "--from", "nir", "--dt", "0.001", "-o", "b.sdhs")[1].startswith("note: the time step is 0.001 s\n")
    assert "decay       = 0.599999991059303" in (tmp_path / "b.sdhs").read_text()


def test_layers_of_two_time_steps_take_the_one_that_is_given(command, tmp_path):
    def layer(step):
        number = np.full(2, 1.0)
        return nir.LIF(tau=2 * step * number, r=2 * number, v_leak=0 * number, v_threshold=number, v_reset=0 * number)

    nodes = {"input": nir.Input({"input": np.array([2])}), "a": layer(1e-4), "b": layer(1e-3)}
    nodes["output"] = nir.Output({"output": np.array([2])})
    nir.write("two.nir", nir.NIRGraph(nodes, [("input", "a"), ("a", "b"), ("b", "output")]))
    status, text = command("two.nir", "--from", "nir", "-o", "a.sdhs")
    assert (status, text.splitlines()[1]) == (1, "help: give the time step with --dt")
    status, text = command("two.nir", "--from", "nir", "--dt", "0.0001", "-o", "a.sdhs")
    assert (status, text.splitlines()[0]) == (0, "note: the time step is 0.0001 s")
    written = (tmp_path / "a.sdhs").read_text()  # b: a decay of 1 - 0.1 ms / 2 ms, and a tenth of the input
    assert "decay     = 0.95" in written
    assert "threshold = 10" in written


@pytest.mark.parametrize(
    ("name", "said", "shown", "help"),
    [
        ("dt", "1ms", "`dt` 1ms, which isn't a number of seconds above 0", "give the time step with --dt"),
        ("dt", -1.0, "`dt` -1.0, which isn't a number of seconds above 0", "give the time step with --dt"),
        ("dt", 0.0, "`dt` 0.0, which isn't a number of seconds above 0", "give the time step with --dt"),
        ("time_steps", "four", "`time_steps` four, which isn't a whole number", "remove `time_steps` from the metadata"),
    ],
)
def test_metadata_that_are_no_numbers(name, said, shown, help, command):
    nodes = {"input": nir.Input({"input": np.array([2])}), "a": nir.Threshold(threshold=np.ones(2))}
    nodes["output"] = nir.Output({"output": np.array([2])})
    nir.write("a.nir", nir.NIRGraph(nodes, [("input", "a"), ("a", "output")], metadata={name: said}))
    status, text = command("a.nir", "--from", "nir", "-o", "a.sdhs")
    assert status == 1
    assert " ".join(text.split()).endswith(f"{shown} help: {help}")
    if name == "dt":
        assert command("a.nir", "--from", "nir", "--dt", "0.001", "-o", "a.sdhs")[0] == 0


def test_wrong_usage(command, tmp_path):
    path = GRAPHS / "lif_norse.nir"
    for arguments in (
        [path],
        [path, path, "-o", "x.sdhs"],
        [path, "-o", "."],
        [path, "-o", "x.sdhs", "--cell", "a"],
        [path, "-o", "x.sdhs", "--trust-code"],
        [path, "-o", "x.sdhs", "--dt", "0"],
    ):
        assert command(*arguments, "--from", "nir")[0] == 2
    assert command(path, "-o", "x.sdhs", "--from", "darts", "--dt", "1")[0] == 2
    assert not list(tmp_path.iterdir())


def test_damaged_files(command, tmp_path):
    whole = (GRAPHS / "lif_norse.nir").read_bytes()
    (tmp_path / "text.nir").write_text("no graph")
    (tmp_path / "cut.nir").write_bytes(whole[:9000])
    for name in ("text", "cut"):
        status, text = command(f"{name}.nir", "--from", "nir", "-o", "x.sdhs")
        assert status == 1
        assert text.startswith(f"error: {name}.nir: isn't a graph of NIR that can be read (OSError: ")
    assert not list(tmp_path.glob("x*"))


def test_files_that_say_they_are_large(command, tmp_path):
    with h5py.File(tmp_path / "large.nir", "w") as file:
        file.create_dataset("node/nodes/a/weight", (2**20, 2**20), "f4", compression="gzip", chunks=(1024, 1024))
    status, text = command("large.nir", "--from", "nir", "-o", "x.sdhs")
    assert status == 1
    assert text == (
        "error: large.nir: has arrays of 4,096 GiB; the largest file that is read has 8 GiB\n"
        "help: write it again with smaller arrays\n"
    )


def test_graphs_in_graphs(tmp_path):
    """The nodes inside have the name of the graph before theirs."""
    inner = chain(linear(), lif())
    outer = chain(linear(), inner, linear())
    nir.write(tmp_path / "net.nir", outer)
    imported = import_graph(tmp_path / "net.nir")
    assert list(imported.neurons) == ["b.b"]
    assert "  b = a -> linear(3, bias = false) -> lif\n" in imported.spec
