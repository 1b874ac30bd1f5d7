"""The command `import --from torch`: what is wrong gives one clear message and its status, and nothing is written."""

import pytest

CODE = """
import sys
import torch
from torch import nn

def good():
    return nn.Linear(3, 4), torch.rand(2, 3)

def tanh():
    return nn.Sequential(nn.Linear(3, 4), nn.Softplus()), torch.rand(2, 3)

def raises():
    raise ValueError("no size\\nis given")

def ends():
    sys.exit("no data")

def silent():
    raise SystemExit

def asks(name):
    return nn.Linear(3, 4), torch.rand(2, 3)

def alone():
    return nn.Linear(3, 4)

def nothing():
    pass

def numbers():
    return nn.Linear(3, 4), [1, 2]

class Net(nn.Linear):
    pass

class Cameras(nn.Linear):
    def forward(self, left, right):
        return super().forward(left) - super().forward(right)

def cameras():
    return Cameras(3, 4), [torch.rand(5, 2, 3), torch.rand(5, 2, 3)]

pair = good()
layer = nn.Linear(3, 4)
"""

RETURN = "isn't a function that returns a module and its example"
USAGE = "Usage: spikegraph import [OPTIONS] FILE...\nTry 'spikegraph import --help' for help.\n\nError: "
GENOTYPES = "--cell, --path, --map, --name, --for and --compat are for genotypes, not for --from torch"
TORCH = "--trust-code, --approximate, --steps, --multi-step, --single-step and --kind need --from torch"


def written(name):
    return f"write `def {name}():` that ends with `return module, torch.rand(1, 3, 32, 32)`"


@pytest.fixture
def file(tmp_path, monkeypatch):
    """A file of functions that make modules; lines aren't broken."""
    monkeypatch.setenv("COLUMNS", "1000")
    path = tmp_path / "made.py"
    path.write_text(CODE)
    return path


@pytest.fixture
def imported(spikegraph, tmp_path, file):
    """Imports FILE.py:NAME into a folder, and checks that it isn't made where this fails."""

    def call(path, name, *arguments):
        out = tmp_path / "out"
        done = spikegraph("import", f"{path}:{name}", "--from", "torch", "--trust-code", "-o", out, *arguments)
        assert out.exists() == (done.status == 0)
        assert done.out == ""
        return done

    return call


def test_a_spec_and_weights(imported, file, tmp_path):
    done = imported(file, "good", "--steps", "2")
    assert done.status == 0
    assert done.err.startswith("equal in evaluation and training, in float64, over 2 time steps: results, 0 neurons")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["linear_.sdhs", "weights.safetensors"]


def test_several_inputs_with_time_steps(imported, file, tmp_path):
    """Of which nothing in the code says that they have them: without the option the first dimension would be samples."""
    done = imported(file, "cameras")
    assert done.err.startswith("error: the module, torch.nn.functional.linear: it takes the last of several axes\n")
    done = imported(file, "cameras", "--multi-step", "--kind", "events")
    assert done.status == 0
    assert "over 5 time steps" in done.err
    spec = (tmp_path / "out" / "cameras.sdhs").read_text()
    assert "  input x0 : events[3]\n  input x1 : events[3]\n" in spec
    assert "time" not in spec


@pytest.mark.parametrize(
    ("name", "summary", "help"),
    [
        ("raises", ":13: ValueError: no size", "correct the file"),
        ("ends", ":16: SystemExit: no data", "correct the file"),
        ("silent", ":19: SystemExit", "correct the file"),
        ("asks", ": `asks` has parameters without defaults", "name a function that is called as it is"),
        ("alone", f": `alone` {RETURN}", written("alone")),
        ("nothing", f": `nothing` {RETURN}", written("nothing")),
        ("pair", f": `pair` {RETURN}", written("pair")),
        ("layer", f": `layer` {RETURN}", written("layer")),
        ("Net", ": TypeError: Linear.__init__() missing 2 required positional arguments: ", "correct the file"),
        ("absent", ": has no `absent`", "name a function of the file that returns a module and its example"),
        ("good.x", ": has no `good.x`", "name a function of the file that returns a module and its example"),
    ],
)
def test_functions_that_give_no_module(imported, file, name, summary, help):
    done = imported(file, name)
    ending = "'in_features' and 'out_features'" if name == "Net" else ""
    assert (done.status, done.err) == (1, f"error: {file}{summary}{ending}\nhelp: {help}\n")


@pytest.mark.parametrize(
    ("name", "summary", "help"),
    [
        ("tanh", "`1`, Softplus: the language has no such layer", "use ReLU, LeakyReLU or a spiking neuron"),
        ("numbers", "the example is of the type `int`", "give a tensor, or several in a list"),
    ],
)
def test_modules_that_cannot_be_imported(imported, file, name, summary, help):
    done = imported(file, name)
    assert (done.status, done.err) == (1, f"error: {summary}\nhelp: {help}\n")


@pytest.mark.parametrize(
    ("code", "summary"),
    [
        ("def f(:\n", ":1: SyntaxError: invalid syntax (broken.py, line 1)"),
        ("\x00", ": SyntaxError: source code string cannot contain null bytes"),
        ("x = 1\n1 / 0\n", ":2: ZeroDivisionError: division by zero"),
        ("import absent_package\n", ":1: ModuleNotFoundError: No module named 'absent_package'"),
        ("import sys\nsys.exit(0)\n", ":2: SystemExit: 0"),
    ],
    ids=["syntax", "bytes", "raises", "import", "exit"],
)
def test_broken_files(imported, tmp_path, code, summary):
    path = tmp_path / "broken.py"
    path.write_text(code)
    done = imported(path, "f")
    assert (done.status, done.err) == (1, f"error: {path}{summary}\nhelp: correct the file\n")


def test_weights_of_a_run_are_kept(spikegraph, file, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    for name in ("manifest.json", "resolved.sdhs", "weights.safetensors"):
        (out / name).write_text("{}")
    done = spikegraph("import", f"{file}:good", "--from", "torch", "--trust-code", "-o", out)
    assert (done.status, done.err.splitlines()[-2]) == (2, f"error: {out}/weights.safetensors is a file of {out}")
    assert (out / "weights.safetensors").read_text() == "{}"


def test_an_edited_spec_is_kept(spikegraph, imported, file, tmp_path):
    out = tmp_path / "out"
    assert imported(file, "good").status == 0
    before = (out / "weights.safetensors").read_bytes()
    assert imported(file, "good").status == 0  # the same spec; the weights are others
    (out / "linear_.sdhs").write_text("edited")
    (out / "weights.safetensors").write_bytes(before)
    done = spikegraph("import", f"{file}:good", "--from", "torch", "--trust-code", "-o", out)
    assert done.err == (
        f"error: {out / 'linear_.sdhs'}: there is another spec of this name\nhelp: choose another folder, or delete this file\n"
    )
    assert done.status == 1
    assert (out / "linear_.sdhs").read_text() == "edited"
    assert (out / "weights.safetensors").read_bytes() == before


def test_a_folder_that_cannot_be_made(spikegraph, file):
    done = spikegraph("import", f"{file}:good", "--from", "torch", "--trust-code", "-o", file / "out")
    assert (done.status, done.err.splitlines()[-1]) == (2, f"error: {file / 'out'}: Not a directory")


@pytest.mark.parametrize(
    ("name", "arguments", "summary"),
    [
        (":good", ("--trust-code",), "--from torch needs -o DIR, a folder for the spec and the weights"),
        (":good", ("-o", "OUT"), "--from torch runs {file}; if you trust its code, add --trust-code"),
        ("", ("--trust-code", "-o", "OUT"), "`{file}` is not FILE.py:NAME, such as `models.py:sew`"),
        (":", ("--trust-code", "-o", "OUT"), "`{file}:` is not FILE.py:NAME, such as `models.py:sew`"),
        (":good", ("--trust-code", "-o", "FILE"), "{file} is a file; give a folder with -o"),
        (":good", ("-o", "OUT", "--steps", "0"), "Invalid value for '--steps': 0 is not in the range 1<=x<=1000."),
        *((":good", ("-o", "OUT", *given), GENOTYPES) for given in (
            ("--cell", "a"), ("--path", "a"), ("--map", "a=b"), ("--name", "a"), ("--for", "FILE"), ("--compat", "column-sort")
        )),
        ("", ("--from", "darts", "--trust-code"), TORCH),
        ("", ("--from", "darts", "--approximate"), TORCH),
        ("", ("--from", "darts", "--steps", "3"), TORCH),
        ("", ("--from", "darts", "--single-step"), TORCH),
        ("", ("--from", "darts", "--kind", "events"), TORCH),
    ],
)  # fmt: skip
def test_wrong_usage(spikegraph, file, tmp_path, name, arguments, summary):
    given = [{"OUT": tmp_path / "out", "FILE": file}.get(a, a) for a in arguments]
    done = spikegraph("import", f"{file}{name}", "--from", "torch", *given)
    assert (done.status, done.out, done.err) == (2, "", f"{USAGE}{summary.format(file=file)}\n")
    assert not (tmp_path / "out").exists()


def test_files_that_do_not_exist(spikegraph, file, tmp_path):
    arguments = ("--from", "torch", "--trust-code", "-o", tmp_path / "out")
    for path in (f"{tmp_path / 'absent.py'}:good", tmp_path / "absent.py", f"{file}x:good"):
        done = spikegraph("import", path, *arguments)
        shown = str(path).removesuffix(":good") if "absent" in str(path) else path
        assert (done.status, done.err) == (2, f"{USAGE}Invalid value for 'FILE...': File '{shown}' does not exist.\n")
    done = spikegraph("import", f"{file}:good", f"{file}:tanh", *arguments)
    assert (done.status, done.err) == (2, f"{USAGE}--from torch takes one FILE.py:NAME\n")
    assert not (tmp_path / "out").exists()
