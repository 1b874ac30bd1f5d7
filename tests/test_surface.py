"""Messages name an argument as the surface has it: an option on the command line, an argument of a function in Python."""

import ast
import re
from pathlib import Path

import numpy as np
import pytest

import spikegraph
from spikegraph.base.surface import argument, command_line, in_editors, in_tools, plain
from spikegraph.cli.entry import run

pytestmark = pytest.mark.in_python

ROOT = Path(__file__).parents[1]

COMMAND_LINE_ALONE = (
    *("spikegraph/cli", "spikegraph/sweep", "spikegraph/streaming", "spikegraph/overview", "spikegraph/upgrade"),
    *("spikegraph/starters", "spikegraph/agents"),
    *("backends/nir", "backends/report", "backends/distributed", "backends/torch/streaming.py"),
    *("backends/torch/exporting/onnx_model.py", "spikegraph/base/surface.py"),
    *("spikegraph/genotype/from_darts.py", "spikegraph/genotype/from_spikedhs.py", "spikegraph/genotype/imported.py"),
    *("spikegraph/data/data_set_report.py", "spikegraph/runs/differences.py"),
    *("dsl/schema/dataset.py", "dsl/schema/arrays.py"),  # texts of the language's reference
)
"""What no function of the package calls, or what asks for the surface itself."""

NO_MESSAGES = (
    *("spikegraph/compiled", "backends/torch/native"),
    *("spikegraph/runs/provenance.py", "spikegraph/runs/resumable.py", "spikegraph/analysis/verdict_text.py"),
    "spikegraph/charts/parallel.py",  # a colour of the style sheet
)
"""Where options are those of other programs, or of a command that is shown whole."""


def texts(path):
    """The strings of a file that aren't docstrings, with their lines."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.lineno, node.value


def test_no_message_below_the_command_line_names_an_option():
    """A whole command, `spikegraph vendor --lock`, may be named anywhere."""
    found = []
    for folder in ("spikegraph", "backends", "dsl"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = str(path.relative_to(ROOT))
            if name.startswith(("spikegraph/dsl/", "spikegraph/backends/", *COMMAND_LINE_ALONE, *NO_MESSAGES)):
                continue
            for line, text in texts(path):
                if re.search(r"(?<![\w-])--[a-z]", re.sub(r"`(spikegraph|ray|torchrun) [^`]*`?", "", text)):
                    found.append(f"{name}:{line}: {text}")
    assert found == []


@pytest.mark.parametrize(
    ("option", "values", "on_the_command_line", "in_python"),
    [
        ("data", ("DIR",), "--data DIR", 'data="DIR"'),
        ("out", (), "--out", "`out`"),
        ("resume", (), "--resume", "resume=True"),
        ("stream", (), "--stream", "stream=True"),
        ("set", ("a=1",), "--set a=1", 'overrides=["a=1"]'),
        ("set", ("a=1", "b=2"), "--set a=1 --set b=2", 'overrides=["a=1", "b=2"]'),
        ("set", (), "--set", "`overrides`"),
        ("seed", ("7",), "--seed 7", "seed=7"),
        ("plugin", ("ops.py",), "--plugin ops.py", 'spikegraph.load_plugin("ops.py")'),
        ("plugin", (), "--plugin", "`spikegraph.load_plugin`"),
        ("force", (), "--force", "`spikegraph compile --train --force`"),
        ("precision", ("bf16",), "--precision bf16", "`spikegraph compile --train --precision bf16`"),
    ],
)
def test_an_argument(option, values, on_the_command_line, in_python):
    assert argument(option, *values) == in_python
    with command_line():
        assert argument(option, *values) == on_the_command_line
    assert argument(option, *values) == in_python


def test_a_parameter_of_a_tool():
    with command_line(), in_tools(trains=True):
        assert argument("genotype", "FILE") == 'genotype_path="FILE"'
        assert argument("set", "a=1", "b=2") == 'set=["a=1", "b=2"]'
        assert argument("plugin", "FILE.py") == "spikegraph mcp --plugin FILE.py"
        assert [plain(option) for option in ("set", "profile", "train", "plugin")] == [
            *("set", "profile", "train"),
            "spikegraph mcp --plugin",
        ]
        assert argument("force") == "`spikegraph compile --train --force`"
        assert (argument("train"), argument("data", "DIR")) == ("train", 'data="DIR"')
    with in_tools(trains=False):
        assert argument("genotype", "FILE") == 'genotype_path="FILE"'
        assert argument("train") == "spikegraph compile --train"
        assert argument("data", "DIR") == "`spikegraph compile --train --data DIR`"


def test_an_option_in_editors():
    with in_editors():
        assert argument("plugin", "FILE.py") == "spikegraph lsp --plugin FILE.py"
        assert (argument("genotype", "FILE"), plain("set")) == ("--genotype FILE", "--set")
        assert argument("train") == "spikegraph compile --train"


NET = (
    "sdhs 1\nneuron lif { }\nnetwork net {\n  input x : real[1, 8, 8]\n  time = 2\n"
    "  output y = x -> stem(3, out = 2) -> pool -> linear(2) -> mean(time)\n}\n"
)
RETRAIN = "retrain net on own { batch = 4  epochs = 1  weights = sgd(lr = 0.1)  loss = cross_entropy }\n"


@pytest.fixture
def specs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    files = {
        "python.sdhs": NET + "dataset own { source = python }\n" + RETRAIN,
        "images.sdhs": NET.replace("1, 8, 8", "3, 32, 32") + "dataset own { source = cifar10 }\n" + RETRAIN,
        "unknown.sdhs": NET.replace("pool ->", "poolll_x ->"),
        "open.sdhs": NET.replace("pool ->", "choose(a = conv(3, out = 2), b = identity) -> pool ->"),
    }
    for name, text in files.items():
        Path(name).write_text(text)
    Path("taken").mkdir()
    Path("taken/notes.txt").write_text("mine\n")
    return tmp_path


def samples():
    return [(np.zeros((1, 8, 8), np.float32), k % 2) for k in range(4)]


CALLS = {
    "data": (lambda: spikegraph.search("open.sdhs"), None),
    "images": (lambda: spikegraph.fit("images.sdhs", train=samples(), test=samples()), None),
    "folder": (
        lambda: spikegraph.fit("python.sdhs", train=samples(), test=samples(), out="taken"),
        "choose a new or empty folder with `out`",
    ),
    "genotype": (lambda: spikegraph.compile("open.sdhs", phase="retrain"), 'give a file with `genotype="FILE"`'),
    "operation": (lambda: spikegraph.load("unknown.sdhs"), '(or load its plug-in: spikegraph.load_plugin("FILE.py"))'),
    "overrides": (lambda: spikegraph.load("python.sdhs", overrides=["retrain.epochss=1"]), "overrides:1:1: error"),
    "profile": (lambda: spikegraph.load("python.sdhs", profile="small"), "profile:1:1: error"),
    "device": (lambda: spikegraph.fit("python.sdhs", train=samples(), test=samples(), device="meta:x"), "`device` is 'meta:x'"),
    "plug-in": (lambda: spikegraph.load_plugin("wrong.py"), "correct the plug-in, or leave out `spikegraph.load_plugin`"),
}


@pytest.mark.parametrize("call", CALLS)
def test_errors_in_python_name_arguments(specs, call):
    (specs / "wrong.py").write_text("1 / 0\n")
    function, text = CALLS[call]
    with pytest.raises((spikegraph.UserError, spikegraph.SpecError)) as caught:
        function()
    said = re.sub(r"`(spikegraph|torchrun) [^`]*`", "", str(caught.value))
    assert not re.search(r"(?<![\w-])--[a-z]", said)
    assert text is None or text in str(caught.value)


def test_the_same_errors_name_options_on_the_command_line(specs, capsys):
    for arguments, text in (
        (("compile", "open.sdhs", "--phase", "retrain"), "give a file with `--genotype FILE`"),
        (("check", "unknown.sdhs"), "(or load its plug-in: --plugin FILE.py)"),
        (("check", "python.sdhs", "--set", "retrain.epochss=1"), "--set:1:1: error"),
        (("check", "python.sdhs", "--profile", "small"), "--profile:1:1: error"),
        (("compile", "python.sdhs", "--train", "--out", "taken"), "choose a new or empty folder with --out"),
    ):
        assert run(arguments) != 0
        assert text in capsys.readouterr().err
